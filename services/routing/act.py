"""An act: what an agency or an official does to a report. Each is declared in one file of `actions/`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from kit.problems import Forbidden
from services.routing import cases, decisions, references, reviewing
from services.routing.cases import MoveRefused
from services.routing.desk import Desk, agency_of, name_of
from services.routing.domain import MOVES, PUBLIC, Move, NotAllowed, State
from services.routing.tables import Case
from services.routing.views import AgencyActBody, PublicWordsBody, ReportWithHistory, RequestBody


class NoBody(RequestBody):
    """The body of an act that needs no fields."""


def _nothing_against(_: Desk, __: Case) -> None:
    return None


def _no_other(_: Case, __: RequestBody) -> None:
    return None


ActorRole = Literal["agency", "official"]
B = TypeVar("B", bound=RequestBody)


@dataclass(frozen=True)
class Act(Generic[B]):
    """The name of the move is the last part of the path; the docstring of `do` is the OpenAPI description."""

    move: Move
    by: tuple[ActorRole, ...]
    """The roles whose keys may do this act."""
    body: type[B]
    do: Callable[[Desk, Case, B], None]
    """Does the act to a case that the caller may see, in the transaction of the request."""
    why_not: Callable[[Desk, Case], NotAllowed | None] = _nothing_against
    """What is against it, whatever the body says, where the state of the case allows the act."""
    also: Callable[[Case, B], str | None] = _no_other
    """The id of another report that it changes, too."""

    def allowed(self, desk: Desk, case: Case) -> bool:
        """Whether the caller may do it to a case of theirs now."""
        takes = desk.caller.role in self.by and (State(case.status), self.move) in MOVES
        return takes and self.why_not(desk, case) is None

    @property
    def body_may_be_left_out(self) -> bool:
        return not any(field.is_required() for field in self.body.model_fields.values())


def perform(desk: Desk, act: Act[B], report: str, body: B) -> ReportWithHistory:
    """Do the act and return the changed report.

    Raises `UnknownReport`, `MoveRefused`, `Forbidden`, `SuspectedWords` and the errors of the act itself.
    """
    case = desk.case(report)
    desk = replace(desk, now=max(desk.now, case.updated_at))  # a clock that was wrong and is right again went back
    if isinstance(body, AgencyActBody) and body.reference is not None:
        references.write(desk.session, case.id, _referring(desk), body.reference)  # before the act's own event
    if (State(case.status), act.move) in MOVES and (against := act.why_not(desk, case)) is not None:
        raise MoveRefused(against.reason)
    seen = case.status in PUBLIC or act.move == Move.verify
    if isinstance(body, PublicWordsBody) and seen and (State(case.status), act.move) in MOVES:
        reviewing.check(desk, case, body)
    act.do(desk, case, body)
    after = cases.find(desk.session, case.id)
    decisions.keep(desk.session, act.move, case, after, name_of(desk.caller), desk.now)
    return desk.view(after)  # without the caller's check: another agency may have it now


def _referring(desk: Desk) -> str:
    """The agency whose reference a body has. Raises `Forbidden` for an official, who has no number of an agency."""
    if desk.caller.role == "official":
        raise Forbidden("`reference` is an agency's own number for a report: an official leaves it out")
    return agency_of(desk.caller)
