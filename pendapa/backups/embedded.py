"""A backup of the embedded footing: all stores at one moment, the releases, the keys and the secrets."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pendapa.backups import contents, published, releases
from pendapa.backups.contents import Contents, KeptLog
from pendapa.backups.moment import at_one_moment, copy_database
from pendapa.backups.releases import Copied
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.plan import SERVICES
from services.publish.log.checkpoint import read_signers
from services.publish.releases.files import Files

STORES = (*SERVICES, "bus")
"""In the order in which their locks are taken: whoever sends an event has its database first, and then the bus."""
FILES = "files"
_TRIES = 5


class BackupTaken(NamedTuple):
    """A backup that was made, and the releases that were not whole."""

    contents: Contents
    not_whole: Sequence[Copied]


def back_up(home: Home, folder: Path) -> BackupTaken:
    """Write a backup of the data folder to `folder`, whether the server runs or not. Raises `Fault`."""
    if not (home.store / "made").exists():
        raise Fault(f"{home.store} is no server's that has run: give the server's folder with --data")
    secrets = home.secrets()
    with contents.being_written(folder) as part:
        for _ in range(_TRIES):
            taken = _take(home, part)
            if not _withdrawn_meanwhile(home, taken):
                break
            contents.empty(part)  # a withdrawn release must not be kept, and a new moment does not have it
        else:
            raise Fault("Releases are withdrawn all the time: try again later", 1)
        _copy_small_files(home, part)
        if home.secrets() != secrets:
            raise Fault("A new log was begun meanwhile: make the backup again", 1)
        size, checkpoint = taken.head
        log = KeptLog(key=str(read_signers(secrets.log_key).verifier), size=size, checkpoint=checkpoint)
        region = (home.folder / "region").read_text()
        made = contents.write(
            part,
            lambda files: Contents(footing=Footing.embedded, region=region, made_at=taken.at, log=log, files=files),
        )
    return BackupTaken(made, taken.not_whole)


class _Moment(NamedTuple):
    at: datetime
    head: tuple[int, str]
    not_whole: list[Copied]


def _take(home: Home, part: Path) -> _Moment:
    store = part / home.store.name
    with at_one_moment([home.store / f"{name}.sqlite" for name in STORES]) as readers:
        at = datetime.now(UTC)
        publish = readers[STORES.index("publish")]
        leaves = publish.execute('SELECT commitment FROM leaf ORDER BY "index"')
        head = publish.execute("SELECT size, checkpoint FROM log_state").fetchone() or (0, "")
        standing = releases.files_of(publish.execute(releases.QUERY))
        numbers = [number for [number] in publish.execute(releases.ALL)]
        published.keep_log(part, head[1], (commitment for [commitment] in leaves))
        for name, reader in zip(STORES, readers, strict=True):
            copy_database(reader, contents.new_file(store / f"{name}.sqlite"))
    # The copy of the log in this folder is left out: it goes on, and would make the stores look older than they are.
    files = Files((home.store / FILES).as_uri())
    return _Moment(at, head, releases.copy_releases(files, standing, numbers, store / FILES))


def _withdrawn_meanwhile(home: Home, taken: _Moment) -> bool:
    missing = [each.number for each in taken.not_whole if each.missing]
    if not missing:
        return False
    file = home.store / "publish.sqlite"
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as publish:
        standing = releases.files_of(publish.execute(releases.QUERY))
    return bool(set(missing) - standing.keys())


def _copy_small_files(home: Home, part: Path) -> None:
    """The keys, the secrets, and what `pendapa log begin-anew` has put aside."""
    for file in (home.keys_file, home.folder / "region"):
        contents.copy(file, part / file.name)
    store = part / home.store.name
    for file in (home.hashes_file, home.store / "made", *sorted(home.store.glob("secrets*.json"))):
        contents.copy(file, store / file.name)
    for file in sorted(home.store.glob("publish.before-*.sqlite")):
        contents.copy(file, store / file.name)
