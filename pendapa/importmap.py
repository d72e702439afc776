"""The map of `pendapa import`: which column of somebody's CSV is what in a report."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from contracts.events import Channel, Closure, Kind
from pendapa.mapcolumns import Cells, Flag, MapColumn, Numbers, RowFault, Strict, Time

__all__ = ["ImportMap", "MapFault", "RowFault", "load"]

_PART = re.compile(r"\{([^{}]+)\}")
_CHANNELS, _CLOSURES, _KINDS = (frozenset(map(str, codes)) for codes in (Channel, Closure, Kind))

_SPAM, _URGENCY, _SENSITIVE = ("fraud", "promotion", "prank", "none"), ("urgent", "normal"), ("yes", "no")


class MapFault(Exception):
    """The map is wrong, or does not fit the file."""


def _as_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _as_flag(value: object) -> object:
    """A word for all rows, else a column: one that is named so needs the form {column: no}."""
    is_word = isinstance(value, str) and value.casefold() in ("true", "false", "yes", "no", "on", "off")
    return value if is_word else _as_column(value)


def _channel(value: object) -> object:
    if isinstance(value, str) and value not in _CHANNELS:
        raise ValueError(f"one of {', '.join(sorted(_CHANNELS))} for all rows, or {{column: …}}")
    return value


def _encoding(name: str) -> str:
    """One of Python's that can tell of each byte that it has none for."""
    try:
        b"\xff".decode(name, "surrogateescape")
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"there is no {name!r}; some are utf-8, windows-1252 and iso-8859-1") from error
    return name


AColumn = Annotated[MapColumn, BeforeValidator(_as_column)]
ATime = Annotated[Time, BeforeValidator(_as_column)]
AFlag = Annotated[bool | Flag, BeforeValidator(_as_flag)]
AChannel = Annotated[str | MapColumn, BeforeValidator(_channel)]
AMark = Annotated[str, Field(pattern=r"^[^\w\r\n+-]$")]


class AnswerColumns(Strict):
    """The columns of one of several answers; a row whose `text` is blank has not got it."""

    text: AColumn
    at: ATime
    acted: AFlag | None = None
    agency: AColumn | None = None

    def columns(self) -> set[str]:
        entries = (self.text, self.at, self.acted, self.agency)
        return {entry.column for entry in entries if isinstance(entry, MapColumn | Time | Flag)}


