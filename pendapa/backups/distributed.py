"""A backup of the distributed footing: a dump of each database at a snapshot, the groups' offsets, and the releases."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kit.bus import BusUnavailable
from pendapa.backups import contents, postgres, published, releases
from pendapa.backups.contents import Contents, KeptLog
from pendapa.backups.embedded import FILES, BackupTaken
from pendapa.backups.postgres import DatabaseSnapshot
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.live import LiveUnavailable
from pendapa.live.postgres import Postgres
from pendapa.replay import database_url
from pendapa.screen import err
from services.publish.log.checkpoint import read_signers
from services.publish.releases.files import Files
from services.publish.settings import Settings

ORDER = ("publish", "routing", "intake")
"""In which the snapshots are taken, and the databases restored: who is told of an event is never ahead of who tells it.

So what a service lacks is sent again, and no report is anywhere whose reporter intake does not know.
"""
DUMPS = "databases"


def in_folder() -> bool:
    """Whether the databases are those of a data folder; else the environment has their addresses."""
    return any(f"{service.upper()}_DATABASE_URL" not in os.environ for service in ORDER)


@contextmanager
def databases(home: Home, *, make: bool = False) -> Iterator[dict[str, str]]:
    """The addresses of the databases. PostgreSQL of the data folder is started for the block if it does not run.

    `make`: they are made where they are not there.
    """
    server = None
    if in_folder():
        server = Postgres(home.store / "postgres")
        if not make and not (home.store / "postgres").is_dir():
            raise Fault(f"{home.store} has no PostgreSQL: give the server's folder with --data, or *_DATABASE_URL")
    started = server is not None and server.pid is None
    try:
        if server is not None:
            server.up(tied=True)
            for service in ORDER if make else ():
                server.create(service)
        yield {service: database_url(service, Footing.distributed, home.folder) for service in ORDER}
    except LiveUnavailable as error:
        raise Fault(str(error), 1) from error
    finally:
        if server is not None and started:
            server.stop()


def back_up(home: Home, folder: Path) -> BackupTaken:
    """Write a backup to `folder`, whether the server runs or not. Raises `Fault`."""
    with databases(home) as urls, contents.being_written(folder) as part, ExitStack() as opened:
        settings = published.of_server(home, home.log_copy(), urls["publish"])
        snapshots = {service: opened.enter_context(postgres.snapshot_of(urls[service])) for service in ORDER}
        at = datetime.now(UTC)
        offsets = _offsets(home)
        head = _keep_log(part, snapshots["publish"])
        for service in ORDER:
            postgres.dump(snapshots[service], contents.new_file(part / DUMPS / f"{service}.dump"))
        not_whole = _copy_releases(part / home.store.name / FILES, snapshots["publish"], settings)
        region = _copy_small_files(home, part)
        log = KeptLog(key=_key(settings), size=head[0], checkpoint=head[1])
        common = {"footing": Footing.distributed, "region": region, "made_at": at, "log": log, "offsets": offsets}
        made = contents.write(part, lambda files: Contents.model_validate({**common, "files": files}))
    return BackupTaken(made, not_whole)


def _keep_log(part: Path, publish: DatabaseSnapshot) -> tuple[int, str]:
    head = publish.connection.execute("SELECT size, checkpoint FROM log_state").fetchone() or (0, "")
    with publish.connection.cursor(name="leaves") as leaves:
        leaves.itersize = 50_000
        leaves.execute('SELECT commitment FROM leaf ORDER BY "index"')
        published.keep_log(part, head[1], (bytes(commitment) for [commitment] in leaves))
    return int(head[0]), str(head[1])


def _copy_releases(to: Path, publish: DatabaseSnapshot, settings: Settings) -> list[releases.Copied]:
    standing = releases.files_of(publish.connection.execute(releases.QUERY))
    numbers = [number for [number] in publish.connection.execute(releases.ALL)]
    not_whole = releases.copy_releases(Files(settings.files_url), standing, numbers, to)
    if missing := {each.number for each in not_whole if each.missing}:
        with postgres.snapshot_of(publish.url) as now:
            if missing - releases.files_of(now.connection.execute(releases.QUERY)).keys():
                raise Fault("A release was withdrawn meanwhile: make the backup again", 1)
    return not_whole


def _copy_small_files(home: Home, part: Path) -> str:
    """The keys and secrets, where this footing has a data folder; in a cluster they are the deployment's own.

    Returns the id of the region; empty if no folder says it.
    """
    for file in (home.keys_file, home.folder / "region"):
        if file.exists():
            contents.copy(file, part / file.name)
    for file in (home.hashes_file, *sorted(home.store.glob("secrets*.json"))):
        if file.exists():
            contents.copy(file, part / home.store.name / file.name)
    owner = home.folder / "region"
    return owner.read_text() if owner.exists() else ""


def _offsets(home: Home) -> Mapping[str, Mapping[str, int]]:
    """What each group has committed, for a person who wants to know; a restore needs it not.

    Each database notes how far it has handled each partition, and goes on from there.
    """
    from kit.bus.kafka import KafkaBus

    address = home.store / "kafka" / "address"
    where = os.environ.get("ROUTING_BUS_URL", "").removeprefix("kafka://")
    if not where and not address.exists():
        return {}
    try:
        bus = KafkaBus(where or address.read_text())
        try:
            found = bus.committed(sorted(ORDER))
        finally:
            bus.close()
    except BusUnavailable as error:
        err.print(f"Warning: the offsets are not in the backup, as Kafka does not answer: {error}", markup=False)
        return {}
    return {
        group: {f"{place.topic}/{place.number}": at for place, at in sorted(offsets.items())}
        for group, offsets in found.items()
    }


def _key(settings: Settings) -> str:
    return str(read_signers(settings.log_key.get_secret_value()).verifier)
