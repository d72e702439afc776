"""The commands `pendapa backup`, `pendapa restore` and `pendapa check`."""

from pathlib import Path
from typing import Annotated

import typer

from pendapa.footing import Footing

_BOJONEGORO = Path(__file__).resolve().parents[1] / "regions" / "bojonegoro"

Where = Annotated[Footing, typer.Option(help="Where the stores are.")]
Folder = Annotated[Path, typer.Option(help="The server's data folder.")]


def backup_command(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet; the backup becomes it.")],
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
) -> None:
    """Back up all stores, releases, keys and secrets, whether the server runs or not.

    The folder is there once the backup is whole. It holds residents' personal data and the log's key: only you can
    read it; encrypt what leaves this machine.
    """
    from pendapa.backups import told

    told.back_up(folder, footing, data)


def restore_command(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A backup.")],
    data: Annotated[Path, typer.Option(help="The data folder of a server that does not run.")] = Path("var"),
    witness: Annotated[
        list[str] | None, typer.Option(help="A copy of the log: a mirror's URL or a folder. May be given repeatedly.")
    ] = None,
    nothing_since: Annotated[
        bool, typer.Option("--nothing-since", help="I know that the server published nothing after this backup.")
    ] = False,
    new_log: Annotated[
        bool, typer.Option("--new-log", help="Nobody has what the log lacks: end it, which I shall say in public.")
    ] = False,
    region: Annotated[
        Path, typer.Option(help="The server's region: read if reports that were hidden since are hidden again.")
    ] = _BOJONEGORO,
) -> None:
    """Bring a backup back. What was in the data folder is put aside; if it is stopped half-way, run it again.

    The log signs nothing before it holds all that was published: what the backup lacks of it is taken from this
    machine's copy of the log, from the folder's releases or from a witness.
    """
    from pendapa.backups import told
    from pendapa.backups.restored import Wanted

    told.restore(folder, data, Wanted(witness or [], nothing_since, new_log, region))


def check_command(
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
    region: Annotated[Path, typer.Option(help="The government's configuration.")] = _BOJONEGORO,
) -> None:
    """Look for faults in settings, stores, the log and the record, releases, and for what is parked; a line for each.

    Changes nothing, and may be run while the server runs. Exits with 1 if there is a fault.
    """
    from pendapa.checks.all import check

    raise typer.Exit(check(footing, data, region))
