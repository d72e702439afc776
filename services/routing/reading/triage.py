"""Whether a machine may verify a report, or a person has to look first, and why. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class HeldBecause(StrEnum):
    """A reason for which the desk holds a report; it may have several."""

    unsure = "unsure"
    sensitive = "sensitive"
    spam = "spam"
    duplicate = "duplicate"
    personal_data = "personal-data"
    policy = "policy"


PHRASES = {
    HeldBecause.unsure: "unsure of the category",
    HeldBecause.sensitive: "sensitive",
    HeldBecause.spam: "spam?",
    HeldBecause.duplicate: "duplicate",
    HeldBecause.personal_data: "personal data?",
    HeldBecause.policy: "the category asks for an official",
}
"""The reasons as `held_reason` has them; a case of a version that kept no list of reasons has one of these."""


@dataclass(frozen=True)
class Open:
    """The report can be verified at once."""

    by: str


@dataclass(frozen=True)
class NeedsPerson:
    """A person has to look first."""

    because: tuple[HeldBecause, ...]

    @property
    def reason(self) -> str:
        return "; ".join(PHRASES[each] for each in self.because)


def triage(
    text: str, *, reviewed: bool, sensitive: bool, confident: bool, policy: str, repeats: bool = False
) -> Open | NeedsPerson:
    """Whether a machine may verify this report, or every reason why not. `reviewed`: a person has looked already.

    `repeats`: an earlier report of the same reporter has the same words.

    >>> triage("Jalan desa kami rusak", reviewed=False, sensitive=False, confident=True, policy="auto")
    Open(by='machine')
    >>> triage("Tolong", reviewed=False, sensitive=False, confident=False, policy="auto").reason
    'spam?; unsure of the category'
    """
    if reviewed:
        return Open("official")
    found = (
        (HeldBecause.spam, is_empty_talk(text)),
        (HeldBecause.sensitive, sensitive),
        (HeldBecause.duplicate, repeats),
        (HeldBecause.unsure, not confident),
        (HeldBecause.policy, confident and policy != "auto"),
    )
    because = tuple([reason for reason, holds in found if holds])
    return NeedsPerson(because) if because else Open("machine")


def is_empty_talk(text: str) -> bool:
    """Fewer than three different words.

    >>> is_empty_talk("tes tes tes!!"), is_empty_talk("08123 ???"), is_empty_talk("lampu jalan mati")
    (True, True, False)
    """
    words: set[str] = set()
    for token in text.split():
        if any(letter.isalpha() for letter in token):
            words.add(token.casefold().strip(".,!?;:"))
            if len(words) == 3:
                return False
    return True
