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
from kit.openapi import camel, errors, phrases
from kit.writer import Writer
from services.routing import views
from services.routing.act import Act, NoBody, perform
from services.routing.actions import ACTS
from services.routing.desk import Desk
from services.routing.rules import Rules

COMMON_ERRORS = phrases(401, 403, 422)
_REPORT_ERRORS = COMMON_ERRORS | errors({404: "There is no such report, or it is another agency's."})
_ACT_ERRORS = _REPORT_ERRORS | errors(
    {400: "The body is no JSON.", 409: "The state of the report does not allow this."}
)

PATH = views.PATH
_VERBS = {"respond": "respond_to"}
"""The words of acts that name an operation otherwise than `<act>Report`."""
Id = Annotated[
    str,
    Path(
        description="The report's id, a UUID.",
        examples=["0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"],
        json_schema_extra={"format": "uuid"},
    ),
]


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
    def list_agency_reports(caller: AgencyOrOfficial, query: Annotated[views.Queue, Query()]) -> Response:
        """The reports of the agency that has the key; with the official key all reports, also those not public."""
        with snapshot(context.engine) as session:
            return json(context.desk(session, caller).queue(query))

    @app.get(PATH + "/{id}", response_model=views.ReportWithHistory, responses=_REPORT_ERRORS, tags=["agencies"])
    def get_agency_report(caller: AgencyOrOfficial, id: Id) -> Response:
        """One report, with its history."""
        with snapshot(context.engine) as session:
            return json(context.desk(session, caller).report(id))


def add_acts(app: FastAPI, context: RouteContext) -> None:
    """A path for each act that is declared in `actions/`."""
    for act in ACTS:
        app.add_api_route(
            f"{PATH}/{{id}}/{act.move}",
            _endpoint(context, act),
            methods=["POST"],
            name=str(act.move),
            operation_id=camel(f"{_VERBS.get(act.move, act.move)}_report"),
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
