"""Which records a list is about, as SQL that both databases read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from contracts.text import clean_text
from kit.db import Reader, micros
from services.publish.query import search, touched
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
    wanted: dict[str, Sequence[str]] = field(default_factory=dict)
    """The values of columns that are asked for (see `touched`)."""
    asked_words: search.Finding | None = None
    """How words are found, if any are asked for."""
    _choices: list[_Choice] = field(default_factory=list)
    _many_have_words: bool | None = None
    _placed: bool = False

    def where(self) -> str:
        """The SQL of all conditions, once they are decided."""
        if (words := self.asked_words) is None:
            return _where(self.conditions)
        return _where([*self.conditions, words.common if self._many_have_words else words.rare])

    def where_besides_words(self) -> str:
        """As `where`, without the condition on words."""
        return _where(self.conditions)

    def add(self, condition: str, **values: object) -> None:
        self.conditions.append(condition)
        self.values.update(values)

    def any_of(self, column: str, values: Sequence[str]) -> None:
        """One of these values; of none, this is no condition."""
        if values and column in touched.COLUMNS:
            self.wanted[column] = values
        if len(values) == 1:
            self._equal(column, values[0])
        elif values:
            listed = self._list(column, values)
            # With several values no index is in the order of lists: it is worth its while for few rows only.
            plain, passed_over = f"{column} IN ({listed})", f"COALESCE({column}, '') IN ({listed})"
            self._choices.append(_Choice(_rows(plain), passed_over if self._placed else plain, passed_over))

    def facet(self, field: str, values: Sequence[str]) -> None:
        """One of these values of a field that has no column."""
        if values:
            listed = self._list(f"facet_{field}", values)
            rows = f"SELECT number FROM facet WHERE field = '{field}' AND value IN ({listed})"  # noqa: S608  # our own name
            self._choices.append(_Choice(rows, f"number IN ({rows})", f"+number IN ({rows})"))

    def one_of(self, column: str, values: Collection[str]) -> None:
        """One of these values; of none, nothing."""
        if values:
            self.add(f"{column} IN ({self._list(column, list(values))})")
        else:
            self.nothing = True

    def since(self, column: str, at: datetime | None) -> None:
        if at is not None:
            self.add(f"{column} >= :{column}_from", **{f"{column}_from": micros(at)})

    def before(self, column: str, at: datetime | None) -> None:
        if at is not None:
            self.add(f"{column} < :{column}_to", **{f"{column}_to": micros(at)})

    def places(self, kecamatan_of: Mapping[str, str]) -> None:
        """In one of these places, each with its kecamatan's code: a desa by its own, a kecamatan with all in it.

        Call it before any other condition.
        """
        wholes = [code for code, kecamatan in kecamatan_of.items() if code == kecamatan]
        parts = [code for code, kecamatan in kecamatan_of.items() if kecamatan not in wholes]
        if wholes and parts:
            listed = {"kecamatan_code": self._list("kecamatan", wholes), "place_code": self._list("place", parts)}
            plain = " OR ".join(f"{column} IN ({codes})" for column, codes in listed.items())
            passed_over = " OR ".join(f"COALESCE({column}, '') IN ({codes})" for column, codes in listed.items())
            self._choices.append(_Choice(_rows(plain), f"({plain})", f"({passed_over})"))
        else:
            self.any_of("kecamatan_code" if wholes else "place_code", wholes or parts)
            self._placed = len(wholes or parts) == 1

    def within(self, box: Box | None) -> None:
        if box is not None:
            self.values.update(box._asdict())
            inside = "lat BETWEEN :south AND :north AND long BETWEEN :west AND :east"
            self._choices.append(_Choice(_rows(inside), inside, "+" + inside))

    def words(self, dialect: str, question: str | None) -> None:
        if question is None:
            return
        query = search.query(dialect, clean_text(question))
        if query is None:
            self.nothing = True
        else:
            self.values |= {"q": query, "near": search.NEAR}
            self.asked_words = search.finding(dialect)

    def after(self, received_at: int, id: str) -> None:
        """Only records after this position, newest first."""
        self.add("(received_at, id) < (:after_at, :after_id)", after_at=received_at, after_id=id)

    def _equal(self, column: str, value: str) -> None:
        # Few reports are of one place: the other columns' indexes must not be taken instead of its own.
        self.add(f"COALESCE({column}, '') = :{column}" if self._placed else f"{column} = :{column}")
        self.values[column] = value

    def _list(self, name: str, values: Sequence[str]) -> str:
        """Names bound to the values; as many as a power of two, so that few different statements are ever prepared."""
        padded = [*values, *[values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values))]
        named = {f"{name}_{number}": value for number, value in enumerate(padded)}
        self.values.update(named)
        return ", ".join(":" + name for name in named)

    async def decide(self, reader: Reader) -> None:
        """Choose the form of each condition that has two, by how many rows match it."""
        await self.decide_besides_words(reader)
        await self.decide_words(reader)

    async def decide_besides_words(self, reader: Reader) -> None:
        """As `decide`, of all conditions but that on words."""
        while self._choices and not self.nothing:
            choice = self._choices.pop()
            are_many = await self._are_many(reader, choice.hits)
            self.conditions.append(choice.common if are_many else choice.rare)

    async def decide_words(self, reader: Reader) -> bool:
        """As `decide`, of the condition on words; whether many rows have them."""
        if self._many_have_words is None and self.asked_words is not None and not self.nothing:
            self._many_have_words = await self._are_many(reader, self.asked_words.hits)
        return bool(self._many_have_words)

    async def _are_many(self, reader: Reader, hits: str) -> bool:
        counted = f"SELECT count(*) FROM ({hits} LIMIT {FEW + 1}) AS hits"  # noqa: S608
        return bool((await reader.rows(counted, self.values))[0][0] > FEW)


def _where(conditions: Sequence[str]) -> str:
    return " WHERE " + " AND ".join(conditions) if conditions else ""


def _rows(condition: str) -> str:
    return f"SELECT 1 FROM record WHERE {condition}"  # noqa: S608  # our own names
