"""Publish's worker: `python -m services.publish.worker`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from contracts.events import AnyEvent
from contracts.region import Region, load_region
from kit import log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine
from kit.worker import Worker
from services.publish import handlers
from services.publish.releases.schedule import Schedule
from services.publish.settings import Settings


def create_worker(settings: Settings, region: Region | None = None) -> Worker:
    region = region or load_region(settings.region)
    signer = settings.signer()
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    releases = Schedule(engine, settings.files_url, signer, region, timedelta(seconds=settings.release_every))

    def publish(session: Session, events: Sequence[AnyEvent]) -> None:
        handlers.publish(session, events, region=region, signer=signer, now=datetime.now(UTC))

    return Worker(
        "publish",
        engine,
        open_bus(settings.bus_url),
        batch=publish,
        ticks=[releases.tick],
        keeping=settings.keeping,
    )


def main() -> None:
    settings = Settings()
    log.setup("publish")
    migrate.upgrade(settings.database_url.get_secret_value(), "publish")
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
