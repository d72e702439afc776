"""The outbox: what is sent, in which order, under which lock, and how long it has waited."""

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import Engine, delete, select

from contracts.events import CaseHidden, ReportWithdrawn
from kit import outbox, retention, sent, side_work
from kit.bus import BusUnavailable, Message, Producer
from kit.bus.cloudevents import numbering
from kit.db import snapshot, transaction
from kit.locks import exclusive
from kit.side_work import Queued, Relay
from pendapa.replay import FIRST
from tests.kit.conftest import Bus, amended, announce, oldest, read


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


def numbers(bus: Bus) -> list[tuple[bytes, int, str | None]]:
    """The body, the number and the id of the event before it, of each record, oldest first."""
    told = [(record.value, numbering(record)) for record in sorted(read(bus, "reports"), key=lambda each: each.offset)]
    return [(value, each.seq, each.after) for value, each in told if each is not None]


def test_each_event_is_numbered_among_those_of_its_report_and_kept(
    database: Engine, bus: Bus, producer: Producer
) -> None:
    report = uuid4()
    one, two, three = (amended(str(n), report) for n in range(3))
    announce(database, producer, one, amended("other"), two)
    announce(database, producer, three)
    told = [each for each in numbers(bus) if b"other" not in each[0]]
    assert [(seq, after) for _, seq, after in told] == [(1, None), (2, str(one.id)), (3, str(two.id))]
    with snapshot(database) as session:
        kept = [each for some in sent.kept_events(session, [], report=str(report), since=None) for each in some]
    assert [(each.id, each.seq) for each in kept] == [(str(e.id), n) for n, e in enumerate((one, two, three), 1)]


class Dying:
    """A producer whose process dies once everything is sent."""

    def __init__(self, real: Producer) -> None:
        self._real = real

    def send(self, messages: Sequence[Message]) -> None:
        self._real.send(messages)
        raise Abandoned

    def close(self) -> None: ...


def test_an_event_has_the_same_number_when_a_crash_sends_it_again(
    database: Engine, bus: Bus, producer: Producer
) -> None:
    report = uuid4()
    with transaction(database) as session:
        outbox.publish(session, amended("a", report), amended("b", report))
    with pytest.raises(Abandoned):
        outbox.relay(database, Dying(producer), "intake")
    outbox.relay(database, producer, "intake")
    assert [seq for _, seq, _ in numbers(bus)] == [1, 2, 1, 2]


def test_what_a_relay_of_the_first_version_sends_leaves_no_hole_in_the_numbers(
    database: Engine, bus: Bus, producer: Producer
) -> None:
    report = uuid4()
    first, third = amended("1", report), amended("3", report)
    announce(database, producer, first)
    with transaction(database) as session:  # it sends without a number, and keeps nothing
        outbox.publish(session, amended("2", report))
        session.execute(delete(outbox.OUTBOX))
    announce(database, producer, third)
    assert [(seq, after) for _, seq, after in numbers(bus)] == [(1, None), (2, str(first.id))]


def test_an_event_that_is_sent_again_has_its_number_of_before(database: Engine, bus: Bus, producer: Producer) -> None:
    report = uuid4()
    announce(database, producer, *(amended(str(n), report) for n in range(3)))
    for queued in (2, 0):  # a second time they are in the outbox already
        with transaction(database) as session:
            kept = [each for some in sent.kept_events(session, [], report=None, since=None) for each in some]
            assert outbox.send_again(session, kept[1:]) == queued
    with transaction(database) as session:
        outbox.publish(session, amended("3", report))
    outbox.relay(database, producer, "intake")
    assert [seq for _, seq, _ in numbers(bus)] == [1, 2, 3, 2, 3, 4]
    with snapshot(database) as session:
        assert len(session.execute(select(sent.SENT)).all()) == 4


def test_what_was_sent_long_ago_is_forgotten_and_its_count_goes_on(
    database: Engine, bus: Bus, producer: Producer
) -> None:
    report = uuid4()
    announce(database, producer, amended("1", report), amended("2", report))
    with transaction(database) as session:
        sent.forget(session, datetime.now(UTC) + timedelta(days=1))
        assert list(sent.kept_events(session, [], report=None, since=None)) == []
    assert b'"2"' not in words_kept(database)
    announce(database, producer, amended("3", report))
    # Nobody can have the event before it any more, so nobody is told to wait for it.
    assert numbers(bus)[-1][1:] == (3, None)


@pytest.mark.parametrize(("days", "kept"), [(59, 0), (61, 1), (None, 1)])
def test_sent_events_are_kept_for_as_many_days_as_the_setting_says(
    database: Engine, producer: Producer, days: int | None, kept: int
) -> None:
    announce(database, producer, amended("words"))
    with transaction(database) as session:
        for tick in retention.ticks(retention.of_kit(retention.Keeping(sent=days))):
            tick.work(session, datetime.now(UTC) + timedelta(days=60))
    assert len(words_kept(database)) == kept * len(b'{"text":"words"}')


def words_kept(database: Engine) -> bytes:
    with snapshot(database) as session:
        return b" ".join(bytes(body) for body in session.scalars(select(sent.SENT.c.body)) if body is not None)


def test_hidings_are_sent_again_before_anything_else(database: Engine, producer: Producer) -> None:
    report = uuid4()
    hidden = CaseHidden(time=datetime.now(UTC), subject=report, reason="names a person")
    announce(database, producer, amended("words", report), hidden)
    with snapshot(database) as session:
        kept = [each.type for some in sent.kept_events(session, FIRST, report=None, since=None) for each in some]
    assert kept == ["case.hidden.v1", "report.amended.v1"]
