"""Whether a machine may verify a report, or a person has to look first. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Open:
    """The report can be verified at once."""

    by: str


@dataclass(frozen=True)
class NeedsPerson:
    """A person has to look first."""

    reason: str


def triage(
    text: str, *, official: bool, sensitive: bool, confident: bool, policy: str, repeats: bool = False
) -> Open | NeedsPerson:
    """Whether a machine may verify this report. If an official filed it, a person has looked already.

    `repeats`: an earlier report of the same reporter has the same words.

    >>> triage("Jalan desa kami rusak", official=False, sensitive=False, confident=True, policy="auto")
    Open(by='machine')
    """
    if official:
        return Open("official")
    if is_empty_talk(text):
        return NeedsPerson("spam?")
    if sensitive:
        return NeedsPerson("sensitive")
    if repeats:
        return NeedsPerson("duplicate")
    if not confident:
        return NeedsPerson("unsure of the category")
    if policy != "auto":
        return NeedsPerson("the category asks for an official")
    return Open("machine")


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
