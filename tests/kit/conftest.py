"""A worker, the bus and the database it stands on, and what its tests ask of them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select
from sqlmodel import Session

from contracts.events import Event, ReportAmended
from contracts.topics import TOPICS
from kit import outbox, telemetry
from kit.bus import BusRecord, BusUnavailable, Consumer, Message, Producer
from kit.bus.embedded import EmbeddedBus
from kit.db import transaction
from kit.watching import Ended
from kit.worker import Worker

METADATA = MetaData()
NOTES = Table("notes", METADATA, Column("number", Integer, primary_key=True), Column("words", String(200)))


class Bus(EmbeddedBus):
    """The embedded bus, which can be told to be away."""

    away = False

    def producer(self) -> Producer:  # type: ignore[override]  # one that refuses
        return Refusing(self, super().producer())


class Refusing:
    def __init__(self, bus: Bus, real: Producer) -> None:
        self._bus, self._real = bus, real

    def send(self, messages: Sequence[Message]) -> None:
        if self._bus.away:
            raise BusUnavailable("away")
        self._real.send(messages)

    def close(self) -> None:
        self._real.close()


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    bus = Bus(str(tmp_path / "bus.sqlite"))
    bus.ensure(TOPICS)
    return bus


@pytest.fixture
def database(engine: Engine) -> Engine:
    METADATA.create_all(engine)
    return engine


@pytest.fixture
def consumer(bus: Bus) -> Iterator[Consumer]:
    with closing(bus.consumer("routing", ["reports"])) as consumer:
        yield consumer


@pytest.fixture
def producer(bus: Bus) -> Iterator[Producer]:
    with closing(bus.producer()) as producer:
        yield producer


def amended(words: str, report: UUID | None = None) -> ReportAmended:
    return ReportAmended(time=datetime.now(UTC), subject=report or uuid4(), text=words)


def announce(engine: Engine, producer: Producer, *events: Event) -> None:
    with transaction(engine) as session:
        outbox.publish(session, *events)
    assert outbox.relay(engine, producer, "intake") == len(events)


def note(session: Session, event: ReportAmended) -> None:
    if event.text.startswith("bad"):
        raise ValueError(event.text)
    session.execute(insert(NOTES).values(words=event.text))


def worker(engine: Engine, bus: Bus, handler: Callable[[Session, ReportAmended], None] = note) -> Worker:
    return Worker("routing", engine, bus, {ReportAmended: handler}, pause=0.001)


def run_until(subject: Worker, done: Callable[[], bool]) -> None:
    stop = Ended()
    thread = threading.Thread(target=subject.run, args=(stop,))
    thread.start()
    try:
        end = time.monotonic() + 30
        while not done():
            assert time.monotonic() < end, "it never came to pass"
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()


def notes(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        return list(session.scalars(select(NOTES.c.words).order_by(NOTES.c.number)))


def read(bus: Bus, topic: str) -> list[BusRecord]:
    with closing(bus.consumer(uuid4().hex, [topic])) as consumer:
        return consumer.poll(0, 1000)


def oldest(name: str) -> float | None:
    return telemetry.REGISTRY.get_sample_value(f"pendapa_{name}_oldest_seconds", {"service": "routing"})
