"""`pendapa verify`: proves from a downloaded release, offline, that nothing in it was changed, added or left out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.publish.verify.findings import Verdict, Verified
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
    """Check a downloaded release, and name file and row of what is not as the log's key signed it.

    Exits 0: it is as it was signed. 1: files were changed. 3: the key is no key. 4: files are missing, so that it was
    not judged. 5: files are damaged, as after a download that was cut off.
    """
    errors = Console(stderr=True)
    result = _verify(folder, key.read_bytes(), errors)
    if result.verdict is Verdict.as_signed:
        Console().print(_summary(result))
        return
    if result.verdict is Verdict.bad_key:
        errors.print(f"[red]bad key: {escape(result.faults[0].what)}[/red]", soft_wrap=True, highlight=False)
        raise typer.Exit(result.verdict)
    for fault in result.faults[:SHOWN]:
        errors.print(f"[red]{escape(str(fault))}[/red]", soft_wrap=True, highlight=False)
    if len(result.faults) > SHOWN:
        errors.print(f"and {len(result.faults) - SHOWN} more", highlight=False)
    for what in result.unjudged:
        errors.print(f"not judged: {escape(what)}", soft_wrap=True, highlight=False)
    errors.print(f"[bold red]{_VERDICTS[result.verdict]}[/bold red]", soft_wrap=True, highlight=False)
    raise typer.Exit(result.verdict)


_VERDICTS = {
    Verdict.changed: "This is not the release that was signed.",
    Verdict.incomplete: "Incomplete, not judged: get what is missing, and verify again.",
    Verdict.damaged: "Damaged: download these files again, and verify again.",
}


def _verify(folder: Path, key: bytes, console: Console) -> Verified:
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
