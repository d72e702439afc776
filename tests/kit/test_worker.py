"""A running worker: its loop, what runs beside it, and what it says of its health."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from contracts.events import ReportAmended
from kit import outbox, telemetry
from kit import worker as loop
from kit.bus import Consumer, Producer
from kit.db import transaction
from kit.worker import Worker
from tests.kit.conftest import Bus, amended, announce, note, notes, oldest, read, run_until, worker


def test_a_running_worker_handles_announces_and_ticks(database: Engine, bus: Bus) -> None:
    ticks: list[datetime] = []
    prepared: list[bool] = []
    subject = Worker(
        "routing",
        database,
        bus,
        {ReportAmended: note},
        prepare=lambda session: prepared.append(session.is_active),
        ticks=[(0.01, lambda session, now: ticks.append(now))],
        pause=0.01,
    )
    bus.away = True
    with transaction(database) as session:
        outbox.publish(session, amended("through the whole loop"))
    healed = threading.Timer(0.3, lambda: setattr(bus, "away", False))
    healed.start()
    run_until(subject, lambda: bool(notes(database)) and len(ticks) > 2)
    assert prepared == [True]
    subject.loop()
    subject.alive()
    subject.database()
    metrics = telemetry.render()[0].decode()
    for name in ("pendapa_parked", "pendapa_outbox_oldest_seconds", "pendapa_unhandled_oldest_seconds", "pendapa_lag"):
        assert f'{name}{{service="routing"}}' in metrics


def test_a_worker_that_is_behind_says_how_long_its_oldest_record_has_waited(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = uuid4()
    announce(database, producer, *(amended(str(n), report) for n in range(3)))
    sent = read(bus, "reports")[0].at / 1000
    late = 3600.0
    seen: list[float | None] = []
    monkeypatch.setattr(loop, "time", SimpleNamespace(time=lambda: sent + late, monotonic=time.monotonic))
    monkeypatch.setattr(loop, "LIMIT", 1)

    def slowly(session: Session, event: ReportAmended) -> None:
        nonlocal late
        seen.append(oldest("unhandled"))
        late += 60
        seen.append(oldest("unhandled"))

    subject = worker(database, bus, slowly)
    assert oldest("unhandled") == 0
    for _ in range(3):
        assert subject.handle_batch(consumer, producer) == 1
        seen.append(oldest("unhandled"))
    assert seen == pytest.approx([3600, 3660, 3660, 3660, 3720, 3720, 3720, 3780, 3780])
    assert subject.handle_batch(consumer, producer, timeout=0) == 0
    assert oldest("unhandled") == 0


def test_a_record_that_a_lost_database_keeps_waiting_is_not_forgotten_by_the_figure(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(database, producer, amended("waits"))
    sent = read(bus, "reports")[0].at / 1000

    def lose_the_database(session: Session, event: ReportAmended) -> None:
        raise OperationalError("SELECT", None, OSError("the server went away"))

    subject = worker(database, bus, lose_the_database)
    with pytest.raises(OperationalError):
        subject.handle_batch(consumer, producer)
    consumer.rewind()
    monkeypatch.setattr(loop, "time", SimpleNamespace(time=lambda: sent + 86_400, monotonic=time.monotonic))
    assert oldest("unhandled") == pytest.approx(86_400)


def test_a_tick_that_fails_ends_nothing(database: Engine, bus: Bus) -> None:
    tries: list[int] = []

    def fails(session: Session, now: datetime) -> None:
        tries.append(1)
        raise ValueError

    run_until(Worker("routing", database, bus, ticks=[(0.01, fails)]), lambda: len(tries) > 2)


@pytest.mark.parametrize(("service", "relays"), [("intake", True), ("routing", True), ("publish", False)])
def test_only_a_service_that_produces_a_topic_runs_a_relay(
    database: Engine, bus: Bus, monkeypatch: pytest.MonkeyPatch, service: str, relays: bool
) -> None:
    subject = Worker(service, database, bus)
    running: set[str] = set()

    def one_batch(consumer: Consumer, producer: Producer) -> int:
        running.update(thread.name for thread in threading.enumerate())
        return 0

    monkeypatch.setattr(subject, "handle_batch", one_batch)
    run_until(subject, lambda: bool(running))
    assert f"{service} ticks" in running
    assert (f"{service} relay" in running) is relays


def loops(subject: Worker) -> bool:
    try:
        subject.loop()
    except RuntimeError:
        return False
    return True


def test_a_worker_is_ready_from_the_opening_of_its_bus_through_a_slow_first_batch(
    database: Engine, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(loop, "time", SimpleNamespace(time=time.time, monotonic=lambda: now))
    subject, opened = worker(database, bus), bus.consumer
    answers: list[bool] = []

    def opening(group: str, topics: Sequence[str]) -> Consumer:
        answers.append(loops(subject))
        return opened(group, topics)

    def slow_batch(consumer: Consumer, producer: Producer) -> int:
        nonlocal now
        for _ in range(3):
            answers.append(loops(subject))
            now += 40
        return 0

    monkeypatch.setattr(bus, "consumer", opening)
    monkeypatch.setattr(subject, "handle_batch", slow_batch)
    run_until(subject, lambda: len(answers) >= 4)
    assert answers[:4] == [False, True, True, False]
