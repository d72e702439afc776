"""Whether the machine may open a report, or a person has to decide, and why. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.routing.reading.reading import Candidate, Reading


class HeldBecause(StrEnum):
    """A reason for which the desk holds a report; it may have several."""

    unsure = "unsure"
    sensitive = "sensitive"
    spam = "spam"
    duplicate = "duplicate"
    personal_data = "personal-data"
    policy = "policy"


PHRASES = {
    HeldBecause.unsure: "unsure of the agency",
    HeldBecause.sensitive: "sensitive",
    HeldBecause.spam: "spam?",
    HeldBecause.duplicate: "duplicate",
    HeldBecause.personal_data: "personal data?",
    HeldBecause.policy: "the category or its urgency asks for an official",
}
"""The reasons as `held_reason` has them."""

EARLIER_PHRASES = PHRASES | {
    HeldBecause.unsure: "unsure of the category",
    HeldBecause.policy: "the category asks for an official",
}
"""As the versions wrote them that kept no list of reasons: a case of one has one of these."""


@dataclass(frozen=True)
class Open:
    """The report can be verified at once, by `official` who has read it, or by `machine`."""

    by: str
    candidate: Candidate | None = None
    """Whom the machine gives it to; null: an official or its source decided that."""


@dataclass(frozen=True)
class NeedsPerson:
    """A person has to look first."""

    because: tuple[HeldBecause, ...]

    @property
    def reason(self) -> str:
        return reason_of(self.because)


def reason_of(because: Iterable[HeldBecause]) -> str:
    """The reasons in words, for officials."""
    return "; ".join(PHRASES[each] for each in because)


def triage(
    reading: Reading,
    *,
    bar: float,
    valid: bool,
    sensitive: bool,
    policy: str,
    reviewed: bool = False,
    repeats: bool = False,
    given: bool = False,
) -> Open | NeedsPerson:
    """Whether the machine may open the report for its first candidate, or every reason why not.

    `bar`: the least confidence; `valid`: the first candidate may count; `sensitive`: the
    words or the category are; `policy`: that of the category, `auto` or `official`. `reviewed`: a person has looked
    already. `repeats`: an earlier report of the same reporter has the same words. `given`: the officials of its source
    gave it to an agency of ours, so that the machine need not be sure of one.
    """
    if reviewed:
        return Open("official")
    sure = sure_candidate(reading.candidates, bar) if valid else None
    found = (
        (HeldBecause.spam, reading.spam.value != "none"),
        (HeldBecause.sensitive, sensitive),
        (HeldBecause.duplicate, repeats),
        (HeldBecause.personal_data, bool(reading.suspected)),
        (HeldBecause.unsure, not given and sure is None),
        (HeldBecause.policy, reading.urgency.value == "urgent" or ((given or sure is not None) and policy != "auto")),
    )
    because = tuple([reason for reason, holds in found if holds])
    return NeedsPerson(because) if because else Open("machine", None if given else sure)


def sure_candidate(candidates: Sequence[Candidate], bar: float) -> Candidate | None:
    """The first candidate, if the machine is as sure of it as the bar asks, and the matter is ours.

    >>> road = Candidate("dpu", "jalan-rusak", 0.97, "kata: jalan, rusak")
    >>> sure_candidate([road], 0.95) == road, sure_candidate([road], 0.98), sure_candidate([], 0)
    (True, None, None)
    """
    first = candidates[0] if candidates else None
    return first if first is not None and first.agency is not None and first.confidence >= bar else None
