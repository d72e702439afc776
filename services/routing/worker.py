"""Routing's worker: `python -m services.routing.worker`."""

import logging
from datetime import UTC, datetime

from contracts.region import Region, load_region
from contracts.region.today import remarks
from kit import log, migrate, worker
from kit.bus import open_bus
from kit.db import open_engine
from kit.jobs.courier import Courier
from kit.jobs.ticks import REST
from kit.retention import Retention
from kit.worker import Tick, Worker
from services.routing import feed, rescheduling
from services.routing.deliveries import WebhookDeliveries
from services.routing.feed_tables import AGENCY_EVENT
from services.routing.handlers import Handlers
from services.routing.models import ModelInUse
from services.routing.rules import Rules
from services.routing.sending import Sender
from services.routing.settings import Settings

logger = logging.getLogger(__name__)

RING_EACH = 15.0
"""Seconds between two looks for clocks that ring; enough, as deadlines are ends of days."""


def create_worker(settings: Settings, region: Region | None = None) -> Worker:
    rules = Rules(region or load_region(settings.region))
    handlers = Handlers(rules, models=ModelInUse(settings.region))
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    courier = Courier(engine, WebhookDeliveries(Sender(private=settings.private_webhooks)))
    ticks = (
        Tick(rescheduling.EACH, rescheduling.Rescheduling(rules).reschedule, dated=True, rests=REST),
        Tick(RING_EACH, handlers.ring_clocks, dated=True),
        Tick(feed.ORDER_EACH, feed.put_in_order, rests=REST),
        courier.tick,
    )
    return Worker(
        "routing",
        engine,
        open_bus(settings.bus_url),
        batch=handlers,
        ticks=ticks,
        keeping=settings.keeping,
        retentions=retentions(settings),
    )


def retentions(settings: Settings) -> list[Retention]:
    """For how long routing's own tables are kept; those that are not here are kept with their report."""
    return [Retention(AGENCY_EVENT, "keep_agency_events_days", settings.keep_agency_events_days, feed.forget)]


def main() -> None:
    settings = Settings()
    log.setup("routing")
    for remark in remarks(settings.region, datetime.now(UTC)):
        logger.warning("%s", remark)
    migrate.upgrade(settings.database_url.get_secret_value(), "routing")
    worker.serve(create_worker(settings), settings)


if __name__ == "__main__":
    main()
