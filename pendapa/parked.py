"""The commands `pendapa parked list | show | resend | discard`."""

from pathlib import Path
from typing import Annotated

import typer

from pendapa.footing import Footing, ServiceName

app = typer.Typer(help="What a service could not read or handle, and keeps for a person.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(min=1, help="The record's number, as `list` shows it.")]
One = Annotated[ServiceName, typer.Argument(help="The service that keeps it.")]
Where = Annotated[Footing, typer.Option(help="Where its database is, if no SERVICE_DATABASE_URL says so.")]
Folder = Annotated[Path, typer.Option(help="The server's data folder.")]


@app.command("list")
def list_parked(
    service: Annotated[ServiceName | None, typer.Argument(help="One service; else all.")] = None,
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
) -> None:
    """The parked records: where each came from, why it is parked, since when."""
    from pendapa import parking

    parking.show_all(service, footing, data)


@app.command("show")
def show_parked(service: One, number: Number, footing: Where = Footing.embedded, data: Folder = Path("var")) -> None:
    """One parked record: its headers, its bytes, which may hold a resident's words, and what was done with it."""
    from pendapa import parking

    parking.show(service, number, footing, data)


@app.command("resend")
def resend_parked(
    service: One,
    number: Annotated[int | None, typer.Argument(min=1, help="The record's number; or --all.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Everything that the service keeps parked.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")] = "",
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
) -> None:
    """Let the service try a parked record again, such as after an update; a record that fails stays parked."""
    from pendapa import parking

    parking.resend(service, number, everything=all, reason=reason, footing=footing, data=data)


@app.command("discard")
def discard_parked(
    service: One,
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
) -> None:
    """Delete one parked record for good; later events of its report go on without it."""
    from pendapa import parking

    parking.discard(service, number, reason, footing, data)
