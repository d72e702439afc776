"""The command line: each command, and its words."""

import gc
import os
import sys
from datetime import datetime
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from kit.version import VERSION
from pendapa.fault import Fault
from pendapa.footing import Footing, ServiceName
from pendapa.keeping import backup_command, check_command, restore_command
from pendapa.key import app as key_app
from pendapa.parked import app as parked_app

BOJONEGORO = Path(__file__).resolve().parents[1] / "regions" / "bojonegoro"

app = typer.Typer(
    help="Pendapa: every resident's message, its answer, and the proof.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


region_app = typer.Typer(help="The government's configuration.", no_args_is_help=True)
app.command("backup")(backup_command)
app.command("restore")(restore_command)
app.command("check")(check_command)
app.add_typer(key_app, name="key")
app.add_typer(parked_app, name="parked")
app.add_typer(region_app, name="region")

Url = Annotated[str, typer.Option(help="Where the server is.")]


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def _of_all(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version, and end.")
    ] = False,
) -> None: ...


@app.command("up")
def up_command(
    footing: Annotated[Footing, typer.Option(help="One process on SQLite, or many on Kafka and PostgreSQL.")] = (
        Footing.embedded
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free one.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all of them.")] = "127.0.0.1",
    data: Annotated[Path, typer.Option(help="The data folder; made if it is not there.")] = Path("var"),
    region: Annotated[Path, typer.Option(help="The government's configuration.")] = BOJONEGORO,
    public_url: Annotated[str | None, typer.Option(help="Where the world reaches it, if not by this port.")] = None,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox", help="For trying things: in DATA/sandbox, with keys that say so, emptied each night."
        ),
    ] = False,
    private_webhooks: Annotated[
        bool, typer.Option("--private-webhooks", help="Send agencies' webhooks to private addresses, too; without TLS.")
    ] = False,
) -> None:
    """Start the server; Ctrl-C stops it, and started again everything is still there."""
    gc.disable()  # nothing made by loading is garbage, and to look for it takes a fifth of a start; `up` enables it
    from pendapa.up import up  # here, as in each command: to load a server takes longer than --help or verify

    up(footing, host, port, data, region, public_url, private_webhooks=private_webhooks, sandbox=sandbox)


@app.command("import")
def import_command(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="A CSV of reports.")] = None,
    map: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Which column is what, in YAML.")
    ] = None,
    url: Url = "http://localhost:8000",
    key: Annotated[str | None, typer.Option(help="The official key; else PENDAPA_KEY, else keys.json.")] = None,
    data: Annotated[Path, typer.Option(help="The server's data folder, for its keys.json.")] = Path("var"),
    refused: Annotated[Path | None, typer.Option(help="Where refused rows go, with reasons.")] = None,
    at_once: Annotated[int, typer.Option(min=1, max=4000, help="How many rows are under way at a time.")] = 400,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; tell what would become of the rows.")
    ] = False,
    region: Annotated[Path, typer.Option(help="For --dry-run: the server's region.")] = BOJONEGORO,
    undo: Annotated[int | None, typer.Option(min=1, help="Take back what the import of this number brought.")] = None,
) -> None:
    """Feed a CSV of reports through intake's door, as often as you like: a row that came before brings its changes.

    Exits with 0 if no row was refused, and with 1 if some were.
    """
    from pendapa import commands

    if undo is not None:
        if file or map or dry_run:
            raise typer.BadParameter("--undo takes an import back and reads no table", param_hint="--undo")
        commands.undo_import(undo, url, key, data)
        return
    if file is None or map is None:
        raise typer.BadParameter("a table and its --map are needed", param_hint="FILE --map MAP")
    if dry_run:
        raise typer.Exit(commands.dry_run(file, map, region))
    raise typer.Exit(commands.import_reports(file, map, url, key, data, refused, at_once))


@app.command()
def demo(
    url: Url = "http://localhost:8000",
    data: Annotated[Path, typer.Option(help="The server's data folder, for its keys.json.")] = Path("var"),
    region: Annotated[Path, typer.Option(help="The server's region, for its places.")] = BOJONEGORO,
) -> None:
    """File some invented messages by SMS, REST and Open311, and wait until they are public."""
    from pendapa import commands

    commands.demo(url, data, region)


