"""The outbox: what is sent, in which order, under which lock, and how long it has waited."""

import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from contracts.events import ReportWithdrawn
from kit import outbox, side_work
from kit.bus import BusUnavailable, Producer
from kit.db import exclusive, transaction
from kit.side_work import Queued, Relay
from tests.kit.conftest import Bus, amended, oldest, read


class Abandoned(Exception):
    pass


def test_what_is_rolled_back_is_not_sent(database: Engine, bus: Bus, producer: Producer) -> None:
    def give_up() -> None:
        with transaction(database) as session:
            outbox.publish(session, amended("never"))
            raise Abandoned

    with pytest.raises(Abandoned):
        give_up()
    assert outbox.relay(database, producer, "intake") == 0
    assert read(bus, "reports") == []


def test_what_the_bus_refused_is_sent_again_in_order(database: Engine, bus: Bus, producer: Producer) -> None:
    report = uuid4()
    events = [amended(str(n), report) for n in range(3)]
    with transaction(database) as session:
        outbox.publish(session, *events)
    bus.away = True
    with pytest.raises(BusUnavailable):
        outbox.relay(database, producer, "intake")
    bus.away = False
    assert outbox.relay(database, producer, "intake") == 3
    assert outbox.relay(database, producer, "intake") == 0
    assert [dict(r.headers)["ce_id"].decode() for r in read(bus, "reports")] == [str(e.id) for e in events]


def test_an_outbox_that_drains_says_how_long_its_oldest_event_has_waited(
    database: Engine, bus: Bus, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(side_work, "time", SimpleNamespace(monotonic=lambda: now))
    relay = Relay("routing", database, bus, threading.Event())
    long_ago = datetime(2010, 1, 1, tzinfo=UTC)
    with transaction(database) as session:
        outbox.publish(session, *(ReportWithdrawn(time=long_ago, subject=uuid4()) for _ in range(3)))
    seen = []
    for _ in range(4):
        relay.look()
        seen.append(oldest("outbox"))
        outbox.relay(database, producer, "routing", batch=1)
        now += 600
    assert seen == [0, 600, 1200, 0]


def test_the_oldest_unsent_event_has_waited_since_a_look_saw_its_number_or_a_higher_one() -> None:
    queued = Queued()
    since = []
    for ends, at in (((1, 100), 0), ((50, 200), 10), ((101, 200), 20), ((150, 201), 30), ((201, 300), 40), (None, 50)):
        queued.look(ends, at)
        since.append(queued.since)
    assert since == [0, 0, 10, 10, 30, None]


def test_looks_that_follow_each_other_closely_never_make_an_event_younger() -> None:
    queued = Queued()
    for n in range(100_000):
        queued.look((1, 1 + n), n / 1000)
    assert queued.since == 0
    queued.look((99_000, 100_000), 100)
    assert queued.since == pytest.approx(99, abs=side_work.LOOK_EACH)


def test_only_an_outbox_with_something_unsent_is_locked(
    database: Engine, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks: list[str] = []

    def noted(engine: Engine, name: str) -> AbstractContextManager[bool]:
        locks.append(name)
        return exclusive(engine, name)

    monkeypatch.setattr(outbox, "exclusive", noted)
    assert outbox.relay(database, producer, "intake") == 0
    assert locks == []
    with transaction(database) as session:
        outbox.publish(session, amended("unsent"))
    assert outbox.relay(database, producer, "intake") == 1
    assert locks == ["relay"]
