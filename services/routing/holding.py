"""A held case's list of reasons: how its row keeps them, and how they are found again."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_

from services.routing.domain import State
from services.routing.reading.triage import EARLIER_PHRASES, HeldBecause
from services.routing.tables import CASE, Case


def stored(because: Iterable[HeldBecause]) -> str:
    """The reasons as a row has them.

    >>> stored([HeldBecause.sensitive, HeldBecause.unsure])
    ' sensitive unsure '
    """
    return f" {' '.join(because)} "


def reasons(case: Case) -> list[HeldBecause]:
    """Why the case is held; empty if it is not, or if an official held it for a reason of their own."""
    if case.status != State.held:
        return []
    if case.held_because is not None:
        return [HeldBecause(each) for each in case.held_because.split()]
    return [because for because, phrase in EARLIER_PHRASES.items() if case.held_reason == phrase]


def is_held_because(because: HeldBecause) -> ColumnElement[bool]:
    """Whether a row's case is held for this reason; rows of a version that kept no list are found by their phrase."""
    earlier = and_(CASE.c.held_because.is_(None), CASE.c.held_reason == EARLIER_PHRASES[because])
    return and_(CASE.c.status == str(State.held), or_(CASE.c.held_because.contains(f" {because} "), earlier))
