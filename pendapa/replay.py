"""`pendapa replay`: queues the events that a service lacks in its producers' outboxes, to be sent again."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from contracts.events import AT_ONCE
from contracts.topics import TOPICS
from kit import gaps, inbox, migrate, outbox, sent
from kit.db import open_engine, snapshot, transaction
from kit.sent import SentEvent
from pendapa.fault import Fault
from pendapa.footing import Footing

FIRST = [str(event.model_fields["type"].default) for event in AT_ONCE]
"""A report that was hidden must not be public again until its hiding comes: hidings are sent first."""


def replay(service: str, footing: Footing, data: Path, report: str | None, since: datetime | None) -> int:
    """Queue what `service` lacks; return how many events. The producers' workers send them, at once or once started.

    `since`: only what was sent then or later. Raises `Fault` if a database cannot be used.
    """
    producers = sorted({topic.producer for topic in TOPICS if service in topic.consumers})
    with opened(service, footing, data) as consumer:
        count = sum(_from(producer, consumer, footing, data, report, since) for producer in producers)
        if report is None and since is None:  # all that it lacks comes again, so it may go on after any gap
            with transaction(consumer) as session:
                gaps.set_replayed(session, datetime.now(UTC))
        return count


def _from(
    producer: str, consumer: Engine, footing: Footing, data: Path, report: str | None, since: datetime | None
) -> int:
    count = 0
    with opened(producer, footing, data) as engine, snapshot(engine) as session:
        for some in sent.kept_events(session, FIRST, report=report, since=since):
            lacking = _lacking(consumer, some)
            if lacking:
                with transaction(engine) as writing:
                    count += outbox.send_again(writing, lacking)
    return count


def _lacking(consumer: Engine, events: Sequence[SentEvent]) -> list[SentEvent]:
    """The events that the consumer has not handled, and does not keep waiting or parked.

    For recent events its claims show this; for older ones, whose claims were deleted, their numbers do.
    """
    with snapshot(consumer) as session:
        taken = inbox.taken(session, list({event.subject for event in events}))
        claimed = inbox.claimed(session, [event.id for event in events])
    lately = datetime.now(UTC) - inbox.KEPT
    return [
        event
        for event in events
        if event.id not in claimed and (event.sent_at > lately or event.seq > taken.get(event.subject, 0))
    ]


@contextmanager
def opened(service: str, footing: Footing, data: Path) -> Iterator[Engine]:
    """The service's database, brought to this version. Raises `Fault` if it cannot be used."""
    url = database_url(service, footing, data)
    try:
        migrate.upgrade(url, service)
        engine = open_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
    except (DBAPIError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise Fault(f"The database of {service} cannot be used: {reason}", 1) from error


def database_url(service: str, footing: Footing, data: Path) -> str:
    """What the setting names, else the database in the data folder."""
    if url := os.environ.get(f"{service.upper()}_DATABASE_URL"):
        return url
    store = data.resolve() / footing
    if footing is Footing.embedded:
        file = store / f"{service}.sqlite"
        if not file.is_file():  # SQLite would create it
            raise Fault(f"{file} is not there: give the server's folder with --data")
        return f"sqlite:///{file}"
    if not (store / "postgres" / "port").is_file():
        variable = f"{service.upper()}_DATABASE_URL"
        raise Fault(f"{store} has no PostgreSQL: give the server's folder with --data, or {variable}")
    from pendapa.live.postgres import Postgres  # here: its driver is slow to load, and the other footing has none

    return Postgres(store / "postgres").url(service)
