"""The paths of `/v1/imports`, for the official key. Each parses, does one thing in one transaction, and answers."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine

from kit import clock
from kit.caller import Caller
from kit.db import snapshot
from kit.openapi import phrases
from kit.writer import Writer
from services.intake import imports
from services.intake.import_views import ImportPage, ImportQuery, ImportView, NewImport

PATH = "/v1/imports"


def add_imports(app: FastAPI, engine: Engine, writer: Writer, caller: Callable[[Request], Caller]) -> None:
    def official(request: Request) -> Caller:
        role = caller(request)
        role.need("official")
        return role

    guarded = [Depends(official)]
    described: dict[str, Any] = {"dependencies": guarded, "tags": ["reports"]}

    @app.post(PATH, response_model=ImportView, status_code=201, responses=phrases(400, 401, 403, 422), **described)
    async def begin_import(new: NewImport) -> Response:
        """Begin an import: reports that name its number (`import`) can be taken back together."""
        return _json(await writer.run(lambda session: imports.make(session, new, clock.now())), 201)

    @app.get(PATH, response_model=ImportPage, responses=phrases(401, 403, 422), **described)
    def list_imports(query: Annotated[ImportQuery, Query()]) -> Response:
        """The imports, newest first, and what became of their reports."""
        with snapshot(engine) as session:
            return _json(imports.page(session, query))

    Number = Annotated[int, Path(description="The import's number.", ge=1, le=2**63 - 1, examples=[1])]

    @app.post(PATH + "/{number}/undo", response_model=ImportView, responses=phrases(401, 403, 404, 422), **described)
    async def undo_import(
        number: Number,
    ) -> Response:
        """Take back what the import brought: public reports are hidden, held ones rejected, and its rows count as new
        when they are imported again. A second time changes nothing."""
        return _json(await writer.run(lambda session: imports.undo(session, number, clock.now())))


def _json(view: BaseModel, status: int = 200) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")
