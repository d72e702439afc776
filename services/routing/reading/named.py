"""Finds the agencies that a message names: their names, what people call them, and whom and what they oversee. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from services.routing.reading.landmarks import is_landmark

ITSELF, OVERSEEN, AROUND = 1.0, 0.6, 0.2
"""How much is told by the name of an agency itself; by what it oversees; by the area that it governs."""

LANDMARK = 0.2
"""The factor for a name that only says where something is."""

_WORD = re.compile(r"[a-z0-9]+")


class AgencyNames(Protocol):
    """An agency as the region lists it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str | None: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def place(self) -> str | None: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def oversees(self) -> Sequence[str]: ...
    @property
    def valid_to(self) -> date | None: ...


class Mention(NamedTuple):
    """An agency that a message names. `words`: how it was named."""

    agency: str
    weight: float
    """Above 0, at most 1."""
    words: str


class _Name(NamedTuple):
    words: tuple[str, ...]
    owners: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Named:
    """The names of a region's agencies, each under its first word, the longest first."""

    names: Mapping[str, tuple[_Name, ...]]

    @classmethod
    def of(cls, agencies: Iterable[AgencyNames]) -> "Named":
        """The names of the agencies. A name of an agency that ended counts for one that did not and has it too."""
        owners: dict[tuple[str, ...], dict[str, float]] = {}
        ending: dict[tuple[str, ...], dict[str, float]] = {}
        for agency in agencies:
            if agency.parent is None:  # the government itself: every message is for it
                continue
            for words, weight in _names(agency):
                known = (ending if agency.valid_to else owners).setdefault(words, {})
                known[agency.id] = max(weight, known.get(agency.id, 0.0))
        by_first: dict[str, list[_Name]] = {}
        for words, weights in {**ending, **owners}.items():
            by_first.setdefault(words[0], []).append(_Name(words, tuple(weights.items())))
        return cls({first: tuple(sorted(names, key=lambda n: -len(n.words))) for first, names in by_first.items()})

    def find(self, text: str) -> tuple[Mention, ...]:
        """The agencies that the text names, each once, the strongest first. Of two names that overlap: the longer."""
        best: dict[str, Mention] = {}
        words = _WORD.findall(text.lower())
        at, known = 0, self.names
        while at < len(words):
            step = 1
            for name in known.get(words[at], ()):
                length = len(name.words)
                if tuple(words[at : at + length]) == name.words:
                    _take(best, name, LANDMARK if is_landmark(words, at) else 1.0)
                    step = length
                    break
            at += step
        return tuple(sorted(best.values(), key=lambda mention: (-mention.weight, mention.agency)))

    def weights(self, text: str) -> dict[str, float]:
        """The agencies that the text names, each with its weight."""
        return {mention.agency: mention.weight for mention in self.find(text)}


def _take(best: dict[str, Mention], name: _Name, factor: float) -> None:
    for agency, full in name.owners:
        weight = full * factor
        if agency not in best or best[agency].weight < weight:
            best[agency] = Mention(agency, weight, " ".join(name.words))


def _names(agency: AgencyNames) -> Iterator[tuple[tuple[str, ...], float]]:
    itself = AROUND if agency.place else ITSELF  # "kecamatan Dander" is where something is, "camat Dander" is who
    for name in (agency.name, agency.short_name or ""):
        if words := tuple(_WORD.findall(name.lower())):
            yield words, itself
    for alias in agency.aliases:
        if words := tuple(_WORD.findall(alias.lower())):
            yield words, ITSELF
    for name in agency.oversees:
        if words := tuple(_WORD.findall(name.lower())):
            yield words, AROUND if agency.place else OVERSEEN
