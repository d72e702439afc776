"""Learns from what this government's people decided, and judges the new model against the one in use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from contracts.region import Region
from services.routing.decisions import Decided
from services.routing.reading.candidates import CandidateFinder
from services.routing.reading.clues import Clues, desk_of
from services.routing.reading.linear import Model
from services.routing.training.course import judge, read_all
from services.routing.training.examples import Lesson
from services.routing.training.judge import Share

SOURCE = "decisions"
MOST = 6_000
"""The decisions that are learned from, the newest: what was decided before them is in the prior, or changed since."""
HALF = 2_000
"""So many decisions ago, a decision counts half."""
HELD = 200
"""The most of the newest decisions that are kept for judging."""
FEWEST = 20
"""With fewer decisions that neither model saw, nothing is said of which is better."""
UNTIL = "decisions_until"
"""The member of a card that has the number of the newest decision that was learned from."""


@dataclass(frozen=True)
class DecisionParts:
    learned: Sequence[Decided]
    held: Sequence[Decided]
    """The newest: the new model does not see them."""

    @property
    def until(self) -> int:
        return self.learned[-1].number if self.learned else 0


@dataclass(frozen=True)
class Comparison:
    """How often each model's first agency was right on decisions that neither had seen."""

    new: Share
    in_use: Share

    @property
    def takes_over(self) -> bool:
        return self.new.of >= FEWEST and self.new.right >= self.in_use.right


def split(decided: Sequence[Decided]) -> DecisionParts:
    """The decisions, oldest first, without the newest tenth, and these."""
    held = min(HELD, max(FEWEST, len(decided) // 10), len(decided))
    at = len(decided) - held
    return DecisionParts(decided[:at], decided[at:])


def examples(decided: Sequence[Decided], region: Region, clues: Clues) -> list[Lesson]:
    """An example of each decision, oldest first; the newest count most."""
    newest = len(decided)
    return [
        replace(example, weight=0.5 ** ((newest - n) / HALF))
        for n, each in enumerate(decided, 1)
        if (example := _example(each, region, clues)).labels
    ]


def _example(decided: Decided, region: Region, clues: Clues) -> Lesson:
    labels = {"kind": decided.kind}
    if decided.agency is not None:
        labels["category"] = decided.category
        if (desk := desk_of(region, decided.agency, decided.category)) is not None:
            labels["agency"] = desk
    if decided.spam is not None:
        labels["spam"] = decided.spam
    if decided.agency is None:
        del labels["kind"]
    told = {head: (label,) for head, label in labels.items()}
    return Lesson(decided.text, told, clues.of(decided.text).extra, source=SOURCE, is_local=True)


def compare(region: Region, new: Model, in_use: Model | None, held: Sequence[Decided]) -> Comparison:
    """Judge both on the decisions that neither saw."""
    seen = int(in_use.card.get(UNTIL, 0)) if in_use is not None else 0
    unseen = [each for each in held if each.number > seen]
    shares: list[Share] = []
    for model in (new, in_use):
        finder = CandidateFinder(region, model)
        judged = judge(finder, read_all(finder, examples(unseen, region, finder.clues)), region.bar)
        shares.append(judged["agency"].first if "agency" in judged else Share(0, 0))
    return Comparison(shares[0], shares[1])


def days(decided: Sequence[Decided], region: Region) -> tuple[date | None, date | None]:
    """The first and the last day of the decisions, in the region."""
    found = sorted(region.day_of(each.at) for each in decided)
    return (found[0], found[-1]) if found else (None, None)
