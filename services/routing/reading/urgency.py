"""Whether a report may not wait: somebody is in danger now. Pure."""

from contracts.emergency import danger_in
from contracts.phrases import PhrasesFound
from services.routing.reading.reading import Judged

URGENT, NORMAL = "urgent", "normal"
_SURE = {2: 0.7, 3: 0.85, 4: 0.93}
_SUREST = 0.97


def urgency_of(found: PhrasesFound) -> Judged:
    """`urgent` or `normal`; the reason is the words of the danger. Confidences are estimates, not calibrated."""
    danger = danger_in(found)
    if danger is None:
        return Judged(NORMAL, 0.98, "")
    if danger.enough:
        return Judged(URGENT, _SURE.get(danger.score, _SUREST), danger.words)
    return Judged(NORMAL, 0.8, danger.words)
