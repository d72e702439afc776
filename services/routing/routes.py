"""The paths of `/agency/v1/reports`. Each parses, calls the desk in one transaction, and shapes the answer."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from inspect import Parameter, Signature, getdoc
from typing import Annotated, Any, NamedTuple

from fastapi import Body, Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from kit.caller import Caller, Role
from kit.db import Writer, snapshot
from services.routing import views
from services.routing.act import Act, NoBody, perform
from services.routing.actions import ACTS
from services.routing.desk import Desk
from services.routing.rules import Rules

PROBLEM = {"application/problem+json": {"schema": {"type": "object", "required": ["type", "title", "status"]}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No key was shown", "content": PROBLEM},
    403: {"description": "The key is not for this", "content": PROBLEM},
    422: {"description": "The request is not valid", "content": PROBLEM},
}
_OF_ONE = REFUSALS | {404: {"description": "There is no such report, or it is another agency's", "content": PROBLEM}}
_MOVES = _OF_ONE | {
    400: {"description": "The body is no JSON", "content": PROBLEM},
    409: {"description": "The report is not in a state for this", "content": PROBLEM},
}

PATH = views.PATH
Id = Annotated[str, Path(description="The report's id, a UUID", json_schema_extra={"format": "uuid"})]


class Doors(NamedTuple):
    """What every path needs: where to write and read, by which rules, and who is calling."""

    engine: Engine
    writer: Writer
    rules: Rules
    caller: Callable[[Request], Caller]

    def only(self, *roles: Role) -> Callable[[Request], Caller]:
        """A dependency: the caller, if it has one of the roles."""

        def known(request: Request) -> Caller:
            caller = self.caller(request)
            caller.need(*roles)
            return caller

        return known

    def desk(self, session: Session, caller: Caller) -> Desk:
        return Desk(session, self.rules, caller, datetime.now(UTC))

    async def move(self, caller: Caller, work: Callable[[Desk], views.ReportWithHistory]) -> Response:
        return json(await self.writer.run(lambda session: work(self.desk(session, caller))))


def add_reading(app: FastAPI, doors: Doors) -> None:
    Worker = Annotated[Caller, Depends(doors.only("agency", "official"))]

    @app.get(PATH, response_model=views.Page, responses=REFUSALS, tags=["agencies"])
    def list_reports(caller: Worker, asked: Annotated[views.Queue, Query()]) -> Response:
        """The reports of the agency whose key it is; with the official key all, also those not public yet."""
        with snapshot(doors.engine) as session:
            return json(doors.desk(session, caller).queue(asked))

    @app.get(PATH + "/{id}", response_model=views.ReportWithHistory, responses=_OF_ONE, tags=["agencies"])
    def show_report(caller: Worker, id: Id) -> Response:
        """One report, with all that was done."""
        with snapshot(doors.engine) as session:
            return json(doors.desk(session, caller).report(id))


def add_acts(app: FastAPI, doors: Doors) -> None:
    """A path for each act that is declared in `actions/`."""
    for act in ACTS:
        app.add_api_route(
            f"{PATH}/{{id}}/{act.move}",
            _endpoint(doors, act),
            methods=["POST"],
            name=str(act.move),
            description=getdoc(act.do),
            response_model=views.ReportWithHistory,
            responses=_MOVES,
            tags=["agencies" if "agency" in act.by else "officials"],
        )


def _endpoint(doors: Doors, act: Act[Any]) -> Callable[..., Awaitable[Response]]:
    async def endpoint(caller: Caller, id: str, sent: views.Sent | None = None) -> Response:
        return await doors.move(caller, lambda desk: perform(desk, act, id, sent or act.body()))

    # FastAPI reads the parameters of a path from a signature, and the body's type is the act's.
    parameters = [_parameter("caller", Annotated[Caller, Depends(doors.only(*act.by))]), _parameter("id", Id)]
    if act.body is not NoBody and act.body_may_be_left_out:
        parameters.append(_parameter("sent", Annotated[act.body | None, Body()], default=None))
    elif act.body is not NoBody:
        parameters.append(_parameter("sent", act.body))
    endpoint.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _parameter(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def json(view: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")
