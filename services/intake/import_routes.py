"""The paths of `/v1/imports`, for the official key. Each parses, does one thing in one transaction, and answers."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine

from kit import clock, idempotency
from kit.caller import Caller
from kit.db import snapshot
from kit.idempotency import KeptAnswer, Keyed
from kit.openapi import phrases
from services.intake import imports
from services.intake.filing import Filer
from services.intake.import_views import ImportPage, ImportQuery, ImportView, NewImport

PATH = "/v1/imports"


def add_imports(app: FastAPI, engine: Engine, filer: Filer, caller: Callable[[Request], Caller]) -> None:
    def official(request: Request) -> Caller:
        role = caller(request)
        role.need("official")
        return role

    async def keyed(request: Request) -> Keyed | None:
        return idempotency.keyed(request, official(request), await request.body())

    described: dict[str, Any] = {"tags": ["reports"], "openapi_extra": {"parameters": [idempotency.PARAMETER]}}
    Key = Annotated[Keyed | None, Depends(keyed)]

    @app.post(PATH, response_model=ImportView, status_code=201, responses=phrases(400, 401, 403, 422), **described)
    async def begin_import(key: Key, new: NewImport) -> Response:
        """Begin an import: reports that name its number (`import`) can be taken back together."""
        return (await filer.once(key, lambda session: _answer(imports.make(session, new, clock.now()), 201))).response()

    guarded = [Depends(official)]

    @app.get(PATH, response_model=ImportPage, responses=phrases(401, 403, 422), tags=["reports"], dependencies=guarded)
    def list_imports(query: Annotated[ImportQuery, Query()]) -> Response:
        """The imports, newest first, and what became of their reports."""
        with snapshot(engine) as session:
            return _answer(imports.page(session, query)).response()

    Number = Annotated[int, Path(description="The import's number.", ge=1, le=2**63 - 1, examples=[1])]
    answers = phrases(400, 401, 403, 404, 422)

    @app.post(PATH + "/{number}/undo", response_model=ImportView, responses=answers, **described)
    async def undo_import(key: Key, number: Number) -> Response:
        """Take back what the import brought: public reports are hidden, held ones rejected, and its rows count as new
        when they are imported again. A second time changes nothing."""
        return (await filer.once(key, lambda session: _answer(imports.undo(session, number, clock.now())))).response()


def _answer(view: BaseModel, status: int = 200) -> KeptAnswer:
    return KeptAnswer(status, view.model_dump_json().encode(), {"content-type": "application/json"})
