"""Which records a list is about, as SQL that both databases read."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from contracts.text import clean_text
from kit.db import Reader, micros
from services.publish.query import search
from services.publish.query.parameters import Box

FEW = 1500
"""Up to so many rows, it is faster to find and sort them all than to look through the newest for them."""


class _Choice(NamedTuple):
    """One condition in two forms: `rare` uses an index of its own, `common` is tested row by row."""

    hits: str
    rare: str
    common: str


@dataclass
class Selection:
    """Conditions on `record`, and the values bound to them. `nothing`: no row can match."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    nothing: bool = False
    _choices: list[_Choice] = field(default_factory=list)
    _placed: bool = False

    def where(self) -> str:
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""

    def add(self, condition: str, **values: object) -> None:
        self.conditions.append(condition)
        self.values.update(values)

    def equal(self, column: str, value: str | None) -> None:
        if value is not None:
            # Few reports are of one place: the other columns' indexes must not be taken instead of its own.
            self.add(f"COALESCE({column}, '') = :{column}" if self._placed else f"{column} = :{column}")
            self.values[column] = value

    def facet(self, field: str, value: str | None) -> None:
        """One value of a field that has no column."""
        if value is not None:
            name = f"facet_{field}"
            self.values[name] = value
            rows = f"SELECT number FROM facet WHERE field = '{field}' AND value = :{name}"  # noqa: S608  # our own name
            self._choices.append(_Choice(rows, f"number IN ({rows})", f"+number IN ({rows})"))

    def one_of(self, column: str, values: Collection[str]) -> None:
        """Padded to a power of two, so that few different statements are ever prepared."""
        if not values:
            self.nothing = True
            return
        listed = list(values)
        listed += [listed[-1]] * ((1 << (len(listed) - 1).bit_length()) - len(listed))
        named = {f"{column}_{number}": value for number, value in enumerate(listed)}
        self.add(f"{column} IN ({', '.join(':' + name for name in named)})", **named)

    def since(self, column: str, at: datetime | None) -> None:
        if at is not None:
            self.add(f"{column} >= :{column}_from", **{f"{column}_from": micros(at)})

    def before(self, column: str, at: datetime | None) -> None:
        if at is not None:
            self.add(f"{column} < :{column}_to", **{f"{column}_to": micros(at)})

    def place(self, code: str, kecamatan_code: str) -> None:
        """A desa by its own code; a kecamatan with all that lies in it. Call it before any other `equal`."""
        self.equal("kecamatan_code" if code == kecamatan_code else "place_code", code)
        self._placed = True

    def within(self, box: Box | None) -> None:
        if box is not None:
            self.values.update(box._asdict())
            inside = "lat BETWEEN :south AND :north AND long BETWEEN :west AND :east"
            self._choices.append(_Choice(f"SELECT 1 FROM record WHERE {inside}", inside, "+" + inside))  # noqa: S608

    def words(self, dialect: str, question: str | None) -> None:
        if question is None:
            return
        query = search.query(dialect, clean_text(question))
        if query is None:
            self.nothing = True
        else:
            self.values["q"] = query
            self._choices.append(_Choice(*search.finding(dialect)))

    def after(self, received_at: int, id: str) -> None:
        """Only records after this position, newest first."""
        self.add("(received_at, id) < (:after_at, :after_id)", after_at=received_at, after_id=id)

    async def decide(self, reader: Reader) -> None:
        """Choose the form of each condition that has two, by how many rows match it."""
        while self._choices and not self.nothing:
            choice = self._choices.pop()
            counted = f"SELECT count(*) FROM ({choice.hits} LIMIT {FEW + 1}) AS hits"  # noqa: S608
            hits = (await reader.rows(counted, self.values))[0][0]
            self.conditions.append(choice.common if hits > FEW else choice.rare)
