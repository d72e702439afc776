"""Publish's worker: `python -m services.publish.worker`."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from contracts.events import AnyEvent
from contracts.region import Region, load_region
from kit import log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine, snapshot
from kit.worker import Worker
from services.publish import handlers
from services.publish.query import kept
from services.publish.releases.schedule import Schedule
from services.publish.settings import Settings

logger = logging.getLogger(__name__)


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
    )


def _warn_of_missing(settings: Settings) -> None:
    """Log what public reports have and the region lacks; `pendapa up` refuses to start then, a service must come up."""
    engine = open_engine(settings.database_url.get_secret_value())
    with snapshot(engine) as session:
        for column, each in kept.missing(session, load_region(settings.region)):
            logger.warning("the region lacks the %s %r of %d public reports", column, each.value, each.reports)
    engine.dispose()


def main() -> None:
    settings = Settings()
    log.setup("publish")
    migrate.upgrade(settings.database_url.get_secret_value(), "publish")
    _warn_of_missing(settings)
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
