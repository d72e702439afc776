"""Reports that agencies give to each other: who gave which away, and how far a report may be passed on.

An agency gives a report away by a transfer, or gives it back to the officials by a refusal. It goes on reading it.
No transfer goes on without end: none leads back to an agency that gave the report away, and after `MOST` of them, with
no decision of an official between, only an official gives it to another one.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from sqlalchemy import Select, select
from sqlmodel import Session

from services.routing.domain import Move, NotAllowed
from services.routing.tables import ACTION, DISPOSITION, Case

MOST = 3
"""Transfers of a report in a row, without an official between them."""
_NOT_AGENCIES = ("machine", "official")


def given_away_by(agency: str) -> Select[tuple[str]]:
    """The ids of the reports that the agency transferred, also those that it has again."""
    return select(DISPOSITION.c.report).where(DISPOSITION.c.by == agency)


def givers(session: Session, report: str) -> set[str]:
    """The agencies that transferred the report to another one."""
    by = select(DISPOSITION.c.by).where(DISPOSITION.c.report == report, DISPOSITION.c.by.not_in(_NOT_AGENCIES))
    return set(session.scalars(by))


def former(session: Session, report: str) -> set[str]:
    """The agencies that gave the report away, or back."""
    refused = select(ACTION.c.by).where(ACTION.c.report == report, ACTION.c.move == str(Move.refuse))
    return givers(session, report) | set(session.scalars(refused))


def may_go_to(session: Session, case: Case, to: str) -> NotAllowed | None:
    """Why the agency that has the report, and may give it to another one, may not give it to this one."""
    if to in former(session, case.id):
        return NotAllowed(f"{to} gave this report away before: only an official gives it there again")
    return None


def may_go_on(session: Session, case: Case) -> NotAllowed | None:
    """Why the agency that has the report may give it to no other one; null if it may."""
    if len(list(_since_an_official(_decided_by(session, case.id)))) >= MOST:
        return NotAllowed(f"the report was transferred {MOST} times: refuse it, and an official decides who gets it")
    return None


def may_be_refused(session: Session, case: Case) -> NotAllowed | None:
    """Why the agency that has the report may not give it back; null if it may."""
    if _decided_by(session, case.id)[:1] == ["official"]:
        return NotAllowed("an official gave the report to this agency: it can be answered, transferred or closed")
    return None


def _decided_by(session: Session, report: str) -> Sequence[str]:
    """Who made each disposition of the report, the newest first."""
    by = select(DISPOSITION.c.by).where(DISPOSITION.c.report == report).order_by(DISPOSITION.c.number.desc())
    return session.scalars(by).all()


def _since_an_official(decided_by: Sequence[str]) -> Iterator[str]:
    return (by for by in takewhile(lambda by: by != "official", decided_by) if by not in _NOT_AGENCIES)
