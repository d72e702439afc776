"""`pendapa import`: feeds a CSV of reports through intake's own door, many at a time, as often as one likes."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import aiohttp
import orjson
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pendapa.importmap import ImportMap, RowFault

_ATTEMPTS = 6
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
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
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
    pending: set[asyncio.Task[tuple[Row, str | None]]] = set()
    try:
        for row in rows:
            pending.add(asyncio.create_task(_send(session, url, mapping, row)))
            if len(pending) >= at_once:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in pending:
            task.cancel()


async def _send(session: aiohttp.ClientSession, url: str, mapping: ImportMap, row: Row) -> tuple[Row, str | None]:
    try:
        body = orjson.dumps(mapping.report(row.cells))
    except RowFault as fault:
        return row, str(fault)
    for attempt in range(_ATTEMPTS):
        try:
            async with session.post(url, data=body) as answer:
                if answer.status == 202:
                    return row, None
                if answer.status in (401, 403):
                    raise ImportStopped(f"{url} answers {answer.status}: the key may not do this")
                if answer.status < 500 and answer.status != 429:
                    return row, _reason(answer.status, await answer.read())
        except (aiohttp.ClientConnectionError, TimeoutError):
            pass  # tried again below; the source's id keeps a repeat from doubling
        await asyncio.sleep(0.2 * 2**attempt)
    raise ImportStopped(f"{url} does not answer; run the same command again to go on")


def _reason(status: int, body: bytes) -> str:
    """One line out of a problem document: which field and why."""
    try:
        problem = orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"HTTP {status}"
    faults = [f"{e.get('pointer', '')}: {e.get('detail', '')}" for e in problem.get("errors", [])]
    return "; ".join(faults) or str(problem.get("detail") or problem.get("title") or f"HTTP {status}")


def _count(path: Path, delimiter: str) -> int:
    _, rows = read_rows(path, delimiter)
    return sum(1 for _ in rows)


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
