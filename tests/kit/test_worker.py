"""What happens between a worker's steps: refusals, repeats, failures, outages."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from contracts.events import AnyEvent, Event, ReportAmended, ReportWithdrawn
from contracts.topics import TOPICS, parked
from kit import outbox, side_work, telemetry
from kit import parked as parking
from kit import worker as loop
from kit.bus import BusUnavailable, Consumer, Message, Producer, Record
from kit.bus.embedded import EmbeddedBus
from kit.db import transaction
from kit.side_work import Queued, Relay
from kit.worker import TooManyUnreadable, Worker

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


def notes(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        return list(session.scalars(select(NOTES.c.words).order_by(NOTES.c.number)))


def waiting(engine: Engine) -> list[tuple[str | None, str]]:
    with transaction(engine) as session:
        rows = session.execute(
            select(parking.PARKED.c.report, parking.PARKED.c.reason).order_by(parking.PARKED.c.number)
        )
        return [(report, reason) for report, reason in rows]


def read(bus: Bus, topic: str) -> list[Record]:
    with closing(bus.consumer(uuid4().hex, [topic])) as consumer:
        return consumer.poll(0, 1000)


def broken(report: UUID, offset: int = 0) -> Message:
    return Message("reports", str(report).encode(), (("ce_id", b"?"),), b"not json %d" % offset)


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


def test_an_event_delivered_twice_is_handled_once(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    event = amended("once")
    announce(database, producer, event)
    announce(database, producer, event, amended("other"))
    subject = worker(database, bus)
    assert subject.turn(consumer, producer) == 3
    consumer.close()
    with closing(bus.consumer("again", ["reports"])) as again:
        assert subject.turn(again, producer) == 3
    assert sorted(notes(database)) == ["once", "other"]


def test_offsets_move_only_after_the_work_is_committed(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    announce(database, producer, amended("first"))
    refused: list[int] = []

    def lose_the_database_once(session: Session, event: ReportAmended) -> None:
        note(session, event)
        if not refused:
            refused.append(1)
            raise OperationalError("COMMIT", None, OSError("the server went away"))

    subject = worker(database, bus, lose_the_database_once)
    with pytest.raises(OperationalError):
        subject.turn(consumer, producer)
    assert notes(database) == []
    assert consumer.lag() == 1
    consumer.rewind()
    assert subject.turn(consumer, producer) == 1
    assert (notes(database), consumer.lag()) == (["first"], 0)


def test_a_report_that_fails_waits_with_its_later_events_and_others_go_on(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    ill = uuid4()
    announce(database, producer, amended("a"), amended("bad", ill), amended("after", ill), amended("b"))
    subject = worker(database, bus)
    assert subject.turn(consumer, producer) == 4
    announce(database, producer, amended("later still", ill), amended("c"))
    assert subject.turn(consumer, producer) == 2
    assert sorted(notes(database)) == ["a", "b", "c"]
    assert waiting(database) == [(str(ill), "ValueError"), (str(ill), parking.WAITS), (str(ill), parking.WAITS)]
    assert consumer.lag() == 0


def test_a_record_that_fails_once_is_not_parked(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    announce(database, producer, amended("x"))
    failures = iter([ValueError(), ValueError()])

    def fail_twice(session: Session, event: ReportAmended) -> None:
        for failure in failures:
            raise failure
        note(session, event)

    worker(database, bus, fail_twice).turn(consumer, producer)
    assert (notes(database), waiting(database)) == (["x"], [])


def test_a_parked_report_is_handled_in_order_once_its_failure_is_mended(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    ill = uuid4()
    announce(database, producer, amended("bad 1", ill), amended("2", ill), amended("3", ill))
    worker(database, bus).turn(consumer, producer)
    consumer.close()

    def mended(session: Session, event: ReportAmended) -> None:
        session.execute(insert(NOTES).values(words=event.text))

    run_until(worker(database, bus, mended), lambda: len(notes(database)) == 3)
    assert notes(database) == ["bad 1", "2", "3"]
    assert waiting(database) == []


def test_an_unreadable_record_is_parked_with_its_bytes_on_both_sides(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    report = uuid4()
    producer.send([broken(report)])
    announce(database, producer, amended("fine", report))
    worker(database, bus).turn(consumer, producer)
    [copy] = read(bus, parked("reports"))
    assert (copy.key, copy.value) == (str(report).encode(), b"not json 0")
    assert dict(copy.headers)["pendapa_topic"] == b"reports"
    assert dict(copy.headers)["ce_id"] == b"?"
    [(nobody, _)] = waiting(database)
    assert nobody is None
    assert notes(database) == ["fine"]


def test_an_unreadable_record_that_comes_again_is_parked_once(database: Engine, bus: Bus, producer: Producer) -> None:
    producer.send([broken(uuid4())])
    for group in ("one", "two"):
        with closing(bus.consumer(group, ["reports"])) as consumer:
            worker(database, bus).turn(consumer, producer)
    assert len(waiting(database)) == 1


def test_ten_unreadable_records_in_a_row_stop_the_worker_and_are_not_committed(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    report = uuid4()
    producer.send([broken(report, n) for n in range(10)])
    with pytest.raises(TooManyUnreadable):
        worker(database, bus).turn(consumer, producer)
    assert waiting(database) == []
    assert consumer.lag() == 10


def test_a_handler_without_an_event_of_its_own_passes_it_over(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    announce(database, producer, ReportWithdrawn(time=datetime.now(UTC), subject=uuid4()))
    assert worker(database, bus).turn(consumer, producer) == 1
    assert waiting(database) == []


def test_a_batch_handler_gets_the_events_of_a_report_in_order(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    report = uuid4()
    announce(database, producer, *(amended(str(n), report) for n in range(20)))
    batches: list[list[str]] = []

    def keep(session: Session, events: Sequence[AnyEvent]) -> None:
        batches.append([event.text for event in events if isinstance(event, ReportAmended)])

    Worker("routing", database, bus, batch=keep).turn(consumer, producer)
    assert batches == [[str(n) for n in range(20)]]


def run_until(subject: Worker, done: Callable[[], bool]) -> None:
    stop = threading.Event()
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


def test_a_lost_database_is_waited_for_and_nothing_is_skipped(database: Engine, bus: Bus, producer: Producer) -> None:
    announce(database, producer, *(amended(str(n)) for n in range(5)))
    losses = iter(range(3))

    def lose_the_database(session: Session, event: ReportAmended) -> None:
        for _ in losses:
            raise OperationalError("SELECT", None, OSError("the server went away"))
        note(session, event)

    run_until(worker(database, bus, lose_the_database), lambda: len(notes(database)) == 5)
    assert sorted(notes(database)) == list("01234")
    assert waiting(database) == []


def test_a_running_worker_handles_announces_and_ticks(database: Engine, bus: Bus, tmp_path: Path) -> None:
    ticks: list[datetime] = []
    prepared: list[bool] = []
    subject = Worker(
        "routing",
        database,
        bus,
        {ReportAmended: note},
        prepare=lambda session: prepared.append(session.is_active),
        ticks=[(0.01, lambda session, now: ticks.append(now))],
        alive_file=tmp_path / "alive",
        pause=0.01,
    )
    bus.away = True
    with transaction(database) as session:
        outbox.publish(session, amended("through the whole loop"))
    healed = threading.Timer(0.3, lambda: setattr(bus, "away", False))
    healed.start()
    run_until(subject, lambda: bool(notes(database)) and len(ticks) > 2)
    assert prepared == [True]
    assert (tmp_path / "alive").exists()
    subject.turning()
    subject.database()
    metrics = telemetry.render()[0].decode()
    for name in ("pendapa_parked", "pendapa_outbox_oldest_seconds", "pendapa_unhandled_oldest_seconds", "pendapa_lag"):
        assert f'{name}{{service="routing"}}' in metrics


def oldest(name: str) -> float | None:
    return telemetry.REGISTRY.get_sample_value(f"pendapa_{name}_oldest_seconds", {"service": "routing"})


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
        assert subject.turn(consumer, producer) == 1
        seen.append(oldest("unhandled"))
    assert seen == pytest.approx([3600, 3660, 3660, 3660, 3720, 3720, 3720, 3780, 3780])
    assert subject.turn(consumer, producer, timeout=0) == 0
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
        subject.turn(consumer, producer)
    consumer.rewind()
    monkeypatch.setattr(loop, "time", SimpleNamespace(time=lambda: sent + 86_400, monotonic=time.monotonic))
    assert oldest("unhandled") == pytest.approx(86_400)


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


def test_a_tick_that_fails_ends_nothing(database: Engine, bus: Bus) -> None:
    tries: list[int] = []

    def fails(session: Session, now: datetime) -> None:
        tries.append(1)
        raise ValueError

    run_until(Worker("routing", database, bus, ticks=[(0.01, fails)]), lambda: len(tries) > 2)


def test_a_rebalance_in_mid_batch_handles_every_event_once(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    announce(database, producer, *(amended(str(n)) for n in range(40)))
    joined: list[Consumer] = []

    def interrupt(session: Session, event: ReportAmended) -> None:
        if not joined:
            joined.append(bus.consumer("routing", ["reports"]))
        note(session, event)

    subject = worker(database, bus, interrupt)
    subject.turn(consumer, producer)
    [newcomer] = joined
    with closing(newcomer):
        assert subject.turn(newcomer, producer) > 0  # what the first one handled, and could not commit
        assert subject.turn(consumer, producer, timeout=0) == 0
        assert sorted(notes(database), key=int) == [str(n) for n in range(40)]
