"""The filters of a queue as conditions on the rows of `case`."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, text

from kit.query import BadParameter, listed, read_time
from services.routing import holding
from services.routing.domain import DUE, OPEN
from services.routing.queue_views import Queue, QueueFilter
from services.routing.rules import Rules
from services.routing.tables import ACTION, CASE, REFERENCE, TRANSFERS, URGENT
from services.routing.tables import OPEN as OPEN_ONES

Condition = ColumnElement[bool]
Ids = Select[tuple[str]]
"""A query of ids of reports."""
c = CASE.c

IS_DUE = and_(c.status.in_(sorted(DUE)), c.due_at.is_not(None))
"""Something is due in the report by its deadline."""


def conditions(
    asked: QueueFilter, rules: Rules, agency: str | None, now: datetime, within: Ids | None = None
) -> Iterator[Condition]:
    """The conditions for an agency's reports, or with null for all. Raises `BadParameter`.

    `within`: ids among which are all that are meant, so that no index of all reports is looked through for them.
    """
    yield from _scope(asked, agency, within)
    if isinstance(asked, Queue) and asked.states:
        yield c.status.in_(sorted(asked.states))
    if asked.held_because:
        yield or_(*map(holding.is_held_because, asked.held_because))
    if asked.category:
        yield c.category.in_(_known("category", asked.category, list(rules.region.categories)))
    if asked.place:
        yield c.place.in_(_places(asked.place, rules))
    if asked.channel:
        yield c.channel.in_(sorted(map(str, asked.channel)))
    if asked.urgent is not None:
        yield is_urgent(asked.urgent)
    yield from _times(asked, rules, now)


def _asks_for_open(asked: QueueFilter) -> bool:
    """Whether only open reports can be meant."""
    states = asked.states if isinstance(asked, Queue) else set()
    return bool(states and states <= OPEN) or asked.overdue is True or asked.due_before is not None


def _scope(asked: QueueFilter, agency: str | None, within: Ids | None) -> Iterator[Condition]:
    # A computed value is in no index: the database then begins with the ids.
    owner = c.agency if within is None else c.agency + ""
    if within is not None:
        yield c.id.in_(within)
    if asked.transferred_by_me:
        if agency is None:
            raise BadParameter("transferred_by_me", "only an agency's key has given reports away")
        yield c.id.in_(_transfers(agency))
        yield c.agency.is_distinct_from(agency)
    elif agency is not None:
        yield owner == agency
    if asked.reference:
        yield c.id.in_(_referred(asked).where(REFERENCE.c.agency == (owner if agency is None else agency)))


def is_urgent(really: bool = True) -> Condition:
    """Urgent and not answered yet, in the words of the index that holds these alone; or, with false, not that."""
    condition: Condition = text(URGENT if really else f"NOT ({URGENT})")  # type: ignore[assignment]  # as in `is_open`
    return condition


def is_open() -> Condition:
    """In the words of the indexes that hold open reports alone."""
    condition: Condition = text(OPEN_ONES)  # type: ignore[assignment]  # `where` takes it as it takes a condition
    return condition


def open_ones(agency: str | None) -> Ids:
    """The ids of an agency's open reports, or with null of all, from an index alone."""
    return select(c.id).where(is_open(), *_of(agency))


def narrow(asked: QueueFilter, rules: Rules, agency: str | None) -> Iterator[Ids]:
    """The ids among which are all that are meant, by each filter that has an index of its own; often they are few."""
    if asked.reference:
        yield _referred(asked)
    if asked.transferred_by_me and agency is not None:
        yield _transfers(agency)
    elif _asks_for_open(asked):
        yield open_ones(agency)
    if asked.updated_from is not None and not asked.transferred_by_me:
        yield select(c.id).where(c.updated_at >= read_time(asked.updated_from, rules.zone), *_of(agency))


def _of(agency: str | None) -> list[Condition]:
    return [] if agency is None else [c.agency == agency]


def _referred(asked: QueueFilter) -> Ids:
    return select(REFERENCE.c.report).where(REFERENCE.c.reference.in_(asked.reference))


def _transfers(agency: str) -> Ids:
    return select(ACTION.c.report).where(ACTION.c.by == agency, text(TRANSFERS))


def _times(asked: QueueFilter, rules: Rules, now: datetime) -> Iterator[Condition]:
    if asked.overdue is not None:
        late = and_(is_open(), IS_DUE, c.due_at < now)
        yield late if asked.overdue else or_(c.due_at.is_(None), c.due_at >= now, c.status.not_in(sorted(DUE)))
    if asked.due_before is not None:
        yield and_(is_open(), IS_DUE, c.due_at < read_time(asked.due_before, rules.zone))
    if asked.received_from is not None:
        yield c.received_at >= read_time(asked.received_from, rules.zone)
    if asked.received_to is not None:
        yield c.received_at < read_time(asked.received_to, rules.zone)
    if asked.updated_from is not None:
        yield c.updated_at >= read_time(asked.updated_from, rules.zone)


def _known(name: str, values: list[str], known: list[str]) -> list[str]:
    for value in values:
        if value not in known:
            elsewhere = "/v1/places" if name == "place" else "/v1/categories"
            raise BadParameter(name, f"there is no {value[:64]!r}; there are {listed(known, elsewhere)}")
    return sorted(set(values))


def _places(codes: list[str], rules: Rules) -> list[str]:
    """These places, and all that lie in those of them that are kecamatan."""
    asked = set(_known("place", codes, list(rules.region.places)))
    return [code for code, place in rules.region.places.items() if code in asked or place.kecamatan_code in asked]