@app.command()
def replay(
    service: Annotated[
        ServiceName, typer.Argument(help="The service that lacks events, such as after a restored copy.")
    ],
    footing: Annotated[Footing, typer.Option(help="Where its database is, if no SERVICE_DATABASE_URL says so.")] = (
        Footing.embedded
    ),
    data: Annotated[Path, typer.Option(help="The server's data folder.")] = Path("var"),
    report: Annotated[UUID | None, typer.Option(help="The events of this report alone.")] = None,
    since: Annotated[datetime | None, typer.Option(help="What was sent then (UTC) or later.")] = None,
) -> None:
    """Send a service again what it lacks of the events that were sent to it, whether the server runs or not."""
    from pendapa.commands import send_again

    send_again(service, footing, data, report, since)


log_app = typer.Typer(help="The transparency log.", no_args_is_help=True)
app.add_typer(log_app, name="log")


@log_app.command("begin-anew")
def begin_anew_command(
    data: Annotated[Path, typer.Option(help="The data folder of a server that does not run.")] = Path("var"),
    yes: Annotated[bool, typer.Option("--yes", help="I know that the log so far ends, and shall say so in public.")] = (
        False
    ),
) -> None:
    """End a log that was lost, and begin a new one with a new origin and key."""
    from pendapa.commands import begin_anew

    begin_anew(data, yes=yes)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A downloaded release.")],
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The log's public key, from /log/key.")],
) -> None:
    """Check a downloaded release offline: nothing in it was changed since the log was signed."""
    from pendapa.verify import verify as check

    check(folder, key)


@app.command("train")
def train_command(
    file: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="CSVs of reports.")] = None,
    map: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="For each FILE: which column is what.")
    ] = None,
    region: Annotated[Path, typer.Option(help="The government's configuration.")] = BOJONEGORO,
    data: Annotated[
        Path | None, typer.Option(help="The server's data folder: learn from what its officials decided.")
    ] = None,
    footing: Annotated[
        Footing, typer.Option(help="Where its database is, if ROUTING_DATABASE_URL does not say so.")
    ] = Footing.embedded,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="A folder to write the model and its card to.")
    ] = None,
    names: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Words that are people's names, one a line.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Divides the reports into those learned from and those judged on.")] = 1,
    anew: Annotated[bool, typer.Option("--anew", help="Without the region's prior: to make one.")] = False,
) -> None:
    """Make a model of reports whose desk is known; in a server it takes over only if it is not worse."""
    from pendapa.learning import learn

    learn(region, file or [], map or [], data, footing, out, names, seed, anew=anew)


@app.command("evaluate")
def evaluate_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV of reports whose desk is known.")],
    map: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Which column is what, in YAML.")],
    region: Annotated[Path, typer.Option(help="The government's configuration.")] = BOJONEGORO,
    model: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A model's file; else the region's prior.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Tell how often a model is right on reports whose desk is known."""
    from pendapa.training import evaluate

    evaluate(file, map, region, model, as_json=json)


@region_app.command("check")
def region_check(
    region: Annotated[Path, typer.Option(help="The government's configuration.")] = BOJONEGORO,
    data: Annotated[Path | None, typer.Option(help="The server's data folder, to compare with its reports.")] = None,
    footing: Annotated[Footing, typer.Option(help="Where its databases are, if no SERVICE_DATABASE_URL says so.")] = (
        Footing.embedded
    ),
) -> None:
    """Tell what is wrong in a region's files, with file, line and what to write, and what they would change."""
    from pendapa.region import check

    raise typer.Exit(check(region, footing, data))


class WithoutPandas(MetaPathFinder):
    """Makes pandas look as if it were not installed: pyarrow would load it with its first array, for half a second."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def main() -> None:
    """What `.venv/bin/pendapa` runs: it exits with 0 done, 1 failed or not proven, 2 called wrongly."""
    sys.meta_path.insert(0, WithoutPandas())
    try:
        app()
    except Fault as fault:
        typer.secho(str(fault), fg=typer.colors.RED, err=True)
        sys.exit(fault.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output left; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        told = _mendable(error)
        if told is None:
            raise
        typer.secho(told, fg=typer.colors.RED, err=True)
        sys.exit(1)


def _mendable(error: Exception) -> str | None:
    """One line for an operator who can mend what happened, such as a full disk; null if the fault is ours."""
    from kit import outage  # here: slow to load, and no command that goes well needs it

    said = outage.words(error)
    if said is None and isinstance(error, OSError) and error.filename is not None:
        said = error.strerror or type(error).__name__
    if said is None:
        return None
    about = f"{error.filename}: " if isinstance(error, OSError) and error.filename is not None else ""
    return f"Stopped: {about}{said}"


if __name__ == "__main__":
    main()
