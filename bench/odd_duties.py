"""An invented regency whose offices have odd duties: what its officials decide shows whether a model learns."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from contracts.region import Agency, Category, Region

_SYLLABLES = [consonant + vowel for consonant in "bdghjklmnprstwy" for vowel in "aeiou"]
_COMMON = ["tolong", "mohon", "sudah", "lama", "desa", "kami", "yang", "tidak", "ada", "segera", "warga"]
_AGENCIES, _MATTERS = 12, 36
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class OddDecision(NamedTuple):
    """A message, and what an official made of it."""

    text: str
    agency: str
    category: str
    at: datetime


class Matter(NamedTuple):
    """A subject of messages: the words for it, one of which the region's rules know, and its agency."""

    words: Sequence[str]
    category: str
    agency: str


class OddRegency:
    """The region, and as many decisions as are asked for. The same seed makes the same regency."""

    def __init__(self, base: Region, seed: int) -> None:
        self._random = random.Random(seed)
        agencies = [f"kantor-{n}" for n in range(1, _AGENCIES + 1)]
        self._matters = [self._matter(n, agencies) for n in range(_MATTERS)]
        self.region = self._region(base, agencies)

    def decisions(self, count: int) -> list[OddDecision]:
        return [self._decision(n) for n in range(count)]

    def _decision(self, n: int) -> OddDecision:
        matter = self._random.choice(self._matters)
        told = self._random.sample(list(matter.words), 3) + self._random.sample(_COMMON, 6)
        other = self._random.choice(self._matters)
        told += self._random.sample(list(other.words), self._random.choice((0, 0, 1)))
        self._random.shuffle(told)
        return OddDecision(" ".join(told), matter.agency, matter.category, _EPOCH + timedelta(minutes=n))

    def _matter(self, n: int, agencies: Sequence[str]) -> Matter:
        words = [self._word() for _ in range(8)]
        return Matter(words, f"urusan-{n % _AGENCIES + 1}", self._random.choice(agencies))

    def _word(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=self._random.choice((2, 3, 4))))

    def _region(self, base: Region, agencies: Sequence[str]) -> Region:
        """The region as its rules have it: each category goes to the agency of its own number, whoever answers."""
        clock = next(iter(base.clocks))
        units = {id: Agency(id=id, name=f"Kantor {id[7:]}", kind="dinas", parent=base.coordinator) for id in agencies}
        topics = {
            f"urusan-{n}": Category(
                code=f"urusan-{n}",
                name=f"Urusan {n}",
                name_en=f"Matter {n}",
                group="Urusan",
                keywords=tuple(matter.words[0] for matter in self._matters if matter.category == f"urusan-{n}"),
                agency=agencies[n - 1],
                clock=clock,
            )
            for n in range(1, _AGENCIES + 1)
        }
        default = base.categories[base.default_category]
        keep = {base.coordinator: base.agencies[base.coordinator], default.agency: base.agencies[default.agency]}
        known = {unit.id: unit.model_copy(update={"parent": None}) for unit in keep.values()}
        changes = {"agencies": known | units, "categories": topics | {default.code: default}, "slang": {}}
        return base.model_copy(update=changes)
