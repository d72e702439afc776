"""How a dataset is declared, and the source of its rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from services.publish.datasets.field import Field, Row, Said
from services.publish.datasets.rules import Derived

if TYPE_CHECKING:
    from sqlmodel import Session

    from contracts.region import Region

BATCH = 2000
"""Rows that are in memory at once."""


class Snapshot(NamedTuple):
    """A snapshot of the database, and the region, time and size of the log for a release."""

    session: "Session"
    region: "Region"
    now: datetime
    size: int
    """Of the log."""


@dataclass(frozen=True)
class Dataset:
    """One dataset: everything else about it is made from this."""

    name: str
    title: Said
    about: Said
    fields: tuple[Field, ...]
    key: str
    """The field that tells rows apart."""
    rows: Callable[[Snapshot], Iterator[Sequence[Row]]]
    """Its rows, some at a time, in an order of their own that never changes; without derived fields.

    It imports the tables that it reads in its body: the verifier loads all declarations, and no database.
    """
    committed: bool = False
    """Whether the transparency log commits to its rows."""
    order: int = 100
    """Its position among the datasets; those with the same are ordered by name."""

    def derived(self) -> dict[str, Derived]:
        """The rules of its derived fields, by their names."""
        return {field.name: field.derived for field in self.fields if field.derived is not None}


def chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Rows that fit in memory, some at a time."""
    for begin in range(0, len(rows), BATCH):
        yield rows[begin : begin + BATCH]
