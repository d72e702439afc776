"""The commands `pendapa key new | list | revoke | turn`: applications' filing keys; any key replaced."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pendapa.footing import Footing

if TYPE_CHECKING:
    from gateway.door.routes import Role

app = typer.Typer(help="Keys of the gateway: of applications that file, and any key turned over.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The application: letters, digits, dots, hyphens and underscores.")]
Where = Annotated[Footing, typer.Option(help="The footing whose gateway is to know the key.")]
Folder = Annotated[Path, typer.Option(help="The server's data folder.")]
HashesFile = Annotated[
    Path | None, typer.Option(help="The gateway's keys file (GATEWAY_KEYS_FILE), if it is elsewhere.")
]


@app.command("new")
def new_key(
    name: Name,
    a_minute: Annotated[int | None, typer.Option(min=1, help="Requests a minute; else the gateway's setting.")] = None,
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
    file: HashesFile = None,
) -> None:
    """Make a filing key for an application, and show it once; the server knows it within a second."""
    from pendapa import application_keys
    from pendapa.home import Home

    home = Home(data, footing)
    application_keys.make(name, a_minute, home, application_keys.place(home, file))


@app.command("list")
def list_keys(footing: Where = Footing.embedded, data: Folder = Path("var"), file: HashesFile = None) -> None:
    """The applications that have a key: since when, and how many requests a minute."""
    from pendapa import application_keys
    from pendapa.home import Home

    application_keys.show(application_keys.place(Home(data, footing), file))


@app.command("revoke")
def revoke_key(
    name: Name, footing: Where = Footing.embedded, data: Folder = Path("var"), file: HashesFile = None
) -> None:
    """Make an application's key invalid, within a second and for good; what was filed with it stays."""
    from pendapa import application_keys
    from pendapa.home import Home

    application_keys.revoke(name, application_keys.place(Home(data, footing), file))


class HolderRole(StrEnum):
    """Whose key is turned over."""

    filing = "filing"
    official = "official"
    agency = "agency"
    channel = "channel"
    log = "log"


@app.command("turn")
def turn_key(
    role: Annotated[
        HolderRole, typer.Argument(help="Whose key; `filing` with a name is an application's, `log` signs the log.")
    ],
    name: Annotated[
        str | None, typer.Argument(help="The agency's id, the channel's, or the application's name.")
    ] = None,
    keep_hours: Annotated[
        float, typer.Option(min=0, max=24 * 90, help="How long the former key stays valid; 0 if it was stolen.")
    ] = 24,
    footing: Where = Footing.embedded,
    data: Folder = Path("var"),
    file: HashesFile = None,
) -> None:
    """Replace a key by a new one, and show that once. The server knows it within a second, the log's at its start."""
    from datetime import timedelta

    from pendapa import application_keys, turning
    from pendapa.home import Home

    named = {HolderRole.agency: True, HolderRole.channel: True, HolderRole.official: False, HolderRole.log: False}
    if named.get(role, name is not None) != (name is not None):
        raise typer.BadParameter(
            "an agency and a channel have a name, the official and the log none", param_hint="NAME"
        )
    home = Home(data, footing)
    if role is HolderRole.log:
        turning.turn_log(home)
        return
    whose = turning.Whose(cast("Role", role.value), name)
    turning.turn(whose, timedelta(hours=keep_hours), home, application_keys.place(home, file))
