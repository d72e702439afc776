"""Publish's worker: `python -m services.publish.worker`."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from contracts.events import AnyEvent
from contracts.region import Region, load_region
from kit import clock, log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine, snapshot, transaction
from kit.jobs.ticks import REST
from kit.worker import Tick, Worker
from services.publish import handlers
from services.publish.log import epoch, leaves
from services.publish.log.checkpoint import Signer
from services.publish.log.copies import KeepingSigner
from services.publish.query import kept
from services.publish.record import tally, typed
from services.publish.releases import restored
from services.publish.releases.files import Files
from services.publish.releases.schedule import Schedule
from services.publish.settings import Settings

logger = logging.getLogger(__name__)

NOTE_HEAD_EACH = 10.0


def create_worker(settings: Settings, region: Region | None = None) -> Worker:
    region = region or load_region(settings.region)
    signer = settings.signer()
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    releases = Schedule(engine, settings.files_url, signer, region, timedelta(seconds=settings.release_every))

    def note_head(session: Session, _: datetime) -> None:
        restored.NotedHead(Files(settings.files_url)).note(session, signer)

    def erase_typed(session: Session, now: datetime) -> None:
        typed.erase(session, region, signer, now)

    # A store of files that is a folder has a whole copy of the log, written at each commit (`Settings.signer`).
    noting = [] if settings.files_url.startswith("file:") else [Tick(NOTE_HEAD_EACH, note_head)]

    def prepare(session: Session) -> None:
        if lost := _catch_up(session, settings, signer):
            logger.warning(restored.told(lost))
        count_machine(session, region, signer)

    def publish(session: Session, events: Sequence[AnyEvent]) -> None:
        handlers.publish(session, events, region=region, signer=signer, now=clock.now())

    return Worker(
        "publish",
        engine,
        open_bus(settings.bus_url),
        batch=publish,
        prepare=prepare,
        went_back=lambda session: epoch.draw(session, clock.now(), signer),
        ticks=[releases.tick, Tick(typed.LOOK_EACH, erase_typed, rests=REST), *noting],
        keeping=settings.keeping,
    )


def count_machine(session: Session, region: Region, signer: Signer) -> None:
    """Count what the machine opened, if a version before did not, and grow the version: no older answer is right."""
    if tally.lacks_machine(session):
        leaves.lock(session, clock.now(), signer)  # before the records are read, as every writer does
        tally.count_machine_again(session, region.zone)
        leaves.bump(session, clock.now(), signer)


def _warn_of_missing(settings: Settings) -> None:
    """Log what public reports have and the region lacks; `pendapa up` refuses to start then, a service must come up."""
    engine = open_engine(settings.database_url.get_secret_value())
    with snapshot(engine) as session:
        for column, each in kept.missing(session, load_region(settings.region)):
            logger.warning("the region lacks the %s %r of %d public reports", column, each.value, each.reports)
    engine.dispose()


def catch_up(settings: Settings) -> int:
    """Before the start: how many facts of the log had to be taken back from a copy. Raises `Behind`."""
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        with transaction(engine) as session:
            return _catch_up(session, settings, settings.signer())
    finally:
        engine.dispose()


def _catch_up(session: Session, settings: Settings, signer: KeepingSigner) -> int:
    heads = restored.known(signer, Files(settings.files_url), settings.witnesses.split())
    lost = restored.catch_up(session, signer, heads, clock.now())
    signer.keep_after(session)
    return lost


def main() -> None:
    settings = Settings()
    log.setup("publish")
    migrate.upgrade(settings.database_url.get_secret_value(), "publish")
    _warn_of_missing(settings)
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
