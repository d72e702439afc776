"""What the public may read of a case: redacted words, and for a withheld report nothing that shows its place.

An address that somebody typed is never public: it may be where the reporter lives. It is read for the place, and shown
to officials and the agency.
"""

import re
from datetime import datetime

from contracts.codes import CODE_ALPHABET, CODE_LENGTH, CODE_MASK
from contracts.events import CaseDisposed, CaseOpened, CaseOpenedV2, CaseRelocated, Channel, Kind, Place, PlaceFrom
from services.routing.rules import Rules
from services.routing.tables import Case

_HALF = rf"[{CODE_ALPHABET}]{{{CODE_LENGTH // 2}}}"
_CODE = re.compile(rf"(?<![^\W_]){_HALF}-?{_HALF}(?![^\W_])", re.ASCII | re.IGNORECASE)
_DIGIT, _LETTER = re.compile(r"\d"), re.compile("[a-z]", re.IGNORECASE)


def opened(
    rules: Rules,
    case: Case,
    at: datetime,
    by: str,
    *,
    recorded_at: datetime | None = None,
    words: str | None = None,
) -> CaseOpened:
    """The public event of a case that was just verified. `recorded_at`: when, if `at` is an earlier time of history.

    `words`: what an official wrote to be public in place of the reporter's own words.
    """
    public = not case.confidential
    text = (own_words(rules, case, case.text) if words is None else written(rules, words)) if public else None
    return CaseOpened(
        time=at,
        subject=case.subject,
        kind=Kind(case.kind),
        channel=Channel(case.channel),
        category=case.category,
        text=text,
        place=rules.public_place(case.place) if public else None,
        place_from=_place_from(case) if public else None,
        lat=case.lat if public else None,
        long=case.long if public else None,
        confidential=case.confidential,
        redacted=public and text != case.text,
        received_at=case.received_at,
        verified_by="official" if by == "official" else "machine",
        recorded_at=recorded_at,
    )


def given(opening: CaseOpened, disposal: CaseDisposed) -> CaseOpenedV2:
    """The opening and the disposal of a case, made by one act, as one event."""
    told = {name: getattr(opening, name) for name in CaseOpened.model_fields if name not in ("id", "type")}
    return CaseOpenedV2(
        **{**told, "category": disposal.category},
        agency=disposal.agency,
        reason=disposal.reason,
        due_at=disposal.due_at,
    )


def relocated(rules: Rules, case: Case, before: Place | None, at: datetime) -> CaseRelocated:
    """The public event of a case whose location changed; only for a report that is not withheld."""
    place, words = rules.public_place(case.place), rules.words
    names = [_name(each) if each else words.no_place for each in (place, before)]
    reason = words.relocated.format(place=names[0], before=names[1]) if place != before else words.location
    return CaseRelocated(
        time=at,
        subject=case.subject,
        place=place,
        place_from=_place_from(case),
        lat=case.lat,
        long=case.long,
        reason=reason,
    )


def _place_from(case: Case) -> PlaceFrom | None:
    return PlaceFrom(case.place_from) if case.place and case.place_from else None


def _name(place: Place) -> str:
    return place.name if place.name == place.kecamatan else f"{place.name}, {place.kecamatan}"


def public_agency(rules: Rules, case: Case, agency: str) -> str:
    """The agency to name in public; for a withheld report it must not show the place."""
    return rules.placeless(agency) if case.confidential or case.hidden else agency


def public_words(rules: Rules, case: Case, words: str | None) -> str | None:
    """An agency's words as the public may read them: redacted, or null if the report is withheld."""
    return None if words is None or case.confidential or case.hidden else written(rules, words)


def said(rules: Rules, case: Case, words: str, instead: str) -> str:
    """A reason as the public may read it: redacted; of a withheld report `instead`, as the words may quote it."""
    return instead if case.confidential or case.hidden else written(rules, words)


def written(rules: Rules, words: str) -> str:
    """The words of an agency or an official for the public: redacted, also without the code of a report.

    The offices' own numbers and addresses stay.
    """
    return rules.personal.redact(without_codes(words), rules.offices)


def own_words(rules: Rules, case: Case, words: str) -> str:
    """A reporter's words for the public. Who was in office when the report was received may be named in them."""
    return rules.personal.redact(words, day=rules.region.day_of(case.received_at))


def without_codes(words: str) -> str:
    """The words without the codes of reports.

    >>> without_codes("Laporan K7M2P9QA dan k7m2-p9qa kami kerjakan di SDN 2")
    'Laporan [kode laporan] dan [kode laporan] kami kerjakan di SDN 2'
    """
    return _CODE.sub(_code, words)


def _code(match: re.Match[str]) -> str:
    # Only intake knows which codes exist; of eight signs that mix letters and digits hardly any are a word.
    return CODE_MASK if _DIGIT.search(match[0]) and _LETTER.search(match[0]) else match[0]


def public_reason(rules: Rules, case: Case, category: str, reason: str) -> str:
    """The public reason of a disposal; for a withheld report it must not show the place."""
    if case.confidential or case.hidden:
        return rules.words.category.format(category=category)
    return rules.masked(without_codes(reason))
