"""An act: what an agency or an official does to a report. Each is declared in one file of `actions/`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from services.routing import cases
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import ReportWithHistory, Sent


class NoBody(Sent):
    """Of an act that asks for nothing."""


Worker = Literal["agency", "official"]
B = TypeVar("B", bound=Sent)


@dataclass(frozen=True)
class Act(Generic[B]):
    """Its path is its move's name, its OpenAPI description the docstring of `do`."""

    move: Move
    by: tuple[Worker, ...]
    """Whose key it takes."""
    body: type[B]
    do: Callable[[Desk, Case, B], None]
    """Does it to a case that the caller may see, in the transaction of the request."""

    @property
    def body_may_be_left_out(self) -> bool:
        return not any(field.is_required() for field in self.body.model_fields.values())


def perform(desk: Desk, act: Act[B], report: str, sent: B) -> ReportWithHistory:
    """Do it; the report as it is then. Raises `UnknownReport`, and what the act refuses."""
    case = desk.case(report)
    act.do(desk, case, sent)
    return desk.view(cases.find(desk.session, case.id))  # though it may be another agency's now
