"""Intake's worker: sends the outbox, follows the events of cases, and joins the pieces of messages."""

from datetime import datetime

from sqlmodel import Session

from contracts.region import Region, load_region
from kit import log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine
from kit.worker import Worker
from services.intake import joining, repeats
from services.intake.replies import speech_of
from services.intake.settings import Settings
from services.intake.standings import follow_cases


def create_worker(settings: Settings, region: Region | None = None) -> Worker:
    """The worker on its database and its bus."""
    region = region or load_region(settings.region)
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    speech, country = speech_of(region), region.phone_country

    def publish_joined(session: Session, now: datetime) -> None:
        joining.publish_due(session, now, speech, country)

    return Worker(
        "intake",
        engine,
        open_bus(settings.bus_url),
        batch=follow_cases,
        ticks=((1.0, publish_joined), (3600.0, repeats.forget)),
        keep_sent_days=settings.keep_sent_days,
    )


def main() -> None:
    settings = Settings()
    log.setup("intake")
    migrate.upgrade(settings.database_url.get_secret_value(), "intake")
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
