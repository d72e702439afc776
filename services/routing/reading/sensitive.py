"""Whether a report may harm somebody if it is public before an official read it, by residents' words for it. Pure."""

from contracts.phrases import PhrasesFound, apart
from services.routing.reading.reading import Judged

YES, NO = "yes", "no"


def sensitive_of(found: PhrasesFound) -> Judged:
    """`yes` or `no`; the reason is the words. One phrase is enough: to publish by mistake is worse than to hold."""
    matters = apart(found, "sensitive.matters", "sensitive.other")
    if not matters:
        return Judged(NO, 0.93, "")
    confidence = 0.8 if len({each.start for each in matters}) == 1 else 0.95
    return Judged(YES, confidence, found.said(matters))
