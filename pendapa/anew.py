"""`pendapa log begin-anew`: where a lost log cannot be had back, a new one begins, with a new origin and key."""

from pathlib import Path

from kit import migrate
from kit.db import empty_write_ahead_log, open_engine
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home, Secrets
from pendapa.replay import replay
from services.publish.log.checkpoint import generate_key


def begin_anew(data: Path) -> Secrets:
    """Put publish's database and the log's key aside, make new ones, and queue all events that publish is sent.

    Of the embedded footing. The releases' files stay, so that no number is used twice. Raises `Fault`.
    """
    home = Home(data, Footing.embedded)
    database = home.store / "publish.sqlite"
    if not database.is_file():
        raise Fault(f"{database} is not there: give the server's folder with --data")
    with home.held():
        return begin_anew_in(home)


def begin_anew_in(home: Home) -> Secrets:
    """As `begin_anew`, for who holds the folder already."""
    database = home.store / "publish.sqlite"
    number, after = following(home.secrets())
    _put_aside(database, database.with_name(f"publish.before-{number}.sqlite"))
    home.replace_secrets(after, f"before-{number}")
    migrate.upgrade(f"sqlite:///{database}", "publish")
    replay("publish", Footing.embedded, home.folder, None, None)
    return after


def following(before: Secrets) -> tuple[int, Secrets]:
    """The number of the log that follows, and the secrets with its origin and a new key."""
    number, origin = _following(before.origin)
    return number, before.model_copy(update={"log_key": generate_key(origin), "origin": origin})


def _following(origin: str) -> tuple[int, str]:
    """The number and the origin of the next log of this name.

    >>> _following("pendapa.example/town"), _following("pendapa.example/town/2")
    ((2, 'pendapa.example/town/2'), (3, 'pendapa.example/town/3'))
    """
    name, _, last = origin.rpartition("/")
    name, number = (name, int(last) + 1) if name and last.isascii() and last.isdigit() else (origin, 2)
    return number, f"{name}/{number}"


def _put_aside(database: Path, to: Path) -> None:
    engine = open_engine(f"sqlite:///{database}")
    empty_write_ahead_log(engine)
    engine.dispose()
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    database.rename(to)
