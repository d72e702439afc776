"""Whether a message tells of danger to somebody now: by a region's words alone, so that intake can know it too. Pure.

A danger counts with what stands near it: that somebody is in it, that it happens now or help is asked for, and against
it that it is over, feared, asked about or stands for something else. "Rumah tetangga terbakar" is an emergency; "tahun
lalu rumah tetangga terbakar" and "cegah rumah terbakar" are none.
"""

from collections.abc import Sequence
from typing import NamedTuple

from contracts.phrases import Match, PhrasesFound, apart

DANGER, RISK, OTHER, HARM, NOW, AGAINST = (
    f"emergency.{name}" for name in ("danger", "risk", "other", "harm", "now", "against")
)
"""The names of the lists of a region's emergency phrases."""
_REACH = 14
"""How many words from the danger another phrase counts: further away it is of another matter."""
_ENOUGH = 2
_WORTH = {DANGER: 2, RISK: 1}
_MOST_NOW = _MOST_AGAINST = 2
_OF_AGAINST = 3
"""How much a phrase that speaks against the danger lowers its score."""
_LONG = 30
"""For each so many words one more must speak for it: nobody writes a letter beside a fire."""


class Danger(NamedTuple):
    """The danger in a message for which most speaks. `enough`: whether that makes it an emergency."""

    score: int
    enough: bool
    words: str


def danger_in(found: PhrasesFound) -> Danger | None:
    """The danger that a message tells of; null if it tells of none. `found`: with a region's emergency phrases."""
    scored = [
        (worth + _beside(each, found), each) for name, worth in _WORTH.items() for each in apart(found, name, OTHER)
    ]
    if not scored:
        return None
    score, match = max(scored, key=lambda pair: pair[0])
    enough = score >= _ENOUGH + len(found.words) // _LONG
    return Danger(score, enough, " ".join(found.words[match.start : match.end]))


def _beside(danger: Match, found: PhrasesFound) -> int:
    """The number of phrases near the danger that confirm it, less those that deny it."""
    within = range(danger.start, danger.end)
    others, harm, now, against = (
        {start for name in names for start in _near(danger, found.of.get(name, ()))}
        for names in ((DANGER, RISK), (HARM,), (NOW,), (AGAINST,))
    )
    speaks = bool(others.difference(within)) + bool(harm) + min(_MOST_NOW, len(now))
    return speaks - _OF_AGAINST * min(_MOST_AGAINST, len(against))


def _near(danger: Match, matches: Sequence[Match]) -> set[int]:
    """Where the matches begin that are in reach."""
    return {each.start for each in matches if danger.start - _REACH < each.end and each.start < danger.end + _REACH}
