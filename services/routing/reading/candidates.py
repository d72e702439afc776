"""Finds the agencies that may be the right ones for a message: by the model, and by what the region's rules found."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from contracts.region import Region
from contracts.region.models import KECAMATAN
from services.routing.reading.beliefs import beliefs, desks, rules_only
from services.routing.reading.clues import ELSEWHERE, Clues, FoundClues, Namer
from services.routing.reading.linear import Floats, Model, ModelOutcome
from services.routing.reading.reading import Candidate

MOST = 3
"""The candidates that an official is shown."""
_LOOKED_AT = 8
"""The classes that are looked at for candidates: two may be one agency at this place."""
_LEAST = 0.004
"""A class of less probability is no candidate."""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "words": {"id": "kata: {}", "en": "words: {}"},
    "named": {"id": "disebut: {}", "en": "named: {}"},
    "facility": {"id": "aturan: {} disebut namanya", "en": "rule: {} is called by its name"},
    "kecamatan": {"id": "wilayah: Kecamatan {}", "en": "place: Kecamatan {}"},
    "elsewhere": {"id": "bukan wewenang kami: {}", "en": "not ours: {}"},
    "default": {"id": "tidak ada kata yang jelas", "en": "no clear word"},
}


class Ranked(NamedTuple):
    """A class of the head `agency` with its probability, before it is calibrated."""

    desk: str
    category: str
    probability: float


Weighed = tuple[str | None, Ranked, float]
"""An agency, or none; the class that it is; the probability of all classes that are this agency."""


class CandidateFinder:
    """Built once from a region and its model; without a model, from the region's phrases alone."""

    def __init__(self, region: Region, model: Model | None = None, namer: Namer | None = None) -> None:
        self._region = region
        self.clues = Clues(region, namer)
        self.model: Model = model or rules_only(beliefs(region))
        heads = self.model.heads
        self._desks, self._categories = heads["agency"].classes, heads["category"].classes
        self._answers = self._shares()
        self._facilities = frozenset(_facilities(region))
        self._topics = np.ascontiguousarray((self._answers > 0).T)
        self._topics[~self._topics.any(axis=1)] = True  # a class that answers for no category has the likeliest of all

    def find(self, text: str, place: str | None, category: str | None, on: date | None = None) -> tuple[Candidate, ...]:
        """At most three candidates, best first. `place`: its code; `category`: the sender's; `on`: the day here."""
        found = self.clues.of(text, category)
        return self.of_outcome(self.model.outcome(text, found.extra), found, place, on)

    def of_outcome(
        self, outcome: ModelOutcome, found: FoundClues, place: str | None, on: date | None = None
    ) -> tuple[Candidate, ...]:
        """As `find`, of what the model said of the text and what the rules found in it."""
        merged: dict[str, Weighed] = {}
        for each in self.rank(outcome, _LOOKED_AT):
            agency = self._agency(each, place, on)
            key = agency or each.desk
            first, before = merged[key][1:] if key in merged else (each, 0.0)
            merged[key] = (agency, first, before + each.probability)
        best = sorted(merged.values(), key=lambda each: -each[2])[:MOST]
        best = [each for each in best if each[2] >= _LEAST]
        if (facility := self._facility(found)) is not None and (not best or best[0][0] != facility):
            best = self._first(facility, best, merged, outcome)
        return tuple(self._candidates(best, outcome, found, place))

    def _facility(self, found: FoundClues) -> str | None:
        """The facility that the text calls by its name, such as a hospital, if it is the only one: a hard rule."""
        named = [agency for agency, weight in found.named.items() if weight >= 1 and agency in self._facilities]
        return named[0] if len(named) == 1 else None

    def _first(
        self, agency: str, best: list[Weighed], merged: Mapping[str, Weighed], outcome: ModelOutcome
    ) -> list[Weighed]:
        """The candidates with this agency before all others, as sure as the model is of it."""
        likeliest = self._categories[int(outcome.of("category").argmax())]
        theirs = merged.get(agency) or (agency, Ranked(agency, likeliest, 0.0), 0.0)
        return [theirs, *[each for each in best if each[0] != agency]][:MOST]

    def rank(self, outcome: ModelOutcome, most: int) -> list[Ranked]:
        """The likeliest classes of the head `agency`, each with the category that it would have."""
        by_category = outcome.of("category")
        own = self.model.own
        together = own * outcome.of("agency") + (1 - own) * (by_category @ self._answers)
        order = (-together).argsort(kind="stable")[:most]
        likeliest = (by_category * self._topics[order]).argmax(axis=1)
        ranked = zip(order.tolist(), likeliest.tolist(), together[order].tolist(), strict=True)
        return [Ranked(self._desks[n], self._categories[topic], chance) for n, topic, chance in ranked]

    def _shares(self) -> Floats:
        """For each category the share of each class of the head `agency`: those that answer for it."""
        shares = np.zeros((len(self._categories), len(self._desks)), np.float32)
        columns = {desk: n for n, desk in enumerate(self._desks)}
        for n, code in enumerate(self._categories):
            topic = self._region.categories.get(code)
            for desk, share in (desks(self._region, topic) if topic else {}).items():
                if desk in columns:
                    shares[n, columns[desk]] = share
        sums = shares.sum(axis=1, keepdims=True)
        result: Floats = (shares / np.where(sums > 0, sums, 1)).astype(np.float32)
        return result

    def _agency(self, ranked: Ranked, place: str | None, on: date | None) -> str | None:
        """The agency that the class is at this place on this day; null if the matter is not ours."""
        if ranked.desk.startswith(ELSEWHERE):
            return None
        topic = self._region.categories.get(ranked.category)
        at = self._region.places.get(place or "")
        agency = ranked.desk
        if ranked.desk == KECAMATAN:
            own = self._region.kecamatan_agencies.get(at.kecamatan_code) if at else None
            agency = own or (topic.agency if topic else self._region.coordinator)
        elif topic is not None and at is not None and agency == topic.agency:
            by_place = topic.agency_by_place
            agency = by_place.get(at.code) or by_place.get(at.kecamatan_code) or agency
        unit = self._region.agencies.get(agency)
        if unit is None or (on is not None and not unit.is_valid(on)):
            return topic.agency if topic and topic.agency != agency else self._region.coordinator
        return agency

    def _candidates(
        self, best: list[Weighed], outcome: ModelOutcome, found: FoundClues, place: str | None
    ) -> Iterator[Candidate]:
        """The first with how often such a one is right; the others share what is left of certainty as they did."""
        if not best:
            return
        first = best[0][2]
        sure = self.model.heads["agency"].calibrated(first)
        left = (1 - sure) / max(1 - first, 1e-6)
        for n, (agency, each, chance) in enumerate(best):
            confidence = sure if n == 0 else min(1.0, chance * left)
            if each.desk == KECAMATAN and not place:  # whose it is depends on where it is, which nobody knows
                confidence /= 2
            yield Candidate(agency, each.category, round(confidence, 3), self._reason(each, outcome, found, place))

    def _reason(self, ranked: Ranked, outcome: ModelOutcome, found: FoundClues, place: str | None) -> str:
        words = outcome.why("agency", ranked.desk) or list(found.phrases.get(ranked.category, ()))[:3]
        named = [self._name(id) for id in found.named if id == ranked.desk or id == f"{ELSEWHERE}{ranked.category}"]
        said = [self._say("words", ", ".join(words))] if words else []
        said += [self._say("named", ", ".join(named))] if named else []
        if self._facility(found) == ranked.desk:
            said.insert(0, self._say("facility", self._name(ranked.desk)))
        at = self._region.places.get(place or "")
        if ranked.desk == KECAMATAN and at is not None:
            said.append(self._say("kecamatan", at.kecamatan))
        if ranked.desk.startswith(ELSEWHERE):
            topic = self._region.categories.get(ranked.desk.removeprefix(ELSEWHERE))
            said.append(self._say("elsewhere", topic.elsewhere if topic else ""))
        return "; ".join(said) or self._say("default", "")

    def _name(self, agency: str) -> str:
        unit = self._region.agencies.get(agency)
        return (unit.short_name or unit.name) if unit else agency.removeprefix(ELSEWHERE)

    def _say(self, what: str, words: str) -> str:
        phrases = _WORDS[what]
        return phrases.get(self._region.language, phrases["en"]).format(words)


def _facilities(region: Region) -> Iterator[str]:
    """The agencies that are a part of an agency of another kind, such as a hospital of the health office."""
    for unit in region.agencies.values():
        above = region.agencies.get(unit.parent or "")
        if above is not None and above.parent is not None and above.kind != unit.kind and unit.place is None:
            yield unit.id
