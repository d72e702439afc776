"""The data folder of a small server of the embedded footing that has run, and what is in it."""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from contracts.region import Region
from contracts.topics import TOPICS
from kit import migrate
from kit.bus.embedded import EmbeddedBus
from kit.db import open_engine, transaction
from pendapa.backups import published
from pendapa.backups.embedded import STORES
from pendapa.home import Home, Secrets, save_file
from pendapa.plan import SERVICES
from services.publish.log.copies import KeepingSigner
from services.publish.releases import cut, numbers
from services.publish.releases.files import Files
from tests.publish import releasing
from tests.publish.releasing import LOG_KEY, NOW, REGION, SIGNER


def make(folder: Path, region: Region, reports: int = 5) -> Home:
    """Stores with some reports, one of them hidden, and the log's copies."""
    home = Home(folder, "embedded")
    with home.held():
        home.store.mkdir(mode=0o700)
        save_file(home.store / "secrets.json", Secrets(gateway_secret="g", log_key=LOG_KEY, origin=SIGNER.name))
        home.prepare(region)
    for service in SERVICES:
        migrate.upgrade(f"sqlite:///{home.store / service}.sqlite", service)
    EmbeddedBus(str(home.store / "bus.sqlite")).ensure(TOPICS)
    home.mark_whole()
    if reports:
        work(home, lambda engine: releasing.fill(engine, reports))
    return home


def signer(home: Home) -> KeepingSigner:
    return published.settings_of(home, home.log_copy(), ()).signer()


def work(home: Home, what: Callable[[Any], Any]) -> Any:
    """Do something in publish's database, as its worker would: the log's copies are brought up to it."""
    engine = open_engine(f"sqlite:///{home.store / 'publish.sqlite'}")
    try:
        done = what(engine)
        signer(home).keep(engine)
        return done
    finally:
        engine.dispose()


def publish(home: Home, *reports: int) -> None:
    """Publish more reports."""

    def append(engine: Any) -> None:
        with transaction(engine) as session:
            releasing.publish(session, reports)

    work(home, append)


def cut_release(home: Home, keep: int | None = None) -> int:
    """Cut a release; return its number. `keep`: so many of its files are enough, the others are taken away."""
    files = Files((home.store / "files").as_uri())
    number = int(work(home, lambda engine: cut.cut(engine, files, signer(home), REGION, NOW)))
    if keep is not None:
        folder = home.store / "files" / numbers.folder(number)
        with closing(_connect(home, "publish")) as publish:
            [made] = publish.execute("SELECT files FROM release WHERE number = ?", [number]).fetchone()
            kept = [file for file in orjson.loads(made) if file["name"] in ("checkpoint", "leaves.bin")]
            publish.execute("UPDATE release SET files = ? WHERE number = ?", [orjson.dumps(kept), number])
        names = {file["name"] for file in kept}
        for file in folder.iterdir():
            if file.name not in names:
                file.unlink()
    return number


def mark(home: Home, value: int) -> None:
    """Write a number into every store."""
    for name in STORES:
        with closing(_connect(home, name)) as store:
            store.execute("CREATE TABLE IF NOT EXISTS mark (value INTEGER)")
            store.execute("DELETE FROM mark")
            store.execute("INSERT INTO mark VALUES (?)", [value])


class State(NamedTuple):
    marks: tuple[int, ...]
    reports: frozenset[str]
    releases: frozenset[str]


def state(home: Home) -> State:
    """What is in the stores: their marks, the public reports, the files of releases."""
    marks = []
    for name in STORES:
        with closing(_connect(home, name)) as store:
            marks.append(store.execute("SELECT value FROM mark").fetchone()[0])
    with closing(_connect(home, "publish")) as publish:
        reports = frozenset(id for [id] in publish.execute("SELECT id FROM record"))
    files = home.store / "files"
    found = frozenset(str(file.relative_to(files)) for file in (files / "reports").rglob("*") if file.is_file())
    return State(tuple(marks), reports, found)


def log_size(home: Home) -> int:
    with closing(_connect(home, "publish")) as publish:
        return int(publish.execute("SELECT size FROM log_state").fetchone()[0])


def damage(home: Home, service: str) -> None:
    """Make the service's database unreadable."""
    file = home.store / f"{service}.sqlite"
    for name in ("-wal", "-shm"):
        file.with_name(file.name + name).unlink(missing_ok=True)
    file.write_bytes(b"damaged" * 1000)


def lose_commitments(home: Home) -> None:
    """Nobody has the log's commitments any more."""
    shutil.rmtree(home.store / "files" / "log")
    next(home.log_copy().rglob("leaves.bin")).unlink()


def _connect(home: Home, name: str) -> sqlite3.Connection:
    return sqlite3.connect(home.store / f"{name}.sqlite", isolation_level=None)


_STEPS = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect", "shutil.rmtree", "shutil.copyfile"}
    | {"subprocess.Popen"}
)


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed just before its file operation of this number, from 1 on.

    False if it ended before. What is counted: files that are made, renamed and removed, databases that are opened,
    programs that are run.
    """
    child = os.fork()
    if child == 0:
        count = 0

        def look(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            makes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
            if event in _STEPS or makes:
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            sys.addaudithook(look)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return os.WIFSIGNALED(status)
