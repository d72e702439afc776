"""`pendapa import`: feeds a CSV of reports through intake's own door, many at a time, as often as one likes."""

from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pendapa.importmap import ImportMap
from pendapa.sending import HEADERS, send_all
from pendapa.table import Refusals, count_rows, read_rows


@dataclass
class Summary:
    accepted: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    """How many of the accepted rows came before and changed."""
    unchanged: int = 0

    @property
    def new(self) -> int:
        return self.accepted - self.changed - self.unchanged


async def run(path: Path, mapping: ImportMap, url: str, key: str, refused: Path, at_once: int) -> Summary:
    """Send every row; return what became of them. Raises `ImportStopped`."""
    columns, rows = read_rows(path, mapping.delimiter, mapping.encoding)
    mapping.check_columns(columns)
    summary = Summary()
    refusals = Refusals(refused, columns)
    with _progress() as progress:
        task = progress.add_task(path.name, total=count_rows(path, mapping.delimiter, mapping.encoding))
        headers = {**HEADERS, "authorization": f"Bearer {key}"}
        try:
            async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=60)) as session:
                async for row, reason, what in send_all(session, f"{url}/v1/reports", mapping, rows, at_once):
                    if not summary.accepted and not summary.refused:
                        refusals.begin()
                    progress.advance(task)
                    if reason is None:
                        summary.accepted += 1
                        summary.changed += what == "changed"
                        summary.unchanged += what == "unchanged"
                        continue
                    summary.refused += 1
                    summary.reasons[reason] = summary.reasons.get(reason, 0) + 1
                    refusals.add(row, reason)
        finally:
            refusals.close()
    return summary


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
