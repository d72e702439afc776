"""`pendapa import`: feeds a CSV of reports through intake's own door, many at a time, as often as one likes."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import aiohttp
import orjson
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pendapa.importmap import ImportMap, RowFault

_ATTEMPTS = 6
_BATCH = 100
"""Rows in one request; the door takes 200 and 1 MiB."""
_BATCH_BYTES = 512 * 1024
csv.field_size_limit(16 * 1024 * 1024)


class ImportStopped(Exception):
    """The server does not answer or refuses the key. What was accepted is kept; running again goes on."""


@dataclass
class Outcome:
    accepted: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    line: int
    """The line of the file on which the row ends, from 1."""
    cells: dict[str, str]


_Prepared = tuple[Row, bytes | RowFault]
_Outcome = tuple[Row, str | None]
"""A row, and the reason it was refused for."""


class Refusals:
    """The rows that were not taken, as a CSV: the line, the reason, and the row as it was."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._path = path
        self._columns = columns
        self._file: TextIO | None = None

    def add(self, row: Row, reason: str) -> None:
        if self._file is None:
            self._file = self._path.open("w", newline="", encoding="utf-8")
            self._rows = csv.writer(self._file)
            self._rows.writerow(["line", "reason", *self._columns])
        self._rows.writerow([row.line, reason, *(row.cells.get(column, "") for column in self._columns)])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read_rows(path: Path, delimiter: str) -> tuple[list[str], Iterator[Row]]:
    """The columns and the rows of a CSV in UTF-8. Other bytes are replaced; NULs, which no text has, are left out."""
    file = path.open(newline="", encoding="utf-8-sig", errors="replace")
    reader = csv.DictReader(file, delimiter=delimiter, restkey="(too many)", restval="")
    columns = [str(column) for column in reader.fieldnames or []]

    def rows() -> Iterator[Row]:
        with file:
            for cells in reader:
                texts = {str(k): v.replace("\0", "") if isinstance(v, str) else "" for k, v in cells.items()}
                yield Row(reader.line_num, texts)

    return columns, rows()


async def run(path: Path, mapping: ImportMap, url: str, key: str, refused: Path, at_once: int) -> Outcome:
    """Send every row; return what became of them. Raises `ImportStopped`."""
    columns, rows = read_rows(path, mapping.delimiter)
    mapping.check_columns(columns)
    outcome = Outcome()
    refusals = Refusals(refused, columns)
    with _progress() as progress:
        task = progress.add_task(path.name, total=_count(path, mapping.delimiter))
        headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
        try:
            async with aiohttp.ClientSession(
                headers=headers, connector=aiohttp.TCPConnector(limit=at_once), timeout=aiohttp.ClientTimeout(total=60)
            ) as session:
                async for row, reason in _send_all(session, f"{url}/v1/reports", mapping, rows, at_once):
                    progress.advance(task)
                    if reason is None:
                        outcome.accepted += 1
                        continue
                    outcome.refused += 1
                    outcome.reasons[reason] = outcome.reasons.get(reason, 0) + 1
                    refusals.add(row, reason)
        finally:
            refusals.close()
    return outcome


async def _send_all(
    session: aiohttp.ClientSession, url: str, mapping: ImportMap, rows: Iterator[Row], at_once: int
) -> AsyncIterator[tuple[Row, str | None]]:
    """Each row with the reason it was refused for, or null; at most `at_once` rows are in memory."""
    size = min(_BATCH, at_once)
    pending: set[asyncio.Task[list[_Outcome]]] = set()
    try:
        for batch in _batches(rows, mapping, size):
            pending.add(asyncio.create_task(_send(session, url, batch)))
            if len(pending) >= at_once // size:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for outcome in [outcome for task in done for outcome in task.result()]:
                    yield outcome
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for outcome in [outcome for task in done for outcome in task.result()]:
                yield outcome
    finally:
        for task in pending:
            task.cancel()


def _batches(rows: Iterator[Row], mapping: ImportMap, size: int) -> Iterator[list[_Prepared]]:
    batch: list[_Prepared] = []
    left = _BATCH_BYTES
    for row in rows:
        try:
            report: bytes | RowFault = orjson.dumps(mapping.report(row.cells))
        except RowFault as fault:
            report = fault
        length = len(report) if isinstance(report, bytes) else 0
        if batch and (len(batch) == size or length > left):
            yield batch
            batch, left = [], _BATCH_BYTES
        batch.append((row, report))
        left -= length
    if batch:
        yield batch


async def _send(session: aiohttp.ClientSession, url: str, batch: Sequence[_Prepared]) -> list[_Outcome]:
    """What became of each row of a batch. Raises `ImportStopped`."""
    outcomes: list[_Outcome] = [(row, str(report)) for row, report in batch if isinstance(report, RowFault)]
    waiting = [(row, report) for row, report in batch if isinstance(report, bytes)]
    for attempt in range(_ATTEMPTS):
        if not waiting:
            return outcomes
        if attempt:
            await asyncio.sleep(0.1 * 2**attempt)
        answers = await _post(session, url, [report for _, report in waiting])
        answered = list(zip(waiting, answers, strict=True))
        # Sent once more, the source's id keeps a report from doubling.
        waiting = [each for each, answer in answered if _may_heal(answer["status"])]
        outcomes += [
            (row, None if answer["status"] == 202 else _reason(answer))
            for (row, _), answer in answered
            if not _may_heal(answer["status"])
        ]
    raise ImportStopped(f"{url} does not answer; run the same command again to go on")


async def _post(session: aiohttp.ClientSession, url: str, reports: Sequence[bytes]) -> list[Mapping[str, Any]]:
    """The answer to each report: a receipt, or a problem document. Raises `ImportStopped`."""
    problem: Mapping[str, Any] = {"status": 503}
    try:
        async with session.post(url, data=b"\n".join(reports)) as answer:
            body = await answer.read()
    except (aiohttp.ClientConnectionError, TimeoutError):
        return [problem] * len(reports)
    if answer.status in (401, 403):
        raise ImportStopped(f"{url} answers {answer.status}: the key may not do this")
    if answer.status == 200:
        return [orjson.loads(line) for line in body.splitlines()]
    with suppress(orjson.JSONDecodeError):
        problem = orjson.loads(body)
    return [{**problem, "status": answer.status}] * len(reports)


def _may_heal(status: int) -> bool:
    return status >= 500 or status == 429


def _reason(problem: Mapping[str, Any]) -> str:
    """One line out of a problem document: which field and why."""
    faults = [f"{e.get('pointer', '')}: {e.get('detail', '')}" for e in problem.get("errors", [])]
    return "; ".join(faults) or str(problem.get("detail") or problem.get("title") or f"HTTP {problem['status']}")


def _count(path: Path, delimiter: str) -> int:
    _, rows = read_rows(path, delimiter)
    return sum(1 for _ in rows)


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
