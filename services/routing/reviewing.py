"""The words of an act for the public: what may be personal data in them comes back to their author once."""

from kit.problems import Extended
from services.routing.desk import Desk
from services.routing.tables import Case
from services.routing.views import PublicWordsBody


class SuspectedWords(Extended):
    """Words for the public may have personal data that no rule masks."""


def check(desk: Desk, case: Case, body: PublicWordsBody) -> None:
    """Raise `SuspectedWords` if the public would read suspected words that their author has not reviewed."""
    if body.reviewed or _is_withheld(case, body):
        return
    day = desk.rules.region.day_of(desk.now)
    suspected = [
        {"what": each.what, "start": each.start, "end": each.end, "pointer": f"/{member}"}
        for member, words in body.public_words()
        for each in desk.rules.personal.suspects(words, day)
    ]
    if suspected:
        detail = "The public would read what may be personal data; write it otherwise, or say reviewed: true"
        raise SuspectedWords(detail, suspected=suspected)


def _is_withheld(case: Case, body: PublicWordsBody) -> bool:
    confidential = getattr(body, "confidential", None)
    return case.hidden or (case.confidential if confidential is None else confidential)
