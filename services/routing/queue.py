"""The pages and counts of a queue. A page begins at a position in an index: it costs the same at any depth."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import BigInteger, Column, ColumnElement, Select, and_, case, func, not_, select, tuple_, type_coerce
from sqlmodel import Session

from kit.db import micros
from services.routing.queue_filters import IS_DUE, Condition, Ids, conditions, is_open, is_urgent, narrow, open_ones
from services.routing.queue_views import Counts, OpenByStatus, Queue, QueueFilter
from services.routing.rules import Rules
from services.routing.tables import CASE, Case
from services.routing.views import PATH

FEW = 2000
"""Up to so many reports are found and sorted; of more, the newest soon fill a page."""


class Section(NamedTuple):
    """A section of a list, in which one time orders the reports. A list by deadline has two beside the urgent ones."""

    column: Column[datetime]
    down: bool
    """The latest first."""
    where: tuple[Condition, ...] = ()
    mark: str = ""
    """Begins the cursors of this section."""


class CasePage(NamedTuple):
    cases: list[Case]
    next: str | None
    """The address of the next page."""


_MARKS = "nu"
_OTHERS = is_urgent(really=False)
_URGENT = Section(CASE.c.received_at, down=True, where=(is_urgent(),), mark="u")
"""Before all others: somebody may be in danger."""
_SECTIONS = {
    "-received": (_URGENT, Section(CASE.c.received_at, down=True, where=(_OTHERS,))),
    "received": (_URGENT, Section(CASE.c.received_at, down=False, where=(_OTHERS,))),
    "-updated": (_URGENT, Section(CASE.c.updated_at, down=True, where=(_OTHERS,))),
    "updated": (Section(CASE.c.updated_at, down=False),),
    "due": (
        _URGENT,
        Section(CASE.c.due_at, down=False, where=(is_open(), IS_DUE, _OTHERS)),
        Section(CASE.c.received_at, down=True, where=(not_(IS_DUE), _OTHERS), mark="n"),
    ),
}


def find_page(session: Session, rules: Rules, agency: str | None, now: datetime, asked: Queue) -> CasePage:
    """One page of an agency's reports, or with null of all. Raises `BadParameter`."""
    within = next((ids for ids in narrow(asked, rules, agency) if _are_few(session, ids)), None)
    chosen = list(conditions(asked, rules, agency, now, within))
    found: list[tuple[Section, Case]] = []
    for section, query in _from_cursor(asked, few=within is not None):
        query = query.where(*chosen, *section.where).limit(asked.limit + 1 - len(found))
        found += [(section, Case(**row._mapping)) for row in session.execute(query)]
        if len(found) > asked.limit:
            break
    cases = [each for _, each in found[: asked.limit]]
    return CasePage(cases, _next(asked, *found[asked.limit - 1]) if len(found) > asked.limit else None)


def count(session: Session, rules: Rules, agency: str | None, now: datetime, asked: QueueFilter) -> Counts:
    """How many open reports there are. Raises `BadParameter`."""
    late, today = (and_(IS_DUE, each) for each in (CASE.c.due_at < now, _rest_of_day(rules, now)))
    # A computed state is in no index: the database then takes the one that holds open reports alone.
    status = (CASE.c.status + "").label("state")
    columns = (status, func.count(), *(func.sum(case((each, 1), else_=0)) for each in (late, today)))
    within = None if asked == QueueFilter() else open_ones(agency)
    query = select(*columns).where(is_open(), *conditions(asked, rules, agency, now, within)).group_by(status)
    rows = session.execute(query).all()
    statuses = dict.fromkeys(OpenByStatus.model_fields, 0) | {status: number for status, number, *_ in rows}
    return Counts(
        open=sum(statuses.values()),
        by_status=OpenByStatus(**{name: statuses[name] for name in OpenByStatus.model_fields}),
        overdue=sum(int(row[2]) for row in rows),
        due_today=sum(int(row[3]) for row in rows),
    )


def _are_few(session: Session, ids: Ids) -> bool:
    """Whether it is faster to find and sort all of them than to look through the newest reports for them."""
    some = ids.limit(FEW + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= FEW


def _rest_of_day(rules: Rules, now: datetime) -> Condition:
    today = now.astimezone(rules.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)  # of the wall clock, however long the day is
    return and_(CASE.c.due_at >= now, CASE.c.due_at < tomorrow.astimezone(UTC))


def _from_cursor(asked: Queue, *, few: bool) -> Iterator[tuple[Section, Select[tuple[object, ...]]]]:
    """Each section of the list from the cursor on, in its order."""
    mark, position, last = _position(asked.cursor)
    sections = _SECTIONS[asked.sort]
    marked = (n for n, section in enumerate(sections) if section.mark == mark)
    begin = next(marked, 0) if asked.cursor else 0
    for number, section in enumerate(sections[begin:]):
        time = type_coerce(section.column, BigInteger)
        at: ColumnElement[int] = time + 0 if few else time  # a computed value is in no index
        order: tuple[ColumnElement[Any], ...] = (at, CASE.c.id)
        query = select(CASE).order_by(*(each.desc() if section.down else each.asc() for each in order))
        if last is not None and number == 0:
            # Compared as a number: a cursor may hold a number that is no valid time.
            place, after = tuple_(at, CASE.c.id), tuple_(position, last)
            query = query.where(place < after if section.down else place > after)
        yield section, query


def _position(cursor: str | None) -> tuple[str, int, str | None]:
    at, _, last = (cursor or "").partition("~")
    number = at.lstrip(_MARKS)
    return at.removesuffix(number), int(number or 0), last or None


def _next(asked: Queue, section: Section, last: Case) -> str:
    at = micros(getattr(last, section.column.name))
    filters = asked.model_dump(mode="json", exclude_defaults=True, exclude={"cursor", "limit"})
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
    place = {"limit": asked.limit, "cursor": f"{section.mark}{at}~{last.id}"}
    return f"{PATH}?{urlencode({**words, **place}, doseq=True, safe='~')}"
