"""Datasets and their releases: what there is, each file as it was cut, and a cut on demand."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel
from sqlalchemy import Engine
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from kit.db import Reader
from kit.web import require_gateway
from services.publish import checkpoint, export_package, releases
from services.publish.faces import documented_log
from services.publish.faces.answers import Endpoint, NotFound, ReadyBytes
from services.publish.faces.documented_log import DATASET, FILE, NUMBER, body, refusals
from services.publish.files import Files
from services.publish.rendering import utc
from services.publish.settings import Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TITLES = {releases.DATASET: "Reports of residents, and what became of them"}
_ALL = 'SELECT number, made_at, "rows", files FROM "release" ORDER BY number DESC'
_ONE = 'SELECT number, made_at, "rows", files FROM "release" WHERE number = :number'
_LATEST = f"{_ALL} LIMIT 1"
_PATH = "/v1/datasets/{id}/releases"
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_FRESH = {"cache-control": "no-cache"}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_RANGE = re.compile(r"bytes=([0-9]{1,18})?-([0-9]{1,18})?", re.ASCII)


def routes(reader: Reader, settings: Settings, engine: Engine) -> list[BaseRoute]:
    """All routes of this face. `engine`: where a cut on demand records its release."""
    face = _Face(reader, settings, engine)
    all, one, file = _PATH, f"{_PATH}/{{number}}", f"{_PATH}/{{number}}/{{file}}"
    said: dict[int | str, dict[str, Any]] = {206: {"description": "A part of it."}, 304: {"description": "Unchanged."}}
    said |= body("*/*", "The file.") | refusals(404, 416)
    return [
        _route("/v1/datasets", face.datasets, documented_log.Datasets),
        _route(all, face.list, documented_log.Releases, DATASET, responses=refusals(404)),
        _route(
            all,
            face.cut,
            documented_log.Release,
            DATASET,
            responses=refusals(401, 403, 404, 409),
            methods=["POST"],
            status_code=201,
        ),
        _route(one, face.release, documented_log.Release, DATASET, NUMBER, responses=refusals(404)),
        _route(file, face.file, None, DATASET, NUMBER, FILE, responses=said, response_class=Response),
        Route(file, face.file, methods=["HEAD"]),  # not said in OpenAPI, where it would be a second operation
    ]


def _route(
    path: str, endpoint: Endpoint, model: type[BaseModel] | None, *asks: dict[str, Any], **how: Any
) -> BaseRoute:
    extra = {"parameters": list(asks)}
    return ReadyBytes(path, endpoint, response_model=model, openapi_extra=extra, tags=["open data"], **how)


class _Row(NamedTuple):
    number: int
    made_at: int
    rows: int
    files: bytes


class _Part(NamedTuple):
    """The bytes of a file that are asked for, from `start` to before `end`."""

    start: int
    end: int
    size: int


class _Face:
    def __init__(self, reader: Reader, settings: Settings, engine: Engine) -> None:
        self._reader, self._engine = reader, engine
        self._caller = require_gateway(settings.gateway_secret)
        self._signer = checkpoint.read_signer(settings.log_key.get_secret_value())
        self._files_url = settings.files_url
        self._opened: Files | None = None

    async def datasets(self, request: Request) -> Response:
        """What can be downloaded."""
        return _json({"datasets": [_dataset(id, title) for id, title in _TITLES.items()]})

    async def list(self, request: Request) -> Response:
        """The releases of a dataset."""
        id = _known(request)
        return _json({"releases": [_release(id, _Row(*row)) for row in await self._reader.rows(_ALL)]})

    async def release(self, request: Request) -> Response:
        """One release, or the newest."""
        return _json(_release(_known(request), await self._row(request.path_params["number"])))

    async def cut(self, request: Request) -> Response:
        """Cut a release now."""
        self._caller(request).need("official")
        id = _known(request)
        try:
            number = await run_in_threadpool(self._cut)
        except releases.CutUnderway as error:
            raise HTTPException(409, str(error)) from None
        row = await self._row(str(number))
        return _json(_release(id, row), 201, {"location": f"/v1/datasets/{id}/releases/{number}"})

    async def file(self, request: Request) -> Response:
        """A file of a release, as it was cut."""
        _known(request)
        asked = request.path_params["number"]
        number, _, _, files = await self._row(asked)
        found = next((file for file in orjson.loads(files) if file["name"] == request.path_params["file"]), None)
        if found is None:
            raise NotFound("The release has no such file")
        headers = {**(_FRESH if asked == "latest" else _FOREVER), "etag": f'"{found["sha256"]}"'}
        if headers["etag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return self._stream(request, f"{releases.folder(number)}/{found['name']}", _part(request, found), headers)

    def _stream(self, request: Request, path: str, part: _Part, headers: Mapping[str, str]) -> Response:
        name, whole = path.rpartition("/")[2], part.end - part.start == part.size
        told = {
            **headers,
            "content-length": str(part.end - part.start),
            "accept-ranges": "bytes",
            "content-disposition": f'attachment; filename="{name}"',
        }
        if not whole:
            told["content-range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
        body = iterate_in_threadpool(iter(()) if request.method == "HEAD" else self._read(path, part))
        return StreamingResponse(body, 200 if whole else 206, told, media_type=export_package.media_type(name))

    def _read(self, path: str, part: _Part) -> Iterator[bytes]:
        self._opened = self._opened or Files(self._files_url)
        return self._opened.read(path, part.start, part.end - part.start)

    def _cut(self) -> int:
        self._opened = self._opened or Files(self._files_url)
        return releases.cut(self._engine, self._opened, self._signer, datetime.now(UTC))

    async def _row(self, number: str) -> _Row:
        if number == "latest":
            rows = await self._reader.rows(_LATEST)
        elif _NUMBER.fullmatch(number):
            rows = await self._reader.rows(_ONE, {"number": int(number)})
        else:
            rows = []
        if not rows:
            raise NotFound("There is no such release" if number != "latest" else "No release has been cut yet")
        return _Row(*rows[0])


def _known(request: Request) -> str:
    id: str = request.path_params["id"]
    if id not in _TITLES:
        raise NotFound("There is no such dataset")
    return id


def _part(request: Request, file: Mapping[str, object]) -> _Part:
    """What `Range` asks for (RFC 9110, section 14.2): one range; of several, or of one for another version, all."""
    size = int(str(file["bytes"]))
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    given = request.headers.get("if-range")
    if match is None or not any(match.groups()) or given not in (None, f'"{file["sha256"]}"'):
        return _Part(0, size, size)
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise HTTPException(416, "The file has no such bytes", {"content-range": f"bytes */{size}"})
    return _Part(start, end, size)


def _dataset(id: str, title: str) -> dict[str, str]:
    where = f"/v1/datasets/{id}/releases"
    return {"id": id, "title": title, "latest": f"{where}/latest", "releases": where}


def _release(id: str, row: "_Row") -> dict[str, object]:
    where = f"/v1/datasets/{id}/releases/{row.number}"
    files = [{**file, "url": f"{where}/{file['name']}"} for file in orjson.loads(row.files)]
    made_at = utc(_EPOCH + timedelta(microseconds=row.made_at))
    return {"number": row.number, "made_at": made_at, "rows": row.rows, "url": where, "files": files}


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {**_FRESH, **(headers or {})}, media_type="application/json")
