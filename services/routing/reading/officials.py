"""Tells whether a name is that of somebody in office, whom the region lists: such a name may be public."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from contracts.region.officials import Official, name_key
from services.routing.reading.cues import TITLES


@dataclass(frozen=True)
class Officials:
    """The listed officials by each of their names."""

    of_name: dict[str, tuple[Official, ...]]

    @classmethod
    def of(cls, officials: Iterable[Official]) -> Self:
        named: dict[str, tuple[Official, ...]] = {}
        for official in officials:
            for name in official.names:
                named[bare(name)] = (*named.get(bare(name), ()), official)
        return cls(named)

    def has(self, name: str, day: date | None) -> bool:
        """Whether somebody of exactly this name, or alias, is in office on that day; without a day, was or will be."""
        return any(day is None or each.acts(day) for each in self.of_name.get(bare(name), ()))


def bare(name: str) -> str:
    """The words of a name in small letters, without titles before and behind it.

    >>> bare("Kang Yoto"), bare("Hj. Anna Mu'awanah, S.H.")
    ('yoto', 'anna mu awanah')
    """
    words = name_key(name).split()
    first, last = 0, len(words)
    while first < last and words[first] in TITLES:
        first += 1
    while last > first + 1 and words[last - 1] in TITLES:
        last -= 1
    return " ".join(words[first:last])
