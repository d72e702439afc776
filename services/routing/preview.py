"""What the region's files would change for the reports that are open now, counted and not done."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session

from contracts.region import Region
from services.routing.domain import PUBLIC, State
from services.routing.rescheduling import moved_in
from services.routing.rules import Rules
from services.routing.tables import CASE

_Kind = Literal["agency", "category", "place_code"]
_COLUMNS = {"agency": CASE.c.agency, "category": CASE.c.category, "place_code": CASE.c.place}
_OPEN = [str(state) for state in PUBLIC if state is not State.closed]


class OtherAgency(NamedTuple):
    """Open reports of a category that are with an agency, while a new one would go to another."""

    category: str
    agency: str
    new: str
    reports: int


class Preview(NamedTuple):
    ended: dict[str, int]
    """Open reports by their agency, if that does not exist today."""
    other: list[OtherAgency]
    moved: dict[tuple[date, date], int]
    """Open reports by the day of their deadline and the one that it becomes."""


class Lacking(NamedTuple):
    """Reports that wait for an official and have a value that the region has no more."""

    column: _Kind
    value: str
    reports: int


def lacking_of_held(session: Session, region: Region) -> list[Lacking]:
    """What held reports have and the region lacks: nobody could ask for them by it."""
    known: dict[_Kind, Mapping[str, object]] = {
        "agency": region.agencies,
        "category": region.categories,
        "place_code": region.places,
    }
    found = []
    for name, ours in known.items():
        column = _COLUMNS[name]
        counted = select(column, func.count()).where(CASE.c.status == str(State.held), column.is_not(None))
        for value, reports in session.execute(counted.group_by(column).order_by(column)):
            if value not in ours:
                found.append(Lacking(name, value, reports))
    return found


def preview(session: Session, rules: Rules, now: datetime) -> Preview:
    """What the next start with these rules changes, and what it leaves as it is though new reports differ."""
    columns = (CASE.c.category, CASE.c.place, CASE.c.agency)
    groups = select(*columns, func.count()).where(CASE.c.status.in_(_OPEN), CASE.c.agency.is_not(None))
    ended: dict[str, int] = {}
    other: dict[tuple[str, str, str], int] = {}
    for category, place, agency, reports in session.execute(groups.group_by(*columns)):
        new = rules.agency_for(category, place, now).agency
        if not rules.exists(agency, now):
            ended[agency] = ended.get(agency, 0) + reports
        elif new != agency:
            other[category, agency, new] = other.get((category, agency, new), 0) + reports
    moved: dict[tuple[date, date], int] = {}
    for case, due_at in moved_in(session, rules, now):
        days = rules.region.day_of(case.due_at or now), rules.region.day_of(due_at)
        moved[days] = moved.get(days, 0) + 1
    return Preview(ended, [OtherAgency(*names, count) for names, count in sorted(other.items())], moved)
