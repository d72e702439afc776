"""Finds the reports that may be about the same matter as one: an official decides whether they are."""

from collections.abc import Iterator
from math import cos, radians
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, select, type_coerce
from sqlmodel import Session

from kit.db import micros
from services.routing.domain import State
from services.routing.reading.alike import NEAR_M, WITHIN, Alike, Seen, most_alike
from services.routing.rules import Rules
from services.routing.tables import CASE, Case
from services.routing.views import PossibleDuplicate
from services.routing.wording import Phrase

_LOOKED_AT = 200
"""Reports that are compared, of each way to find them: the newest."""
_DEGREE_M = 111_320.0
_COLUMNS = tuple(CASE.c[name] for name in Seen._fields)
c = CASE.c

_AT: Phrase = {"id": "{metres} m dari sini", "en": "{metres} m from here"}
_PLACE: Phrase = {"id": "tempat yang sama", "en": "the same place"}
_CATEGORY: Phrase = {"id": "kategori yang sama", "en": "the same category"}
_SAME_DAY: Phrase = {"id": "hari yang sama", "en": "the same day"}
_BEFORE: Phrase = {"id": "{days} hari sebelumnya", "en": "{days} days before"}
_AFTER: Phrase = {"id": "{days} hari sesudahnya", "en": "{days} days after"}
_WORDS: Phrase = {"id": "kata: {words}", "en": "words: {words}"}
_REPEATS: Phrase = {
    "id": "pelapor yang sama, dengan isi yang sama",
    "en": "the same reporter, in the same words",
}


def find(session: Session, rules: Rules, case: Case, agency: str | None) -> list[PossibleDuplicate]:
    """The reports most like the case, among those of the agency or, with null, of all; none of one that was merged.

    It costs the same however many reports there are.
    """
    if case.duplicate_of is not None or case.status == State.rejected:
        return []
    rows = {row.id: row for query in _queries(case, agency) for row in session.execute(query)}
    report = Seen(*(getattr(case, name) for name in Seen._fields))
    others = [Seen(*(getattr(row, name) for name in Seen._fields)) for row in rows.values()]
    alike = most_alike(report, others, rules.region.stopwords)
    found = [
        PossibleDuplicate(id=each.id, status=rows[each.id].status, score=each.score, reason=_reason(rules, each))
        for each in alike
    ]
    repeated = [] if agency is not None else _repeated(session, rules, case)  # an agency knows of no reporter
    return [*repeated, *(each for each in found if not repeated or each.id != case.repeats)][:5]


def _repeated(session: Session, rules: Rules, case: Case) -> list[PossibleDuplicate]:
    """The report whose words it repeats."""
    query = select(c.id, c.status).where(c.id == case.repeats)
    row = session.execute(query).first() if case.repeats else None
    reason = rules.say(_REPEATS)
    return [PossibleDuplicate(id=row.id, status=row.status, score=1.0, reason=reason)] if row else []


def _queries(case: Case, agency: str | None) -> Iterator[Select[Any]]:
    of = () if agency is None else (c.agency == agency,)
    others = (
        *of,
        c.id != case.id,
        c.status != str(State.rejected),
        c.duplicate_of.is_(None),
    )
    first, last = (micros(case.received_at + apart) for apart in (-WITHIN, WITHIN))
    for where, at in _where(case):
        some = select(*_COLUMNS, c.status).where(where, *others, at >= first, at <= last)
        yield some.order_by(at.desc()).limit(_LOOKED_AT)


def _where(case: Case) -> Iterator[tuple[ColumnElement[bool], ColumnElement[int]]]:
    """Each condition on where a report is, and its time, in microseconds, as the index by the place needs it."""
    time = type_coerce(c.received_at, BigInteger)
    if case.place is not None:
        yield c.place == case.place, time
    if case.lat is not None and case.long is not None:
        north, east = NEAR_M / _DEGREE_M, NEAR_M / _DEGREE_M / max(cos(radians(case.lat)), 0.01)
        box = (c.lat.between(case.lat - north, case.lat + north), c.long.between(case.long - east, case.long + east))
        yield and_(*box), time + 0  # a computed value is in no index: else all reports of the days were looked at


def _reason(rules: Rules, alike: Alike) -> str:
    when = _SAME_DAY if alike.days == 0 else _AFTER if alike.days > 0 else _BEFORE
    parts = [
        rules.say(_PLACE) if alike.same_place else "",
        rules.say(_AT).format(metres=alike.metres) if alike.metres is not None else "",
        rules.say(when).format(days=abs(alike.days)),
        rules.say(_CATEGORY) if alike.same_category else "",
        rules.say(_WORDS).format(words=", ".join(alike.words)) if alike.words else "",
    ]
    return "; ".join(filter(None, parts))
