"""The map of `pendapa import`: which column of somebody's CSV is what in a report."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_PART = re.compile(r"\{([^{}]+)\}")


class MapFault(Exception):
    """The map is wrong, or does not fit the file."""


class RowFault(Exception):
    """This row cannot become a report."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MapColumn(_Strict):
    """A column, its values translated; what `values` does not name becomes `default`, or stays if there is none."""

    column: str
    values: dict[str, str] = {}
    default: str | None = None

    def read(self, cells: Mapping[str, str]) -> str | None:
        value = cells[self.column].strip()
        if value in self.values:
            return self.values[value]
        return self.default if self.default is not None or self.values else value or None


class Time(_Strict):
    """A column of times. Without `format`, RFC 3339; without an offset in the value, `timezone` says where."""

    column: str
    format: str | None = None
    timezone: str = "UTC"

    def read(self, cells: Mapping[str, str]) -> str | None:
        value = cells[self.column].strip()
        if not value:
            return None
        try:
            at = datetime.strptime(value, self.format) if self.format else datetime.fromisoformat(value)  # noqa: DTZ007
            at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.timezone))
            return at.astimezone(UTC).isoformat()
        except (ValueError, OverflowError) as error:
            raise RowFault(f"{self.column}: not a time of the form {self.format or 'RFC 3339'}") from error


def _as_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _encoding(name: str) -> str:
    """One of Python's that can tell of each byte that it has none for."""
    try:
        b"\xff".decode(name, "surrogateescape")
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"there is no {name!r}; some are utf-8, windows-1252 and iso-8859-1") from error
    return name


AColumn = Annotated[MapColumn, BeforeValidator(_as_column)]
ATime = Annotated[Time, BeforeValidator(_as_column)]


class ImportMap(_Strict):
    """A map file; `text` is a column or a template such as `{title}: {body}`."""

    source: str
    id: str
    text: str
    category: AColumn | None = None
    agency: AColumn | None = None
    kind: AColumn | None = None
    channel: str | None = None
    place: AColumn | None = None
    address: AColumn | None = None
    lat: str | None = None
    long: str | None = None
    received_at: ATime | None = None
    closed_at: ATime | None = None
    closure: AColumn | None = None
    confidential: bool | None = None
    reviewed: bool | None = None
    delimiter: str = Field(default=",", pattern=r"^[^\r\n\"]$")
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raise `MapFault` naming every column that the map wants and the file does not have."""
        missing = sorted(self._wanted() - set(columns))
        if missing:
            raise MapFault(f"the file has no column {', '.join(missing)}; it has {', '.join(columns)}")

    def report(self, cells: Mapping[str, str]) -> dict[str, object]:
        """The body of `POST /v1/reports` for one row. Raises `RowFault`."""
        identity = cells[self.id].strip()
        if not identity:
            raise RowFault(f"{self.id}: empty, so the row could not be told from another")
        closed_at = self.closed_at.read(cells) if self.closed_at else None
        body: dict[str, object | None] = {
            "text": self._text(cells),
            "source": {"name": self.source, "id": identity},
            "category": _read(self.category, cells),
            "agency": _read(self.agency, cells),
            "kind": _read(self.kind, cells),
            "channel": self.channel,
            "place": _read(self.place, cells),
            "address": _read(self.address, cells),
            **self._point(cells),
            "received_at": self.received_at.read(cells) if self.received_at else None,
            "closed_at": closed_at,
            "closure": _read(self.closure, cells) if closed_at else None,
            "confidential": self.confidential,
            "reviewed": self.reviewed,
        }
        return {name: value for name, value in body.items() if value is not None}

    def _text(self, cells: Mapping[str, str]) -> str:
        if self.text in cells:
            return cells[self.text]
        return _PART.sub(lambda part: cells[part[1]], self.text).strip()

    def _point(self, cells: Mapping[str, str]) -> dict[str, float | None]:
        if self.lat is None or self.long is None or not cells[self.lat].strip():
            return {}
        try:
            return {"lat": float(cells[self.lat]), "long": float(cells[self.long])}
        except ValueError as error:
            raise RowFault(f"{self.lat}, {self.long}: not coordinates in degrees") from error

    def _wanted(self) -> set[str]:
        fields = (self.category, self.agency, self.kind, self.place, self.address, self.received_at, self.closed_at)
        named = {entry.column for entry in (*fields, self.closure) if entry is not None}
        text = set(_PART.findall(self.text)) or {self.text}
        return named | text | {self.id} | {name for name in (self.lat, self.long) if name}


def load(path: Path) -> ImportMap:
    """Read a map; raise `MapFault` with the file and what is wrong in it."""
    try:
        # All of it as it is written: to YAML, a column named No is false, and a code 007 is seven.
        written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  # makes only text
        mapping = ImportMap.model_validate(written)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MapFault(f"{path}: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise MapFault(f"{path}: {faults}") from error
    for time in (mapping.received_at, mapping.closed_at):
        try:
            ZoneInfo(time.timezone if time else "UTC")
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise MapFault(f"{path}: no timezone {time.timezone if time else ''}") from error
    return mapping


def _read(column: MapColumn | None, cells: Mapping[str, str]) -> str | None:
    return column.read(cells) if column else None
