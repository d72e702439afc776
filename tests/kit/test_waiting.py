"""What this version does not know waits with its report, in order; so does what lacks the event before it."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter
from sqlalchemy import Engine, insert, text
from sqlmodel import Session

from contracts.events import CaseHidden, Event, ReportAmended
from kit import inbox, parked, telemetry, waiting
from kit.bus import BusRecord, Consumer, Message, Producer, cloudevents
from kit.bus.cloudevents import Numbering, headers
from kit.db import KIT, open_engine, snapshot, transaction
from kit.delivery import Delivery, Handlers, one_by_one
from kit.reading import read
from kit.worker import Worker
from tests.kit.conftest import METADATA, NOTES, Bus, note, notes, run_until, worker

MERGED = "report.merged.v1"


class ReportMerged(Event):
    """An event that only a newer version knows."""

    type: Literal["report.merged.v1"] = "report.merged.v1"
    text: str


class Numbered(NamedTuple):
    """Events of one report, as its producer sends them."""

    report: UUID
    ids: tuple[UUID, ...]

    def message(
        self, seq: int, words: str = "", *, type: str = "report.amended.v1", body: bytes = b"", numbered: bool = True
    ) -> Message:
        after = str(self.ids[seq - 2]) if seq > 1 else None
        about = {"id": str(self.ids[seq - 1]), "type": type, "subject": str(self.report)}
        told = headers(
            **about, time=datetime.now(UTC), source="intake", numbering=Numbering(seq, after) if numbered else None
        )
        words = words or f"{seq}"
        return Message("reports", str(self.report).encode(), told, body or b'{"text":"%s"}' % words.encode())


def life(count: int = 9) -> Numbered:
    return Numbered(uuid4(), tuple(uuid4() for _ in range(count)))


@contextmanager
def newer_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Code that knows one event more."""
    known = TypeAdapter(Annotated[ReportMerged | ReportAmended | CaseHidden, Field(discriminator="type")])
    with monkeypatch.context() as patched:
        patched.setattr(cloudevents, "ANY_EVENT", known)
        yield


def write(session: Session, event: ReportAmended | ReportMerged | CaseHidden) -> None:
    words = event.reason if isinstance(event, CaseHidden) else event.text
    if words.startswith("bad"):
        raise ValueError(words)
    session.execute(insert(NOTES).values(words=words))


def writer(engine: Engine, bus: Bus) -> Worker:
    handlers: Handlers = {ReportAmended: write, ReportMerged: write, CaseHidden: write}
    return Worker("routing", engine, bus, handlers, pause=0.001)


def put_aside(engine: Engine) -> tuple[int, int]:
    """How many events wait, and how many are parked."""
    with snapshot(engine) as session:
        return waiting.count(session), parked.count(session)


