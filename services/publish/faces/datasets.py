"""Datasets and their releases: lists, files, and a cut on demand.

A release never changes, yet a cache must ask before it serves one: it can be withdrawn.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypedDict

import orjson
from pydantic import BaseModel
from sqlalchemy import Engine, text
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from contracts.region import Region
from contracts.times import utc
from kit import clock, idempotency
from kit.caller import require_gateway
from kit.codings import choose
from kit.db import Reader, snapshot
from kit.idempotency import KeptAnswer, Keyed
from services.publish.datasets.all import DATASETS
from services.publish.datasets.dataset import Dataset
from services.publish.faces import documented_log
from services.publish.faces.answers import Endpoint, ReadyBytes, Withdrawn
from services.publish.faces.documented_log import BEFORE, DATASET, FILE, NUMBER, body, refusals
from services.publish.faces.downloads import Downloads
from services.publish.query import parameters
from services.publish.query.filters import LIMIT
from services.publish.query.parameters import NotFound
from services.publish.releases import cut
from services.publish.releases.numbers import folder
from services.publish.settings import Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SELECT = 'SELECT number, made_at, "rows", files, withdrawn_at, reason, size, datasets FROM "release"'
_SOME = f"{_SELECT} WHERE number < :before ORDER BY number DESC LIMIT :limit"
_NO_RELEASE = 10**9
"""Greater than the number of any release."""
_ONE = f"{_SELECT} WHERE number = :number"
_LATEST = f"{_SELECT} WHERE withdrawn_at IS NULL ORDER BY number DESC LIMIT 1"
_PATH = "/v1/datasets/{id}/releases"
_FRESH = {"cache-control": "no-cache"}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def routes(reader: Reader, settings: Settings, region: Region, engine: Engine, downloads: Downloads) -> list[BaseRoute]:
    """All routes of this face. `engine`: where a cut on demand records its release."""
    face = _Face(reader, settings, region, engine, downloads)
    all, one, file = _PATH, f"{_PATH}/{{number}}", f"{_PATH}/{{number}}/{{file}}"
    file_responses: dict[int | str, dict[str, Any]] = {
        206: {"description": "A part of it."},
        304: {"description": "Unchanged."},
    }
    file_responses |= body("*/*", "The file, with the media type of its format.") | refusals(404, 410, 416, 503)
    return [
        _route("/v1/datasets", face.list_datasets, documented_log.Datasets),
        _route(all, face.list_releases, documented_log.Releases, DATASET, LIMIT, BEFORE, responses=refusals(400, 404)),
        _route(
            all,
            face.cut_release,
            documented_log.Release,
            DATASET,
            idempotency.PARAMETER,
            responses=refusals(400, 401, 403, 404, 409, 422, 507),
            methods=["POST"],
            status_code=201,
        ),
        _route(one, face.get_release, documented_log.Release, DATASET, NUMBER, responses=refusals(404, 503)),
        _route(
            file, face.download_file, None, DATASET, NUMBER, FILE, responses=file_responses, response_class=Response
        ),
        Route(file, face.download_file, methods=["HEAD"]),  # left out of OpenAPI, where it would be a second operation
    ]


def _route(
    path: str, endpoint: Endpoint, model: type[BaseModel] | None, *asks: dict[str, Any], **how: Any
) -> BaseRoute:
    extra = {"parameters": list(asks)}
    return ReadyBytes(path, endpoint, response_model=model, openapi_extra=extra, tags=["open data"], **how)


class _ListedFile(TypedDict):
    """A file of a release, as its row has it."""

    name: str
    bytes: int
    sha256: str


class _Row(NamedTuple):
    number: int
    made_at: int
    rows: int
    files: bytes
    withdrawn_at: int | None
    reason: str | None
    size: int
    datasets: bytes | None

    def counts(self) -> dict[str, int]:
        """The rows of each dataset that it holds."""
        if self.datasets is None:
            return {"reports": self.rows, "history": self.size}
        counts: dict[str, int] = orjson.loads(self.datasets)
        return counts


class _Face:
    def __init__(
        self, reader: Reader, settings: Settings, region: Region, engine: Engine, downloads: Downloads
    ) -> None:
        self._reader, self._region, self._engine = reader, region, engine
        self._caller = require_gateway(settings.gateway_secret)
        self._signer = settings.signer()
        self._downloads = downloads

    async def list_datasets(self, request: Request) -> Response:
        """What can be downloaded."""
        return _json({"datasets": [_dataset(each) for each in DATASETS.values()]})

    async def list_releases(self, request: Request) -> Response:
        """The releases of a dataset, newest first; each is one cut of all datasets."""
        id = _dataset_id(request)
        values = parameters.strict(request.query_params, {"limit", "cursor"})
        limit = parameters.number(values, "limit", default=100, low=1, high=1000)
        before = parameters.number(values, "cursor", default=_NO_RELEASE, low=1, high=_NO_RELEASE)
        rows = [_Row(*row) for row in await self._reader.rows(_SOME, {"before": before, "limit": limit + 1})]
        next = f"/v1/datasets/{id}/releases?limit={limit}&cursor={rows[limit - 1].number}" if rows[limit:] else None
        shown = [_release(id, row) for row in rows[:limit] if id in row.counts()]
        return _json({"releases": shown, "next": next})

    async def get_release(self, request: Request) -> Response:
        """One release, or the newest."""
        id = _dataset_id(request)
        return _json(_release(id, await self._row(id, request.path_params["number"])))

    async def cut_release(self, request: Request) -> Response:
        """Cut a release now, of all datasets."""
        caller = self._caller(request)
        caller.need("official")
        id = _dataset_id(request)
        keyed = idempotency.keyed(request, caller, await request.body())
        try:
            answer = await run_in_threadpool(self._cut, id, keyed)
        except cut.CutUnderway as error:
            raise HTTPException(409, str(error)) from None
        return answer.response()

    async def download_file(self, request: Request) -> Response:
        """A file of a release, as it was cut."""
        row = await self._row(_dataset_id(request), request.path_params["number"])
        if row.withdrawn_at is not None:
            raise Withdrawn(f"Release {row.number} was withdrawn: {row.reason}")
        files: Sequence[_ListedFile] = orjson.loads(row.files)
        found = next((file for file in files if file["name"] == request.path_params["file"]), None)
        if found is None:
            raise NotFound("The release has no such file")
        sent, coding = _compressed(request, files, found)
        path = f"{folder(row.number)}/{sent['name']}"
        return await self._downloads.answer(request, path, sent["bytes"], sent["sha256"], found["name"], coding)

    def _cut(self, id: str, keyed: Keyed | None) -> KeptAnswer:
        """The answer to a cut, or that which its key got before. Raises `CutUnderway`."""
        if keyed is not None:
            with snapshot(self._engine) as session:
                if (before := idempotency.find(session, keyed)) is not None:
                    return before
        answers, now = list[KeptAnswer](), clock.now()

        def answer(session: Session, number: int) -> None:
            answers.append(idempotency.once(session, keyed, now, lambda: _made(session, id, number)))
            if answers[-1].replayed:
                raise cut.CutUnderway("The release of this key was cut at this moment: ask again")

        cut.cut(self._engine, self._downloads.files, self._signer, self._region, now, answer)
        return answers[-1]

    async def _row(self, id: str, number: str) -> _Row:
        row = await self._latest() if number == "latest" else await self._numbered(number)
        if id not in row.counts():
            raise NotFound("That release was cut before there was this dataset")
        return row

    async def _numbered(self, number: str) -> _Row:
        rows = await self._reader.rows(_ONE, {"number": int(number)}) if _NUMBER.fullmatch(number) else []
        if not rows:
            raise NotFound("There is no such release")
        return _Row(*rows[0])

    async def _latest(self) -> _Row:
        rows = await self._reader.rows(_LATEST)
        if rows:
            return _Row(*rows[0])
        if await self._reader.rows(_SOME, {"before": _NO_RELEASE, "limit": 1}):
            raise HTTPException(503, "Every release so far was withdrawn; the next is being cut", {"retry-after": "5"})
        raise NotFound("No release has been cut yet")


def _compressed(
    request: Request, files: Sequence[_ListedFile], asked: _ListedFile
) -> tuple[_ListedFile, Mapping[str, str]]:
    """The file to send: the compressed form that lies beside it, for who reads gzip and asks for no part of it."""
    twin = next((file for file in files if file["name"] == f"{asked['name']}.gz"), None)
    if twin is None:
        return asked, {}
    varies = {"vary": "Accept-Encoding"}
    if "range" in request.headers or not choose(request.headers.get("accept-encoding", ""), ("gzip",)):
        return asked, varies
    return twin, {**varies, "content-encoding": "gzip"}


def _made(session: Session, id: str, number: int) -> KeptAnswer:
    row = session.execute(text(_ONE), {"number": number}).one()
    headers = {**_FRESH, "location": f"/v1/datasets/{id}/releases/{number}", "content-type": "application/json"}
    return KeptAnswer(201, orjson.dumps(_release(id, _Row(*row))), headers)


def _dataset_id(request: Request) -> str:
    id: str = request.path_params["id"]
    if id not in DATASETS:
        raise NotFound("There is no such dataset")
    return id


def _dataset(dataset: Dataset) -> dict[str, object]:
    where = f"/v1/datasets/{dataset.name}/releases"
    titles = dataset.title._asdict()
    return {
        "id": dataset.name,
        "title": dataset.title.en,
        "titles": titles,
        "latest": f"{where}/latest",
        "releases": where,
    }


def _release(id: str, row: "_Row") -> dict[str, object]:
    where = f"/v1/datasets/{id}/releases/{row.number}"
    files = [{**file, "url": f"{where}/{file['name']}"} for file in orjson.loads(row.files)]
    return {
        "number": row.number,
        "made_at": _utc(row.made_at),
        "rows": row.counts()[id],
        "withdrawn_at": None if row.withdrawn_at is None else _utc(row.withdrawn_at),
        "reason": row.reason,
        "url": where,
        "files": files,
    }


def _utc(micros: int) -> str:
    return utc(_EPOCH + timedelta(microseconds=micros))


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {**_FRESH, **(headers or {})}, media_type="application/json")
