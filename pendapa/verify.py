"""`pendapa verify`: proves from a downloaded release, offline, that nothing in it was changed, added or left out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.publish.verify.findings import Verified
from services.publish.verify.release import verify_release

SHOWN = 20


def verify(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="The release's folder, with all of its files.")
    ],
    key: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="A file with the log's verifier key, from whom you trust."),
    ],
) -> None:
    """Check a downloaded release; exit 1 and name file and row if anything is not as the log's key signed it."""
    errors = Console(stderr=True)
    result = _verify(folder, key.read_bytes().decode(errors="replace"), errors)
    if not result.faults:
        Console().print(_summary(result))
        return
    for fault in result.faults[:SHOWN]:
        errors.print(f"[red]{escape(str(fault))}[/red]", soft_wrap=True, highlight=False)
    if len(result.faults) > SHOWN:
        errors.print(f"and {len(result.faults) - SHOWN} more", highlight=False)
    errors.print("[bold red]This is not the release that was signed.[/bold red]")
    raise typer.Exit(1)


def _verify(folder: Path, key: str, console: Console) -> Verified:
    total = sum(path.stat().st_size for path in folder.glob("*.jsonl"))
    columns = (TextColumn("verifying"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total or None)
        return verify_release(folder, key, lambda read: progress.advance(task, read))


def _summary(result: Verified) -> Table:
    table = Table(title="The release is as it was signed", show_header=False, title_justify="left")
    rows: list[tuple[str, object]] = [
        ("log", result.head.origin if result.head else ""),
        ("facts in the log", result.facts),
        ("of them erased", result.erased),
        *([("of those lost with a database", result.lost)] if result.lost else []),
        ("hidden reports", result.hidden),
        ("public reports", result.reports),
        *((f"rows of {name}", rows) for name, rows in result.rows.items()),
        *(("not judged", what) for what in result.unjudged),
    ]
    for name, value in rows:
        table.add_row(name, escape(str(value)))
    return table
