"""Intake's worker: sends the outbox, and follows the events of cases."""

from contracts.region import Region
from kit import log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine
from kit.worker import Worker
from services.intake.settings import Settings
from services.intake.standings import follow_cases


def create_worker(settings: Settings, region: Region | None = None) -> Worker:
    """The worker on its database and its bus. `region` is unused: each service's `create_worker` takes it."""
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    return Worker(
        "intake",
        engine,
        open_bus(settings.bus_url),
        batch=follow_cases,
        keep_sent_days=settings.keep_sent_days,
    )


def main() -> None:
    settings = Settings()
    log.setup("intake")
    migrate.upgrade(settings.database_url.get_secret_value(), "intake")
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
