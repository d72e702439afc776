"""`/v1/changes`: every public fact in the order of the log, for programs that keep a copy of the record."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from contracts.region import Region
from kit.db import Reader
from services.publish.datasets.history import WHAT
from services.publish.datasets.reports import OPEN, STATUSES
from services.publish.datasets.spelling import LAST_SPELLED_OTHERWISE, entry_spelled
from services.publish.faces.answers import Answers, CursorAhead, OtherEpoch, json, told
from services.publish.query import changes, state
from services.publish.query import parameters as read
from services.publish.query.changes import PublicChange, Wanted
from services.publish.query.described import REPORT_ID, parameter, several
from services.publish.query.filters import LIMIT
from services.publish.query.parameters import BadQuery
from services.publish.query.state import RecordState

_FURTHEST = 10**15 - 1
_HASH = re.compile(r"[0-9a-f]{16}")
_LOOKED_AT = 2000
"""Facts that one request with filters looks at; the next one goes on behind them."""
_BEFORE = 'SELECT commitment FROM leaf WHERE "index" = :index'
_BEGIN_AGAIN = "Begin again with cursor=now, and read all reports once (docs/copies.md)"


class _Start(NamedTuple):
    """Where a program goes on: the index of the first fact, null for the end, and what it knows of the facts before."""

    first: int | None
    epoch: str | None
    after: str | None


class ChangesFace:
    """The endpoint."""

    def __init__(self, reader: Reader, region: Region, answers: Answers) -> None:
        self._reader, self._region, self._answers = reader, region, answers

    async def list_changes(self, request: Request) -> Response:
        """Every public fact in the order of the log, for programs that keep a copy."""
        known = {*changes.FILTERS, "limit", "cursor", "epoch", "after"}
        values = read.strict(request.query_params, known, changes.FILTERS)
        limit = read.number(values, "limit", default=100, low=1, high=1000)
        wanted, start = changes.wanted(values, self._region), _start(values)
        filters = {name: value for name, value in values.items() if name in changes.FILTERS}

        async def make() -> Response:
            now = await state.read(self._reader)
            first = now.size if start.first is None else start.first
            last = await self._checked(start, first, now)
            found, following, last = await self._page(first, limit, wanted, last)
            place = {"limit": limit, "cursor": following, "epoch": now.epoch, "after": last and last.hex()[:16]}
            next = {**filters, **{name: value for name, value in place.items() if value is not None}}
            members = {"next": f"/v1/changes?{urlencode(next)}", "more": following < now.size, **told(now)}
            return json(b"".join((b'{"changes":[', b",".join(map(_change, found)), b"],", orjson.dumps(members)[1:])))

        return await self._answers.fresh(request, make)

    def parameters(self) -> list[dict[str, Any]]:
        """For OpenAPI."""
        region = self._region
        return [
            several("category", "The report's category, before or after the change.", list(region.categories)),
            several("agency", "The report's agency, before or after the change.", list(region.agencies)),
            several("place", "A desa's code, or a kecamatan's for all in it.", list(region.places)),
            several("status", "The report's status, before or after. open: all but closed.", [*STATUSES, *OPEN]),
            several("what", "What happened.", WHAT),
            several("report", "The report's id.", example=REPORT_ID, format="uuid"),
            LIMIT,
            parameter(
                "cursor",
                "The index of the first fact: 0 for the first of all, `now` for the next one that comes.",
                "0",
                type="string",
                pattern="^([0-9]{1,15}|now)$",
            ),
            parameter(
                "epoch",
                "That of an earlier answer: 410 if it is another now.",
                "9f2c64d1a07be358",
                type="string",
                pattern="^[0-9a-f]{16}$",
            ),
            parameter(
                "after",
                "The first 16 digits of the commitment of the fact before the cursor: 410 if it has another.",
                "4be07ba9c1d2f358",
                type="string",
                pattern="^[0-9a-f]{16}$",
            ),
        ]

    async def _checked(self, start: _Start, first: int, now: RecordState) -> bytes | None:
        """The commitment of the fact before the first. Raises unless the log has what the program has read of it."""
        if start.epoch is not None and start.epoch != now.epoch:
            raise OtherEpoch(f"The epoch is {now.epoch}, and the cursor is of {start.epoch}. {_BEGIN_AGAIN}")
        rows = await self._reader.rows(_BEFORE, {"index": first - 1}) if first else []
        if first and not rows:
            raise CursorAhead(
                f"cursor: the next fact is {now.size}. The log may be older than your copy. {_BEGIN_AGAIN}"
            )
        last = bytes(rows[0][0]) if rows else None
        if start.after is not None and (last is None or last.hex()[:16] != start.after):
            raise OtherEpoch(f"The fact before the cursor is another one than it was. {_BEGIN_AGAIN}")
        return last

    async def _page(
        self, first: int, limit: int, wanted: Wanted, last: bytes | None
    ) -> tuple[list[PublicChange], int, bytes | None]:
        """What was found, the index to go on from, and the commitment of the fact before that."""
        found: list[PublicChange] = []
        following = first
        at_once = max(limit, _LOOKED_AT) if wanted else limit
        for row in await self._reader.rows(changes.SELECT, {"first": first, "limit": at_once}):
            change = changes.read(row)
            following, last = change.position + 1, change.commitment
            if not wanted or changes.matches(change, wanted):
                found.append(change)
                if len(found) == limit:
                    break
        return found, following, last


def _start(values: Mapping[str, str]) -> _Start:
    cursor = values.get("cursor", "0")
    if cursor != "now" and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 15):
        raise BadQuery("cursor", f"`now`, or a whole number from 0 to {_FURTHEST}")
    for name in ("epoch", "after"):
        if not _HASH.fullmatch(values.get(name, "0" * 16)):
            raise BadQuery(name, "take it from `next`: 16 hexadecimal digits")
    return _Start(None if cursor == "now" else int(cursor), values.get("epoch"), values.get("after"))


def _change(change: PublicChange) -> bytes:
    return orjson.dumps(change.members())[:-1] + b',"fact":' + _fact(change) + b"}"


def _fact(change: PublicChange) -> bytes:
    """An entry with the words that it commits to, which from form 2 on are kept beside it; null if it was erased."""
    entry = change.entry
    if entry is None:
        return b"null"
    if (change.form or 1) <= LAST_SPELLED_OTHERWISE:
        entry = orjson.dumps(entry_spelled(orjson.loads(entry)))
    if change.form is None:
        return entry
    salt = None if change.text_salt is None else bytes(change.text_salt).hex()
    return entry[:-1] + b"," + orjson.dumps({"text": change.text, "text_salt": salt})[1:]
