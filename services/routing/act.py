"""An act: what an agency or an official does to a report. Each is declared in one file of `actions/`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from services.routing import cases, references
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import AgencyActBody, ReportWithHistory, RequestBody


class NoBody(RequestBody):
    """The body of an act that needs no fields."""


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

    @property
    def body_may_be_left_out(self) -> bool:
        return not any(field.is_required() for field in self.body.model_fields.values())


def perform(desk: Desk, act: Act[B], report: str, body: B) -> ReportWithHistory:
    """Do the act and return the changed report. Raises `UnknownReport` and the errors of the act itself."""
    case = desk.case(report)
    desk = replace(desk, now=max(desk.now, case.updated_at))  # a clock that was wrong and is right again went back
    if isinstance(body, AgencyActBody) and body.reference is not None:
        references.write(desk.session, case.id, agency_of(desk.caller), body.reference)  # before the act's own event
    act.do(desk, case, body)
    return desk.view(cases.find(desk.session, case.id))  # without the caller's check: another agency may have it now