def test_an_unknown_type_waits_with_what_follows_it_and_other_reports_go_on(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one, other = life(), life()
    producer.send([one.message(1), one.message(2, type=MERGED), one.message(3), other.message(1, "other")])
    subject = writer(database, bus)
    assert subject.handle_batch(consumer, producer) == 4
    producer.send([one.message(4)])
    subject.handle_batch(consumer, producer)
    assert sorted(notes(database)) == ["1", "other"]
    assert put_aside(database) == (3, 0)
    assert consumer.lag() == 0


@pytest.mark.parametrize("body", [b'{"text":"2","satisfied":"a little"}', b"{}"])
def test_a_value_that_this_version_does_not_know_waits_too(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, body: bytes
) -> None:
    one = life()
    producer.send([one.message(1), one.message(2, type="report.feedback.v1", body=body), one.message(3)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == ["1"]
    assert put_aside(database) == (2, 0)


def test_the_version_that_knows_them_takes_waiting_events_up_at_its_start_in_order(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = life()
    producer.send([one.message(n, type=MERGED if n in (2, 4) else "report.amended.v1") for n in range(1, 7)])
    writer(database, bus).handle_batch(consumer, producer)
    consumer.close()
    Delivery(database, one_by_one({ReportAmended: write}), threading.Event(), 0.001).take_up()
    assert notes(database) == ["1"]
    with newer_version(monkeypatch):
        run_until(writer(database, bus), lambda: len(notes(database)) == 6)
    assert notes(database) == list("123456")
    assert put_aside(database) == (0, 0)


def test_why_an_event_waits_is_told_anew_when_the_one_before_it_is_taken_up(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = life()
    producer.send([one.message(1, type=MERGED), one.message(3)])
    writer(database, bus).handle_batch(consumer, producer)
    assert reasons(database) == ["this version does not know the type report.merged.v1"]
    with newer_version(monkeypatch):
        Delivery(database, one_by_one({ReportMerged: write}), threading.Event(), 0.001).take_up()
    assert reasons(database) == [waiting.MISSING]


def reasons(engine: Engine) -> list[str]:
    with snapshot(engine) as session:
        return waiting.reasons(session)


def test_unknown_events_without_end_do_not_stop_the_worker(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    producer.send([life().message(1, type=MERGED) for _ in range(30)])
    assert writer(database, bus).handle_batch(consumer, producer) == 30
    assert put_aside(database) == (30, 0)


def test_what_waits_is_a_warning_that_names_no_report_and_is_counted(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one, other = life(), life()
    producer.send([one.message(1, type=MERGED), one.message(2), other.message(2)])
    subject = writer(database, bus)
    subject.handle_batch(consumer, producer)
    assert subject.warning() is None
    consumer.close()
    run_until(subject, lambda: subject.warning() is not None)
    assert metric("waiting") == 3
    assert subject.warning() == (
        "routing keeps events waiting: an earlier event of a report is missing; "
        "this version does not know the type report.merged.v1"
    )


def test_a_hiding_waits_behind_no_other_event_and_is_handled_once(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, hiding = life(), b'{"reason":"hidden"}'
    producer.send([one.message(1, type=MERGED), one.message(2)])
    producer.send([one.message(3, type="case.hidden.v1", body=hiding), one.message(4)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == ["hidden"]
    consumer.close()
    with newer_version(monkeypatch):
        run_until(writer(database, bus), lambda: len(notes(database)) == 4)
    assert notes(database) == ["hidden", "1", "2", "4"]
    assert put_aside(database) == (0, 0)


def test_a_hiding_does_not_wait_for_a_parked_report_or_a_missing_event(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    ill, gap = life(), life()
    hidden = [one.message(2, type="case.hidden.v1", body=b'{"reason":"hidden"}') for one in (ill, gap)]
    producer.send([ill.message(1, "bad"), *hidden, ill.message(3), gap.message(3)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == ["hidden", "hidden"]
    assert put_aside(database) == (1, 1)
    producer.send([gap.message(1)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == ["hidden", "hidden", "1", "3"]


def test_an_event_waits_for_the_one_before_it_which_releases_it(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one = life()
    subject = writer(database, bus)
    for seq in (3, 4, 2):
        producer.send([one.message(seq)])
        subject.handle_batch(consumer, producer)
    assert notes(database) == []
    assert put_aside(database) == (3, 0)
    producer.send([one.message(1)])
    subject.handle_batch(consumer, producer)
    assert notes(database) == ["1", "2", "3", "4"]
    assert put_aside(database) == (0, 0)


def test_events_without_numbers_are_taken_once_among_those_with_numbers(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one = life()
    mixed = [one.message(n, numbered=n % 2 == 0) for n in range(1, 6)]
    producer.send(mixed)
    producer.send(mixed)
    producer.send([one.message(3)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == list("12345")
    assert put_aside(database) == (0, 0)


def test_what_a_process_of_the_first_version_handled_is_never_missing(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one = life()
    with transaction(database) as session:
        session.execute(insert(inbox.INBOX).values(id=str(one.ids[0]), claimed_at=datetime.now(UTC)))
        inbox.forget(session, datetime.now(UTC) + timedelta(days=1))
    producer.send([one.message(1), one.message(2)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == ["2"]


def test_a_number_says_that_an_event_was_handled_when_its_claim_is_forgotten(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one = life()
    producer.send([one.message(1), one.message(2)])
    writer(database, bus).handle_batch(consumer, producer)
    with transaction(database) as session:
        inbox.forget(session, datetime.now(UTC) + timedelta(days=1))
    producer.send([one.message(3)])
    writer(database, bus).handle_batch(consumer, producer)
    assert notes(database) == ["1", "2", "3"]
    with closing(bus.consumer("late", ["reports"])) as again:
        records = [each._replace(at=1) for each in again.poll(1, 10)]  # sent when claims of it are long forgotten
    with transaction(database) as session:
        inbox.forget(session, datetime.now(UTC) + timedelta(days=1))
    deliver(database, records)
    assert notes(database) == ["1", "2", "3"]


def test_a_report_that_fails_when_taken_up_is_parked_in_order_and_goes_on_once_mended(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    one = life()
    producer.send([one.message(3, "bad"), one.message(2), one.message(4, type=MERGED), one.message(5)])
    subject = writer(database, bus)
    subject.handle_batch(consumer, producer)
    producer.send([one.message(1)])
    subject.handle_batch(consumer, producer)
    assert notes(database) == []
    assert put_aside(database) == (0, 1)
    consumer.close()

    def mended(session: Session, event: ReportAmended) -> None:
        session.execute(insert(NOTES).values(words=event.text))

    run_until(worker(database, bus, mended), lambda: len(notes(database)) == 3)
    assert notes(database) == ["1", "2", "bad"]
    assert put_aside(database) == (2, 0)


def test_one_report_that_fails_when_taken_up_holds_up_no_other(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [life() for _ in range(3)]
    words = ("a", "bad", "c")
    producer.send([one.message(1, said, type=MERGED) for one, said in zip(reports, words, strict=True)])
    writer(database, bus).handle_batch(consumer, producer)
    consumer.close()
    with newer_version(monkeypatch):
        run_until(writer(database, bus), lambda: put_aside(database) == (0, 1))
    assert sorted(notes(database)) == ["a", "c"]


def test_events_that_two_processes_take_up_at_once_are_handled_once(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stop = life(), threading.Event()
    producer.send([one.message(1, type=MERGED), one.message(2)])
    writer(database, bus).handle_batch(consumer, producer)
    arrives = Delivery(database, one_by_one({ReportAmended: write, ReportMerged: write}), stop, 0.001)
    other = threading.Thread(target=lambda: arrives.deliver(read([record(one.message(3))])))

    def interrupted(session: Session, event: ReportAmended | ReportMerged) -> None:
        write(session, event)
        if other.ident is None:
            other.start()
            wait_until_blocked(database)

    with newer_version(monkeypatch):
        Delivery(database, one_by_one({ReportAmended: interrupted, ReportMerged: interrupted}), stop, 0.001).take_up()
        other.join()
    assert notes(database) == ["1", "2", "3"]
    assert put_aside(database) == (0, 0)


def wait_until_blocked(engine: Engine) -> None:
    """Until another connection waits for a lock of ours; on SQLite none can write meanwhile."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    end = time.monotonic() + 30
    while engine.dialect.name == "postgresql" and time.monotonic() < end:
        with engine.connect() as connection:
            if connection.scalar(text(sql)):
                return


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_comes_twice_late_or_not_at_all_each_event_is_handled_once_in_order(data: st.DataObject) -> None:
    reports = [life(5), life(4)]
    every = [(number, seq) for number, one in enumerate(reports) for seq in range(1, len(one.ids) + 1)]
    arrivals = data.draw(st.lists(st.sampled_from(every), max_size=25)) + every
    cuts = data.draw(st.lists(st.integers(1, 7), min_size=len(arrivals), max_size=len(arrivals)))
    with TemporaryDirectory() as folder, closing_engine(f"sqlite:///{folder}/rows.sqlite") as engine:
        while arrivals:
            some = cuts.pop()
            batch, arrivals = arrivals[:some], arrivals[some:]
            deliver(engine, [record(reports[n].message(seq, f"{n}-{seq}")) for n, seq in batch])
        said = notes(engine)
        assert put_aside(engine) == (0, 0)
    for number, one in enumerate(reports):
        mine = [words for words in said if words.startswith(f"{number}-")]
        assert mine == [f"{number}-{seq}" for seq in range(1, len(one.ids) + 1)]


def record(message: Message) -> BusRecord:
    return BusRecord(message.topic, 0, 0, message.key, message.headers, message.value)


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    KIT.create_all(engine)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def deliver(engine: Engine, records: Sequence[BusRecord]) -> None:
    Delivery(engine, one_by_one({ReportAmended: note}), threading.Event(), 0.001).deliver(read(records))


def metric(name: str) -> float | None:
    return telemetry.REGISTRY.get_sample_value(f"pendapa_{name}", {"service": "routing"})
