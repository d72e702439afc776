"""The answers of a report, numbered: every response and every close that has words, from 1 in their order.

A correction is of one of them; its newest words are those that count.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Row, select, update
from sqlmodel import Session

from services.routing.domain import Move
from services.routing.tables import ACTION, Case

LAST = 1_000_000
"""No answer has a higher number."""


class UnknownAnswer(Exception):
    """The report has no answer of this number."""


class EarlierAnswer(NamedTuple):
    agency: str | None
    """Whose answer it is."""
    words: tuple[str, ...]
    """All its words that are kept, oldest first; the last ones count."""
    actions: tuple[int, ...]
    """The numbers of the rows that have these words."""

    def is_as(self, text: str, *, privacy: bool) -> bool:
        """Whether the answer is as this correction would leave it."""
        return self.words[-1:] == (text,) and not (privacy and len(self.words) > 1)


def numbered(history: Iterable[Row[Any]]) -> Iterator[tuple[int | None, Row[Any]]]:
    """Each action of a whole history, in order, with the number of the answer that it gives or corrects."""
    count = 0
    for action in history:
        if action.move == Move.respond or (action.move == Move.close and (action.text is not None or action.erased)):
            count += 1
            yield count, action
        else:
            yield action.answer, action


def agencies(session: Session, case: Case) -> set[str | None]:
    """Whose the report's answers are."""
    return {action.agency for answer, action in _all(session, case) if answer is not None}


def find(session: Session, case: Case, number: int) -> EarlierAnswer:
    """The answer of this number. Raises `UnknownAnswer`."""
    of_it = [action for answer, action in _all(session, case) if answer == number]
    if not of_it:
        raise UnknownAnswer(f"the report has no answer {number}; its history shows the number of each")
    worded = [action for action in of_it if action.text is not None]
    return EarlierAnswer(of_it[0].agency, tuple(each.text for each in worded), tuple(each.number for each in worded))


def _all(session: Session, case: Case) -> Iterator[tuple[int | None, Row[Any]]]:
    return numbered(session.execute(select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number)).all())


def erase(session: Session, answer: EarlierAnswer) -> None:
    """Null all words of the answer that are kept."""
    session.execute(
        update(ACTION).where(ACTION.c.number.in_(answer.actions)).values(text=None, public_text=None, erased=True)
    )
