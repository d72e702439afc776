"""The paths of `/agency/v1/reports`. Each parses, calls the desk in one transaction, and makes the answer."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import Parameter, Signature, getdoc
from typing import Annotated, Any, NamedTuple

from fastapi import Body, Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from kit import clock
from kit.caller import Caller, Role
from kit.db import snapshot
from kit.query import strict
from kit.writer import Writer
from services.routing import views
from services.routing.act import Act, NoBody, perform
from services.routing.actions import ACTS
from services.routing.desk import Desk
from services.routing.queue_views import Counts, Queue, QueueFilter
from services.routing.rules import Rules

PROBLEM = {"application/problem+json": {"schema": {"type": "object", "required": ["type", "title", "status"]}}}
COMMON_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The request has no key", "content": PROBLEM},
    403: {"description": "The key does not allow this", "content": PROBLEM},
    422: {"description": "The request is not valid", "content": PROBLEM},
}
_REPORT_ERRORS = COMMON_ERRORS | {
    404: {"description": "There is no such report, or it is another agency's", "content": PROBLEM}
}
_ACT_ERRORS = _REPORT_ERRORS | {
    400: {"description": "The body is no JSON", "content": PROBLEM},
    409: {"description": "The state of the report does not allow this", "content": PROBLEM},
}

PATH = views.PATH
Id = Annotated[str, Path(description="The report's id, a UUID", json_schema_extra={"format": "uuid"})]


class RouteContext(NamedTuple):
    """The resources that all paths use: database, writer, rules, and the way to know the caller."""

    engine: Engine
    writer: Writer
    rules: Rules
    caller: Callable[[Request], Caller]

    def only(self, *roles: Role) -> Callable[[Request], Caller]:
        """A dependency: the caller, who must have one of the roles."""

        def caller_of(request: Request) -> Caller:
            caller = self.caller(request)
            caller.need(*roles)
            return caller

        return caller_of

    def desk(self, session: Session, caller: Caller) -> Desk:
        return Desk(session, self.rules, caller, clock.now())

    async def move(self, caller: Caller, work: Callable[[Desk], views.ReportWithHistory]) -> Response:
        return json(await self.writer.run(lambda session: work(self.desk(session, caller))))


def add_reading(app: FastAPI, context: RouteContext) -> None:
    AgencyOrOfficial = Annotated[Caller, Depends(context.only("agency", "official"))]

    @app.get(PATH, response_model=views.Page, responses=COMMON_ERRORS, tags=["agencies"])
    def list_reports(
        caller: AgencyOrOfficial, _: Annotated[None, Depends(strict(Queue))], query: Annotated[Queue, Query()]
    ) -> Response:
        """The reports of the agency that has the key; with the official key all reports, also those not public."""
        with snapshot(context.engine) as session:
            return json(context.desk(session, caller).queue(query))

    @app.get(PATH + "/counts", response_model=Counts, responses=COMMON_ERRORS, tags=["agencies"])
    def count_reports(
        caller: AgencyOrOfficial,
        _: Annotated[None, Depends(strict(QueueFilter))],
        query: Annotated[QueueFilter, Query()],
    ) -> Response:
        """How many of these reports are open, by state, and how many are overdue or due today."""
        with snapshot(context.engine) as session:
            return json(context.desk(session, caller).counts(query))

    @app.get(PATH + "/{id}", response_model=views.ReportWithHistory, responses=_REPORT_ERRORS, tags=["agencies"])
    def show_report(caller: AgencyOrOfficial, id: Id) -> Response:
        """One report, with its history."""
        with snapshot(context.engine) as session:
            return json(context.desk(session, caller).report(id))


def add_acts(app: FastAPI, context: RouteContext) -> None:
    """A path for each act that is declared in `actions/`, and one for the agency's own reference."""

    @app.post(
        PATH + "/{id}/reference", response_model=views.ReportWithHistory, responses=_REPORT_ERRORS, tags=["agencies"]
    )
    async def set_reference(
        caller: Annotated[Caller, Depends(context.only("agency"))], id: Id, body: views.ReferenceBody
    ) -> Response:
        """Set or clear the agency's own number for the report. It is no act: the report and its history stay."""
        return await context.move(caller, lambda desk: desk.refer(id, body.reference))

    for act in ACTS:
        app.add_api_route(
            f"{PATH}/{{id}}/{act.move}",
            _endpoint(context, act),
            methods=["POST"],
            name=str(act.move),
            description=getdoc(act.do),
            response_model=views.ReportWithHistory,
            responses=_ACT_ERRORS,
            tags=["agencies" if "agency" in act.by else "officials"],
        )


def _endpoint(context: RouteContext, act: Act[Any]) -> Callable[..., Awaitable[Response]]:
    async def endpoint(caller: Caller, id: str, body: views.RequestBody | None = None) -> Response:
        return await context.move(caller, lambda desk: perform(desk, act, id, body or act.body()))

    # FastAPI reads a path's parameters from the signature, and each act has a body type of its own.
    parameters = [_parameter("caller", Annotated[Caller, Depends(context.only(*act.by))]), _parameter("id", Id)]
    if act.body is not NoBody and act.body_may_be_left_out:
        parameters.append(_parameter("body", Annotated[act.body | None, Body()], default=None))
    elif act.body is not NoBody:
        parameters.append(_parameter("body", act.body))
    endpoint.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _parameter(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def json(view: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")
