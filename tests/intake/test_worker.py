"""Intake's app and worker on the embedded bus: its events leave, and cases come back."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData
from starlette.testclient import TestClient

from contracts.events import AnyEvent, CaseAcknowledged, CaseDisposed, CaseOpened, Channel, Event, Kind
from contracts.topics import TOPICS
from kit.bus import Message, open_bus
from kit.bus.cloudevents import decode, headers
from kit.db import KIT, transaction
from kit.watching import Ended
from services.intake.settings import Settings
from services.intake.standings import STANDING, follow_cases
from services.intake.tables import Base
from services.intake.worker import create_worker
from tests.intake.test_sms_door import all_of, report, text

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def as_message(event: Event) -> Message:
    about = {"id": str(event.id), "type": event.type, "subject": str(event.subject)}  # type: ignore[attr-defined]
    event_headers = headers(**about, time=event.time, source="routing")
    return Message("cases", str(event.subject).encode(), event_headers, event.model_dump_json().encode())


def opened(id: UUID) -> CaseOpened:
    return CaseOpened(
        subject=id,
        time=NOW,
        kind=Kind.complaint,
        channel=Channel.sms,
        category="jalan-rusak",
        text=None,
        place=None,
        received_at=NOW,
        verified_by="machine",
    )


def test_a_text_reaches_the_bus_and_a_disposal_reaches_the_handset(
    client: TestClient, rows: Engine, settings: Settings, tmp_path: Path
) -> None:
    code, id = report(client, rows, "BJN Jalan rusak, hubungi 0811000000")
    bus, stop = open_bus(settings.bus_url), Ended()
    worker = create_worker(settings)
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    try:
        bus.ensure(TOPICS)
        consumer = bus.consumer("routing", ["reports"])
        (record,) = consumer.poll(20, 10)
        assert decode(record).subject == id
        disposed = CaseDisposed(subject=id, time=NOW, agency="dpu", category="jalan-rusak", reason="jalan")
        bus.producer().send([as_message(opened(id)), as_message(disposed)])
        for _ in range(200):
            if "Dinas Pekerjaan Umum" in text(client, f"CEK {code}"):
                break
            stop.wait(0.05)
        assert "Dinas Pekerjaan Umum" in text(client, f"CEK {code}")
    finally:
        stop.set()
        running.join()
        worker.bus.close()
        worker.engine.dispose()
        bus.close()
    for path in tmp_path.glob("bus.sqlite*"):
        assert b"811000000" not in path.read_bytes()


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_the_standing_does_not_depend_on_where_a_batch_is_cut(rows: Engine, settings: Settings, cut: int) -> None:
    id = UUID(int=7)
    events: list[AnyEvent] = [
        opened(id),
        CaseDisposed(subject=id, time=NOW, agency="dpu", category="jalan-rusak", reason="jalan"),
        CaseAcknowledged(subject=id, time=NOW, agency="dpu"),
    ]
    for part in (events[:cut], events[cut:]):
        with transaction(rows) as session:
            follow_cases(session, part)
    (standing,) = all_of(rows, STANDING)
    assert (standing["status"], standing["agency"]) == ("in_progress", "dpu")


def test_the_migrations_make_the_tables_that_the_code_describes(rows: Engine) -> None:
    whole = MetaData()
    for table in (*Base.metadata.tables.values(), *KIT.tables.values()):
        table.to_metadata(whole)
    with rows.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, whole) == []
