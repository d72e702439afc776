"""How a map of `pendapa import` reads one cell: words, codes, times, yes and no, coordinates."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

Cells = Mapping[str, str]

_YES = frozenset({"ya", "y", "benar", "true", "yes", "1"})
_NO = frozenset({"tidak", "t", "bukan", "false", "no", "n", "0"})
_FLAG_WORDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "confidential": (frozenset({"rahasia"}), frozenset({"publik", "umum", "terbuka", "anonim"})),
    "anonymous": (frozenset({"anonim"}), frozenset({"publik", "umum", "terbuka", "rahasia"})),
    "acted": (frozenset({"ditindaklanjuti"}), frozenset({"dijelaskan"})),
}
"""Words for yes and for no in the columns of one key, beside ya and tidak. One column may say both how the name and how
the words of a report are hidden, so `anonim` is a no of `confidential`, and `rahasia` one of `anonymous`."""
_BETWEEN_FLAGS = re.compile(r"[,;/&+]|\bdan\b")


class RowFault(Exception):
    """This row cannot become a report."""


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _expressions(patterns: dict[str, str]) -> dict[str, str]:
    for expression in patterns:
        try:
            re.compile(expression)
        except re.error as error:
            raise ValueError(f"{expression!r} is no regular expression: {error}") from error
    return patterns


class MapColumn(Strict):
    """A column, its values translated. What `values` and `patterns` do not name becomes `default`, else it stays."""

    column: str
    values: dict[str, str] = {}
    patterns: Annotated[dict[str, str], AfterValidator(_expressions)] = {}
    """Regular expressions for what a value has in it, in any letter case; the first that is found counts."""
    any_of: dict[str, tuple[str, ...]] = {}
    """By a code of ours: the others that its values may mean as well. Only training and judging read it."""
    default: str | None = None

    def read(self, cells: Cells) -> str | None:
        """The words; nothing for a blank cell without a default, and where the map says an empty word."""
        value = cells[self.column].strip()
        if value in self.values:
            return self.values[value] or None
        if (
            value
            and (found := next((e for e in self.patterns if re.search(e, value, re.IGNORECASE)), None)) is not None
        ):
            return self.patterns[found] or None
        return (value if self.default is None else self.default) or None

    def read_code(self, cells: Cells, codes: Collection[str]) -> str | None:
        """One of our own `codes`; without any, they are not known here and the server judges. Raises `RowFault`."""
        value = cells[self.column].strip()
        if value in codes and value not in self.values:
            return value
        code = self.read(cells)
        if code == value and value not in self.values and codes:
            raise RowFault(f"{self.column}: {shown(value)} is not in the map's values and is no code of ours")
        return code

    def meant(self, code: str | None) -> tuple[str, ...]:
        """All codes of ours that a value may mean which was read as this one."""
        return (code, *self.any_of.get(code, ())) if code is not None else ()


class Flag(Strict):
    """A column of yes and no; the map's `values` come before the words that are known."""

    column: str
    values: dict[str, bool] = {}
    default: bool | None = None

    def read(self, cells: Cells, key: str) -> bool | None:
        """Nothing for a blank cell without a default. Raises `RowFault` for a word that is neither yes nor no."""
        value = cells[self.column].strip()
        if value in self.values:
            return self.values[value]
        known = _known_flag(value.casefold(), key) if value else None
        if known is None and value and self.default is None:
            raise RowFault(f"{self.column}: {shown(value)} is neither yes nor no; say so in the map's values of {key}")
        return self.default if known is None else known


def _known_flag(value: str, key: str) -> bool | None:
    yes, no = _FLAG_WORDS.get(key, (frozenset(), frozenset()))
    no = _NO | no | {f"tidak {word}" for word in yes}
    parts = [" ".join(part.split()) for part in _BETWEEN_FLAGS.split(value)]
    if not all(part in _YES | yes | no for part in parts):
        return None
    return any(part not in no for part in parts)


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no timezone {name!r}; one is Asia/Jakarta") from error
    return name


class Time(Strict):
    """A column of times. Without `format`, RFC 3339; without an offset in the value, `timezone` says where."""

    column: str
    format: str | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    empty: Literal["now"] | None = None
    """Of `received_at`: what a blank cell means. Without it, the row is refused."""

    def read(self, cells: Cells) -> str | None:
        value = cells[self.column].strip()
        if not value:
            return None
        try:
            at = datetime.strptime(value, self.format) if self.format else datetime.fromisoformat(value)  # noqa: DTZ007
            at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.timezone))
            return at.astimezone(UTC).isoformat()
        except (ValueError, OverflowError) as error:
            raise RowFault(f"{self.column}: not a time of the form {self.format or 'RFC 3339'}") from error

    def read_received(self, cells: Cells) -> str | None:
        """As `read`, but a blank cell is refused: the report would seem to have come today."""
        at = self.read(cells)
        if at is None and self.empty is None:
            raise RowFault(
                f"{self.column}: empty, and the report would seem to have come today (in the map, empty: now)"
            )
        return at


class Numbers(Strict):
    """How a table writes numbers: the mark before the decimals, and the one between thousands, if any."""

    decimal: str
    thousands: str | None

    def read(self, cells: Cells, column: str) -> float | None:
        """Nothing for a blank cell. Raises `RowFault` for what is no plain number, such as 1_1, 1e3, nan or ١."""
        value = cells[column].strip()
        if not value:
            return None
        whole = r"\d+" if self.thousands is None else rf"(?:\d+|\d{{1,3}}(?:{re.escape(self.thousands)}\d{{3}})+)"
        if not re.fullmatch(rf"[+-]?{whole}(?:{re.escape(self.decimal)}\d+)?", value, re.ASCII):
            raise RowFault(
                f"{column}: {shown(value)} is no number of degrees with {self.decimal!r} before the decimals"
            )
        return float(value.replace(self.thousands or "", "").replace(self.decimal, "."))


def shown(value: str) -> str:
    """A cell in a reason: not too long."""
    return repr(value if len(value) <= 60 else f"{value[:60]}…")
