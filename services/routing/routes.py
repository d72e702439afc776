"""The paths of `/agency/v1`. Each parses, calls the desk in one transaction, and shapes the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from fastapi import Body, Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from kit.caller import Caller
from kit.db import Writer, snapshot
from services.routing import views
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

    def working(self, request: Request) -> Caller:
        caller = self.caller(request)
        caller.need("agency", "official")
        return caller

    def agency(self, request: Request) -> Caller:
        caller = self.caller(request)
        caller.need("agency")
        return caller

    def official(self, request: Request) -> Caller:
        caller = self.caller(request)
        caller.need("official")
        return caller

    def desk(self, session: Session, caller: Caller) -> Desk:
        return Desk(session, self.rules, caller, datetime.now(UTC))

    async def move(self, caller: Caller, work: Callable[[Desk], views.ReportWithHistory]) -> Response:
        return json(await self.writer.run(lambda session: work(self.desk(session, caller))))


def add_reading(app: FastAPI, doors: Doors) -> None:
    Worker = Annotated[Caller, Depends(doors.working)]

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


def add_agency_moves(app: FastAPI, doors: Doors) -> None:
    Agency = Annotated[Caller, Depends(doors.agency)]

    @app.post(PATH + "/{id}/acknowledge", response_model=views.ReportWithHistory, responses=_MOVES, tags=["agencies"])
    async def acknowledge(caller: Agency, id: Id) -> Response:
        """The agency takes it up."""
        return await doors.move(caller, lambda desk: desk.acknowledge(id))

    @app.post(PATH + "/{id}/respond", response_model=views.ReportWithHistory, responses=_MOVES, tags=["agencies"])
    async def respond(caller: Agency, id: Id, sent: views.Response) -> Response:
        """The agency's public answer; personal numbers in it are masked."""
        return await doors.move(caller, lambda desk: desk.respond(id, sent))

    @app.post(PATH + "/{id}/transfer", response_model=views.ReportWithHistory, responses=_MOVES, tags=["agencies"])
    async def transfer(caller: Agency, id: Id, sent: views.Transfer) -> Response:
        """Give it to the agency that should have it."""
        return await doors.move(caller, lambda desk: desk.transfer(id, sent))

    @app.post(PATH + "/{id}/close", response_model=views.ReportWithHistory, responses=_MOVES, tags=["agencies"])
    async def close(caller: Agency, id: Id, sent: views.Close) -> Response:
        """End it; the reporter may say that it is not over."""
        return await doors.move(caller, lambda desk: desk.close(id, sent))


def add_official_moves(app: FastAPI, doors: Doors) -> None:
    Official = Annotated[Caller, Depends(doors.official)]

    @app.post(PATH + "/{id}/verify", response_model=views.ReportWithHistory, responses=_MOVES, tags=["officials"])
    async def verify(caller: Official, id: Id, sent: Annotated[views.Verify | None, Body()] = None) -> Response:
        """Make it public, and give it to the agency that answers for it."""
        return await doors.move(caller, lambda desk: desk.verify(id, sent or views.Verify()))

    @app.post(PATH + "/{id}/hold", response_model=views.ReportWithHistory, responses=_MOVES, tags=["officials"])
    async def hold(caller: Official, id: Id, sent: Annotated[views.Hold | None, Body()] = None) -> Response:
        """Keep it back, with a reason."""
        return await doors.move(caller, lambda desk: desk.hold(id, sent or views.Hold()))

    @app.post(PATH + "/{id}/reject", response_model=views.ReportWithHistory, responses=_MOVES, tags=["officials"])
    async def reject(caller: Official, id: Id, sent: views.Reject) -> Response:
        """It never becomes public; the reporter who asks hears that it was rejected. The reason stays here."""
        return await doors.move(caller, lambda desk: desk.reject(id, sent))

    @app.post(PATH + "/{id}/dispose", response_model=views.ReportWithHistory, responses=_MOVES, tags=["officials"])
    async def dispose(caller: Official, id: Id, sent: views.Dispose) -> Response:
        """Give a verified report to another agency."""
        return await doors.move(caller, lambda desk: desk.dispose(id, sent))

    @app.post(PATH + "/{id}/hide", response_model=views.ReportWithHistory, responses=_MOVES, tags=["officials"])
    async def hide(caller: Official, id: Id, sent: views.Hide) -> Response:
        """Take it out of public view. The reason is told, with personal numbers masked, unless it is confidential."""
        return await doors.move(caller, lambda desk: desk.hide(id, sent))


def json(view: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")
