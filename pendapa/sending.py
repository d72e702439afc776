"""Sends rows to `POST /v1/reports`, many in a request and several requests at a time, until each is answered."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import aiohttp
import orjson

from pendapa.defaults import is_unsure
from pendapa.importmap import ImportMap, RowFault
from pendapa.table import Row

_ATTEMPTS = 6
_BATCH = 100
"""Rows in one request; the door takes 200 and 1 MiB."""
_BATCH_BYTES = 512 * 1024
_ROW_BYTES = 1024 * 1024
HEADERS = {"content-type": "application/x-ndjson"}


class ImportStopped(Exception):
    """The server does not answer or refuses the key. What was accepted is kept; running again goes on."""


class RowOutcome(NamedTuple):
    row: Row
    refused: str | None
    """Why the row was refused; null if it was taken."""
    what: str = "new"
    """Of a row that was taken: new, changed or unchanged. Only the official key is told; another's are all new."""


class _Prepared(NamedTuple):
    row: Row
    report: bytes | RowFault


class _Answer(NamedTuple):
    status: int
    reason: str
    what: str = "new"

    @property
    def may_heal(self) -> bool:
        return self.status >= 500 or self.status == 429


_NO_ANSWER = _Answer(503, "no answer")


async def ask_codes(session: aiohttp.ClientSession, url: str, mapping: ImportMap) -> dict[str, frozenset[str]]:
    """The region's own codes of the keys that the map reads from a column. Raises `ImportStopped`."""
    agency = next((each.agency for each in mapping.responses if each.agency), mapping.agency)
    faces = (("category", mapping.category, "categories", "code"), ("agency", agency, "agencies", "id"))
    codes: dict[str, frozenset[str]] = {}
    for key, column, face, member in faces:
        if column is None:
            continue
        try:
            async with session.get(f"{url}/v1/{face}") as answer:
                answer.raise_for_status()
                codes[key] = frozenset(each[member] for each in orjson.loads(await answer.read())[face])
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise ImportStopped(f"{url}/v1/{face} does not answer; run the same command again") from error
    return codes


async def send_all(
    session: aiohttp.ClientSession,
    url: str,
    mapping: ImportMap,
    rows: Iterator[Row],
    at_once: int,
    number: int | None = None,
) -> AsyncIterator[RowOutcome]:
    """The outcome of each row of import `number`; at most `at_once` are in memory. Raises `ImportStopped`."""
    size = min(_BATCH, at_once)
    pending: set[asyncio.Task[list[RowOutcome]]] = set()
    batches = _batches(rows, mapping, size, number)
    try:
        for batch in chain(batches, [None]):
            if batch is not None:
                pending.add(asyncio.create_task(_send(session, url, batch)))
            # After the last batch, wait for all requests.
            while pending and (batch is None or len(pending) >= at_once // size):
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for outcome in [outcome for task in done for outcome in task.result()]:
                    yield outcome
    finally:
        for task in pending:
            task.cancel()


def _batches(
    rows: Iterator[Row], mapping: ImportMap, size: int, number: int | None = None
) -> Iterator[list[_Prepared]]:
    batch: list[_Prepared] = []
    left = _BATCH_BYTES
    ids: set[str] = set()
    for row in rows:
        report = read_row(row, mapping, ids, number)
        length = len(report) if isinstance(report, bytes) else 0
        if batch and (len(batch) == size or length > left):
            yield batch
            batch, left = [], _BATCH_BYTES
        batch.append(_Prepared(row, report))
        left -= length
    if batch:
        yield batch


def read_row(row: Row, mapping: ImportMap, ids: set[str], number: int | None = None) -> bytes | RowFault:
    """The body of `POST /v1/reports` for a row, or why there is none; `number`: of its import.

    `ids`: the ids of the rows before; this row's is added. One id is one report: a second row with it is refused.
    """
    identity = row.cells.get(mapping.id, "").strip()
    if identity in ids:
        return RowFault(f"{mapping.id}: a row before this one has the same")
    if identity:
        ids.add(identity)  # of a row that is refused, too: once it is mended, the id is still its own
    if row.odd:
        return RowFault(row.odd)
    try:
        body = mapping.report(row.cells)
        if number is not None:
            body["import"] = number
        if is_unsure(mapping, row.cells, body):
            body["unsure"] = True
        report = orjson.dumps(body)
    except RowFault as fault:
        return fault
    return report if len(report) <= _ROW_BYTES else RowFault("more than the 1 MiB that the server takes")


async def _send(session: aiohttp.ClientSession, url: str, batch: Sequence[_Prepared]) -> list[RowOutcome]:
    """The outcome of each row of a batch. Raises `ImportStopped`."""
    outcomes = [RowOutcome(row, str(report)) for row, report in batch if isinstance(report, RowFault)]
    waiting = [(row, report) for row, report in batch if isinstance(report, bytes)]
    for attempt in range(_ATTEMPTS):
        if not waiting:
            return outcomes
        if attempt:
            await asyncio.sleep(0.1 * 2**attempt)
        answers = await _post(session, url, [report for _, report in waiting])
        answered = list(zip(waiting, answers, strict=True))
        # Sent once more, the source's id keeps a report from doubling.
        waiting = [each for each, answer in answered if answer.may_heal]
        outcomes += [
            RowOutcome(row, None if answer.status == 202 else answer.reason, answer.what)
            for (row, _), answer in answered
            if not answer.may_heal
        ]
    if waiting:
        raise ImportStopped(f"{url} does not answer; run the same command again to go on")
    return outcomes


async def _post(session: aiohttp.ClientSession, url: str, reports: Sequence[bytes]) -> list[_Answer]:
    """The answer to each report. Raises `ImportStopped` if the key may not file it."""
    try:
        async with session.post(url, data=b"\n".join(reports)) as answer:
            status, body = answer.status, await answer.read()
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
        return [_NO_ANSWER] * len(reports)
    if status == 200:
        answers = [_read(line) or _NO_ANSWER for line in body.splitlines()]
        answers = answers if len(answers) == len(reports) else [_NO_ANSWER] * len(reports)
    else:
        refusal = _read(body)
        answers = [_Answer(status, refusal.reason if refusal else f"HTTP {status}")] * len(reports)
    for each in answers:
        if each.status in (401, 403):
            raise ImportStopped(f"{url} answers {each.status}: the key may not do this ({each.reason})")
    return answers


def _read(body: bytes) -> _Answer | None:
    """A receipt or a problem document: its status, and in one line the faults; null if it is neither."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or not isinstance(status := document.get("status"), int):
        return None
    if document.get("differs") is True:
        return _Answer(409, "a report with this id and other words was imported before, and stays as it is")
    errors = [error for error in document.get("errors") or () if isinstance(error, dict)]
    faults = "; ".join(f"{error.get('pointer', '')}: {error.get('detail', '')}" for error in errors)
    reason = faults or str(document.get("detail") or document.get("title") or f"HTTP {status}")
    return _Answer(status, reason, str(document.get("outcome") or "new"))
