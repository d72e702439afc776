"""The paths of `/agency/v1/reports`. Each parses, calls the desk in one transaction, and makes the answer."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import Parameter, Signature, getdoc
from typing import Annotated, Any, NamedTuple

from fastapi import Body, Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from kit import clock, conditions, idempotency
from kit.caller import Caller, Role
from kit.db import snapshot
from kit.openapi import camel, errors, phrases
from kit.query import strict
from kit.writer import Writer
from services.routing import views
from services.routing.act import Act, NoBody
from services.routing.actions import ACTS
from services.routing.calls import PARAMETERS, Call, answer_of, call_by, need_unchanged, tag_of
from services.routing.desk import Desk
from services.routing.queue_views import Counts, Queue, QueueFilter
from services.routing.repeating import perform_once
from services.routing.rules import Rules

COMMON_ERRORS = phrases(401, 403, 422)
_REPORT_ERRORS = COMMON_ERRORS | errors({404: "There is no such report, or it is another agency's."})
_ACT_ERRORS = _REPORT_ERRORS | errors(
    {
        400: "The body is no JSON, or the Idempotency-Key no key.",
        409: "`done-already`: somebody did this first (`by`, `at`). `not-now`: the state of the report does not allow "
        "it; `allowed` lists the acts that this key may do now.",
        410: "It was done under this Idempotency-Key, and its answer was erased since, for privacy.",
        412: "The report changed since the ETag in If-Match.",
        422: "The request is not valid, or its Idempotency-Key came before with another request. `personal-data`: the "
        "words may have personal data, `suspected` says where; with `reviewed` they go out.",
    }
)
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has it: its ETag is in If-None-Match."}}

PATH = views.PATH
_NAMES = {"respond": "respond_to_report", "correct": "correct_answer"}
"""The acts whose operation has another name than `<act>Report`."""
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

    def call(self, *roles: Role) -> Callable[[Request], Awaitable[Call]]:
        """A dependency of each POST: the call, whose caller must have one of the roles."""
        return call_by(self.caller, *roles)

    async def answer(self, call: Call, work: Callable[[Desk], BaseModel]) -> Response:
        """The answer to a POST, after the commit of its work, or that which its key got before."""

        def once(session: Session) -> idempotency.KeptAnswer:
            desk = self.desk(session, call.caller)
            return idempotency.once(session, call.keyed, desk.now, lambda: answer_of(work(desk)))

        return (await self.writer.run(once, repeatable=call.keyed is not None)).response()


def add_reading(app: FastAPI, context: RouteContext) -> None:
    AgencyOrOfficial = Annotated[Caller, Depends(context.only("agency", "official"))]

    @app.get(PATH, response_model=views.Page, responses=COMMON_ERRORS, tags=["agencies"])
    def list_agency_reports(
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

    answers = _REPORT_ERRORS | _UNCHANGED

    @app.get(PATH + "/{id}", response_model=views.ReportWithHistory, responses=answers, tags=["agencies"])
    def get_agency_report(request: Request, caller: AgencyOrOfficial, id: Id) -> Response:
        """One report, with its history, and an ETag that changes with it."""
        with snapshot(context.engine) as session:
            return show(request, context.desk(session, caller).report(id))


def add_acts(app: FastAPI, context: RouteContext) -> None:
    """A path for each act that is declared in `actions/`, and one for the agency's own reference."""

    @app.post(
        PATH + "/{id}/reference",
        response_model=views.ReportWithHistory,
        responses=_ACT_ERRORS,
        openapi_extra={"parameters": PARAMETERS},
        tags=["agencies"],
    )
    async def set_reference(
        call: Annotated[Call, Depends(context.call("agency"))], id: Id, body: views.ReferenceBody
    ) -> Response:
        """Set or clear the agency's own number for the report. It is no act: the report and its history stay."""

        def refer(desk: Desk) -> views.ReportWithHistory:
            need_unchanged(call.if_match, lambda: desk.report(id))
            return desk.refer(id, body.reference)

        return await context.answer(call, refer)

    for act in ACTS:
        app.add_api_route(
            f"{PATH}/{{id}}/{act.move}",
            _endpoint(context, act),
            methods=["POST"],
            name=str(act.move),
            operation_id=camel(_NAMES.get(act.move, f"{act.move}_report")),
            description=getdoc(act.do),
            response_model=views.ReportWithHistory,
            responses=_ACT_ERRORS,
            openapi_extra={"parameters": PARAMETERS},
            tags=["agencies" if "agency" in act.by else "officials"],
        )


def _endpoint(context: RouteContext, act: Act[Any]) -> Callable[..., Awaitable[Response]]:
    async def endpoint(call: Call, id: str, body: views.RequestBody | None = None) -> Response:
        return await context.answer(call, lambda desk: perform_once(desk, act, id, body or act.body(), call.if_match))

    # FastAPI reads a path's parameters from the signature, and each act has a body type of its own.
    parameters = [_parameter("call", Annotated[Call, Depends(context.call(*act.by))]), _parameter("id", Id)]
    if act.body is not NoBody and act.body_may_be_left_out:
        parameters.append(_parameter("body", Annotated[act.body | None, Body()], default=None))
    elif act.body is not NoBody:
        parameters.append(_parameter("body", act.body))
    endpoint.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _parameter(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def show(request: Request, view: BaseModel) -> Response:
    """The answer to a GET, or 304 if the caller has it."""
    body = view.model_dump_json().encode()
    return conditions.shown(request, body, {"content-type": "application/json"}, tag_of(view))


def json(view: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")
