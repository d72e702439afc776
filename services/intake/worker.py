"""Intake's worker: sends the outbox, follows the events of cases, and joins the pieces of messages."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from contracts.region import Region, load_region
from kit import log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine
from kit.jobs.ticks import REST
from kit.retention import Retention, of_rows
from kit.worker import Tick, Worker
from services.intake import joining, repeats
from services.intake.replies import speech_of
from services.intake.settings import Settings
from services.intake.standings import follow_cases
from services.intake.tables import Base


def create_worker(settings: Settings, region: Region | None = None) -> Worker:
    """The worker on its database and its bus."""
    region = region or load_region(settings.region)
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    speech, country = speech_of(region), region.phone_country

    def publish_joined(session: Session, now: datetime) -> datetime | None:
        return joining.publish_due(session, now, speech, country)

    return Worker(
        "intake",
        engine,
        open_bus(settings.bus_url),
        batch=follow_cases,
        ticks=[Tick(1.0, publish_joined, rests=REST)],
        keeping=settings.keeping,
        retentions=retentions(settings),
    )


def retentions(settings: Settings) -> list[Retention]:
    """For how long intake's own tables are kept; those that are not here are kept with their report."""
    message, fingerprint = Base.metadata.tables["message"], Base.metadata.tables["fingerprint"]
    waits = select(Base.metadata.tables["joining"].c.message)
    by_time = of_rows(message.c.id, message.c.received_at, message.c.id.not_in(waits), order=message.c.received_at)
    return [
        Retention(message, "keep_messages_days", settings.keep_messages_days, by_time),
        Retention(fingerprint, "7 days", repeats.KEPT.days, repeats.forget),
    ]


def main() -> None:
    settings = Settings()
    log.setup("intake")
    migrate.upgrade(settings.database_url.get_secret_value(), "intake")
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
