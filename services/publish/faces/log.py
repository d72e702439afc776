"""The log's public face: C2SP tlog-tiles, the verifier key, and the proof that a report's facts are in it.

Every hash is read for the size that the checkpoint names: tiles only grow, so no lock and no snapshot is needed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from kit.db import Reader
from services.publish.faces import documented_log
from services.publish.faces.answers import Endpoint, ReadyBytes
from services.publish.faces.documented_log import REPORT, TILE, body, refusals
from services.publish.log import checkpoint, merkle, tiles
from services.publish.log.checkpoint import Signer
from services.publish.log.tiles import HASH, WIDTH, Tile, TilePath
from services.publish.query.parameters import NotFound
from services.publish.settings import Settings

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_FRESH = {"cache-control": "no-cache"}
_STATE = "SELECT size, checkpoint FROM log_state WHERE id = 1"
_SALT = "SELECT text_salt FROM record WHERE id = :report"
_LEAVES = """
SELECT "index", salt, entry, commitment, text, text_salt FROM leaf
WHERE report = :report AND "index" < :size ORDER BY "index"
"""
_TILE = 'SELECT data FROM tile WHERE level = :level AND "index" = :number'
_BUNDLE = 'SELECT commitment FROM leaf WHERE "index" >= :first AND "index" < :last ORDER BY "index"'

_ID = re.compile(r"[0-9a-f-]{36}", re.ASCII)


def routes(reader: Reader, settings: Settings) -> list[BaseRoute]:
    """All routes of this face."""
    face = _Face(reader, settings.signer())
    text, octets, missing = "text/plain; charset=utf-8", "application/octet-stream", refusals(404)
    return [
        _route("/log/checkpoint", face.get_checkpoint, body(text, "The signed head (C2SP tlog-checkpoint).")),
        _route("/log/key", face.get_log_key, body(text, "The verifier key (C2SP signed-note).")),
        _route("/log/tile/{path:path}", face.get_tile, body(octets, "Hashes, or a bundle of entries.") | missing, TILE),
        ReadyBytes(
            "/v1/reports/{id}/proof",
            face.get_proof,
            response_model=documented_log.Proof,
            responses=missing,
            openapi_extra={"parameters": [REPORT]},
            tags=["log"],
        ),
    ]


def _route(path: str, endpoint: Endpoint, answers: dict[int | str, dict[str, Any]], *asks: dict[str, Any]) -> BaseRoute:
    extra = {"parameters": list(asks)}
    return ReadyBytes(path, endpoint, response_class=Response, responses=answers, openapi_extra=extra, tags=["log"])


class _Face:
    def __init__(self, reader: Reader, signer: Signer) -> None:
        self._reader = reader
        self._key = f"{signer.newest}\n"
        self._empty = checkpoint.sign(signer, 0, merkle.EMPTY)

    async def get_checkpoint(self, request: Request) -> Response:
        """The log's signed head."""
        return PlainTextResponse((await self._state())[1], headers=_FRESH)

    async def get_log_key(self, request: Request) -> Response:
        """The key that the log's heads are signed with."""
        return PlainTextResponse(self._key, headers=_FRESH)

    async def get_tile(self, request: Request) -> Response:
        """A tile of the Merkle tree, or a bundle of the log's entries."""
        wanted = tiles.read_path(request.path_params["path"])
        data = None if wanted is None else await self._data(wanted)
        if data is None:
            raise NotFound("The log has no such tile, or not yet so wide")
        return Response(data, media_type="application/octet-stream", headers=_FOREVER)

    async def get_proof(self, request: Request) -> Response:
        """The proof that every fact of a report is in the log."""
        body = await run_in_threadpool(self._prove, request.path_params["id"])
        if body is None:
            raise NotFound("The log knows no such report")
        return Response(body, media_type="application/json", headers=_FRESH)

    async def _data(self, wanted: TilePath) -> bytes | None:
        if wanted.level is None:
            first = wanted.number * WIDTH
            rows = await self._reader.rows(_BUNDLE, {"first": first, "last": first + wanted.width})
            return tiles.bundle([bytes(row[0]) for row in rows]) if len(rows) == wanted.width else None
        rows = await self._reader.rows(_TILE, {"level": wanted.level, "number": wanted.number})
        data = bytes(rows[0][0])[: wanted.width * HASH] if rows else b""
        return data if len(data) == wanted.width * HASH else None

    async def _state(self) -> tuple[int, str]:
        return self._head(await self._reader.rows(_STATE))

    def _head(self, rows: Sequence[tuple[int, str]]) -> tuple[int, str]:
        return rows[0] if rows else (0, self._empty)

    def _prove(self, report: str) -> bytes | None:
        if not _ID.fullmatch(report):
            return None
        size, signed = self._head(self._reader.rows_now(_STATE))
        rows = self._reader.rows_now(_LEAVES, {"report": report, "size": size})
        if not rows:
            return None
        read = tiles.reader(self._load)
        leaves = [_leaf(row, merkle.inclusion(row[0], size, read)) for row in rows]
        salts = self._reader.rows_now(_SALT, {"report": report})
        newest = {name: leaves[-1][name] for name in ("index", "leaf", "hash", "hashes")}
        members = {"id": report, **newest, "size": size, "text_salt": _hex(salts[0][0] if salts else None)}
        return orjson.dumps({**members, "leaves": leaves, "checkpoint": signed})

    def _load(self, wanted: set[Tile]) -> Mapping[Tile, bytes]:
        rows_of = ((tile, self._reader.rows_now(_TILE, tile._asdict())) for tile in wanted)
        return {tile: bytes(rows[0][0]) for tile, rows in rows_of}


_Row = tuple[int, bytes | None, bytes | None, bytes, str | None, bytes | None]


def _leaf(row: _Row, path: Sequence[bytes]) -> dict[str, object]:
    """`leaf` is what the log holds, `hash` the tree's hash of it, `entry` the exact text that was committed to."""
    index, salt, entry, commitment, text, text_salt = row
    return {
        "index": index,
        "salt": _hex(salt),
        "entry": None if entry is None else bytes(entry).decode(),
        "text": None if entry is None else text,
        "text_salt": None if entry is None else _hex(text_salt),
        "leaf": bytes(commitment).hex(),
        "hash": merkle.leaf_hash(bytes(commitment)).hex(),
        "hashes": [hash.hex() for hash in path],
    }


def _hex(data: bytes | None) -> str | None:
    return None if data is None else bytes(data).hex()