class ImportMap(Strict):
    """A map file; `text` is a column or a template such as `{title}: {body}`. docs/imports.md explains the keys."""

    source: str
    id: str
    text: str
    title: str | None = None
    category: AColumn | None = None
    agency: AColumn | None = None
    kind: AColumn | None = None
    channel: AChannel | None = None
    place: AColumn | None = None
    address: AColumn | None = None
    lat: str | None = None
    long: str | None = None
    decimal: AMark = "."
    thousands: AMark | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    anonymous: AFlag | None = None
    confidential: AFlag | None = None
    reviewed: AFlag | None = None
    received_at: ATime | None = None
    verified_at: ATime | None = None
    due_at: ATime | None = None
    response: AColumn | None = None
    responded_at: ATime | None = None
    acted: AFlag | None = None
    responses: tuple[AnswerColumns, ...] = ()
    closed_at: ATime | None = None
    closure: AColumn | None = None
    spam: AColumn | None = None
    urgency: AColumn | None = None
    sensitive: AColumn | None = None
    own: bool = False
    licence: str | None = None
    weight: float = Field(default=1.0, gt=0, le=100)
    delimiter: str = Field(default=",", pattern=r"^([^\r\n\"]|tab|auto)$")
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"

    _codes: Mapping[str, Collection[str]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        if (self.lat is None) != (self.long is None):
            raise ValueError("lat and long are given together")
        if self.response is None and (self.responded_at or self.acted is not None):
            raise ValueError("responded_at and acted belong to a response: name its column")
        if self.response is not None and self.responses:
            raise ValueError("response and responses: name either the one column, or those of each answer")
        others = (self.verified_at, self.due_at, self.responded_at, self.closed_at)
        if any(time and time.empty for time in (*others, *(each.at for each in self.responses))):
            raise ValueError("empty: now is a word of received_at alone; another blank time means that there was none")
        return self

    def know(self, codes: Mapping[str, Collection[str]]) -> None:
        """Take a value that is one of the region's own codes (of `category`, `agency`) as it is."""
        self._codes = codes

    def columns(self) -> set[str]:
        """The names of all columns that the map reads."""
        entries = (getattr(self, name) for name in type(self).model_fields)
        named = {entry.column for entry in entries if isinstance(entry, MapColumn | Time | Flag)}
        text = set(_PART.findall(self.text)) or {self.text}
        plain = (self.id, self.title, self.lat, self.long, self.name, self.phone, self.email)
        named |= set().union(*(each.columns() for each in self.responses))
        return named | text | {name for name in plain if name is not None}

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raise `MapFault` naming the columns that the map reads and the file does not have, or has twice."""
        count = Counter(columns)
        if missing := sorted(self.columns() - count.keys()):
            raise MapFault(f"the file has no column {', '.join(missing)}; it has {', '.join(columns)}")
        if twice := sorted(name for name in self.columns() if count[name] > 1):
            raise MapFault(f"the file has more than one column {', '.join(twice)}: give each a name of its own")

    def report(self, cells: Cells) -> dict[str, object]:
        """The body of `POST /v1/reports` for one row. Raises `RowFault`."""
        identity = cells[self.id].strip()
        if not identity:
            raise RowFault(f"{self.id}: empty, so the row could not be told from another")
        closed_at = _read(self.closed_at, cells)
        body: dict[str, object | None] = {
            "text": self._text(cells),
            "source": {"name": self.source, "id": identity},
            "category": self._code("category", self.category, cells),
            "agency": self._code("agency", self.agency, cells),
            "kind": self._code("kind", self.kind, cells, _KINDS),
            "channel": self._channel(cells),
            "place": _read(self.place, cells),
            "address": _read(self.address, cells),
            **self._point(cells),
            "contact": self._contact(cells),
            "anonymous": self._flag("anonymous", self.anonymous, cells),
            "confidential": self._flag("confidential", self.confidential, cells),
            "reviewed": self._flag("reviewed", self.reviewed, cells),
            "received_at": self.received_at.read_received(cells) if self.received_at else None,
            "verified_at": _read(self.verified_at, cells),
            "due_at": _read(self.due_at, cells),
            "response": self._response(cells),
            "responses": self._responses(cells),
            "closed_at": closed_at,
            "closure": self._code("closure", self.closure, cells, _CLOSURES) if closed_at else None,
        }
        return {name: value for name, value in body.items() if value is not None}

    def labels(self, cells: Cells) -> dict[str, tuple[str, ...]]:
        """What a person decided of the row, for `pendapa train`: of one or several codes one is meant.

        Raises `RowFault`.
        """
        codes: dict[str, str | None] = {
            "category": self._code("category", self.category, cells),
            "agency": self._code("agency", self.agency, cells),
            "kind": self._code("kind", self.kind, cells, _KINDS),
            "spam": self._code("spam", self.spam, cells, _SPAM),
            "urgency": self._code("urgency", self.urgency, cells, _URGENCY),
            "sensitive": self._code("sensitive", self.sensitive, cells, _SENSITIVE),
        }
        columns = {name: getattr(self, name) for name in codes}
        return {name: columns[name].meant(code) for name, code in codes.items() if code is not None}

    def text_of(self, cells: Cells) -> str:
        """The words of the row."""
        return self._text(cells)

    def _text(self, cells: Cells) -> str:
        text = cells[self.text] if self.text in cells else _PART.sub(lambda part: cells[part[1]], self.text).strip()
        title = cells[self.title].strip() if self.title else ""
        # A system that has no titles makes one of the first words.
        return text if _plain(text).startswith(_plain(title)) else f"{title}\n{text}".strip()

    def _code(
        self, key: str, column: MapColumn | None, cells: Cells, codes: Collection[str] | None = None
    ) -> str | None:
        return column.read_code(cells, self._codes.get(key, ()) if codes is None else codes) if column else None

    def _channel(self, cells: Cells) -> str | None:
        return self.channel.read_code(cells, _CHANNELS) if isinstance(self.channel, MapColumn) else self.channel

    def _flag(self, key: str, flag: bool | Flag | None, cells: Cells) -> bool | None:
        return flag.read(cells, key) if isinstance(flag, Flag) else flag

    def _point(self, cells: Cells) -> dict[str, float | None]:
        if self.lat is None or self.long is None:
            return {}
        numbers = Numbers(decimal=self.decimal, thousands=self.thousands)
        lat, long = numbers.read(cells, self.lat), numbers.read(cells, self.long)
        if (lat is None) != (long is None):
            raise RowFault(f"{self.lat}, {self.long}: one of them is empty")
        return {"lat": lat, "long": long}

    def _contact(self, cells: Cells) -> dict[str, str] | None:
        columns = (("name", self.name), ("phone", self.phone), ("email", self.email))
        # A dash is how people write that there is none.
        return {
            key: value for key, column in columns if column and (value := cells[column].strip()).strip("-–—")
        } or None

    def _response(self, cells: Cells) -> dict[str, object] | None:
        if (text := _read(self.response, cells)) is None:
            return None
        acted = self._flag("acted", self.acted, cells) or False
        # Without a time of its own an answer counts from the end of the report, else from its beginning.
        at = next(
            filter(None, (_read(time, cells) for time in (self.responded_at, self.closed_at, self.received_at))), None
        )
        return {"text": text, **({"at": at} if at else {}), "acted": acted}

    def _responses(self, cells: Cells) -> list[dict[str, object]] | None:
        """The answers that the row has, by their time."""
        answers: list[dict[str, object]] = []
        for each in self.responses:
            if (text := each.text.read(cells)) is None:
                continue
            if (at := each.at.read(cells)) is None:
                raise RowFault(f"{each.at.column}: empty, and one of several answers needs its time")
            agency = self._code("agency", each.agency, cells)
            acted = self._flag("acted", each.acted, cells) or False
            answers.append({"text": text, "at": at, "acted": acted, **({"agency": agency} if agency else {})})
        return sorted(answers, key=lambda answer: datetime.fromisoformat(str(answer["at"]))) or None


def load(path: Path) -> ImportMap:
    """Read a map; raise `MapFault` with the file and what is wrong in it."""
    try:
        # All of it as it is written: to YAML, a column named No is false, and a code 007 is seven.
        written: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  # makes only text
        return ImportMap.model_validate(written)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MapFault(f"{path}: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise MapFault(f"{path}: {faults}") from error


def _read(column: MapColumn | Time | None, cells: Cells) -> str | None:
    return column.read(cells) if column else None


def _plain(text: str) -> str:
    """A text without what differs between a title and the beginning that it repeats."""
    return " ".join(text.casefold().split()).rstrip(" .…")
