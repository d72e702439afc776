"""What happens between a delivery's steps: repeats, failures, what is unreadable, parking and trying again."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from contracts.events import AnyEvent, ReportAmended, ReportWithdrawn
from contracts.topics import parked
from kit import parked as parking
from kit import reading
from kit.bus import BusRecord, Consumer, Message, Producer
from kit.db import transaction
from kit.worker import Worker
from tests.kit.conftest import NOTES, Bus, amended, announce, note, notes, read, run_until, worker


def waiting(engine: Engine) -> list[tuple[str | None, str]]:
    with transaction(engine) as session:
        rows = session.execute(
            select(parking.PARKED.c.report, parking.PARKED.c.reason).order_by(parking.PARKED.c.number)
        )
        return [(report, reason) for report, reason in rows]


def broken(report: UUID, offset: int = 0) -> Message:
    return Message("reports", str(report).encode(), (("ce_id", b"?"),), b"not json %d" % offset)


def test_an_event_delivered_twice_is_handled_once(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    event = amended("once")
    announce(database, producer, event)
    announce(database, producer, event, amended("other"))
    subject = worker(database, bus)
    assert subject.handle_batch(consumer, producer) == 3
    consumer.close()
    with closing(bus.consumer("again", ["reports"])) as again:
        assert subject.handle_batch(again, producer) == 3
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
        subject.handle_batch(consumer, producer)
    assert notes(database) == []
    assert consumer.lag() == 1
    consumer.rewind()
    assert subject.handle_batch(consumer, producer) == 1
    assert (notes(database), consumer.lag()) == (["first"], 0)


def test_a_report_that_fails_waits_with_its_later_events_and_others_go_on(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    ill = uuid4()
    announce(database, producer, amended("a"), amended("bad", ill), amended("after", ill), amended("b"))
    subject = worker(database, bus)
    assert subject.handle_batch(consumer, producer) == 4
    announce(database, producer, amended("later still", ill), amended("c"))
    assert subject.handle_batch(consumer, producer) == 2
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

    worker(database, bus, fail_twice).handle_batch(consumer, producer)
    assert (notes(database), waiting(database)) == (["x"], [])


def test_a_parked_report_is_handled_in_order_once_its_failure_is_mended(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    ill = uuid4()
    announce(database, producer, amended("bad 1", ill), amended("2", ill), amended("3", ill))
    worker(database, bus).handle_batch(consumer, producer)
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
    worker(database, bus).handle_batch(consumer, producer)
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
            worker(database, bus).handle_batch(consumer, producer)
    assert len(waiting(database)) == 1


def test_unreadable_records_in_a_row_hold_back_no_good_one_and_end_no_worker(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    report = uuid4()
    producer.send([broken(report, n) for n in range(30)])
    announce(database, producer, amended("good", report))
    producer.send([broken(report, n) for n in range(30, 60)])
    assert worker(database, bus).handle_batch(consumer, producer) == 61
    assert notes(database) == ["good"]
    assert len(waiting(database)) == 60
    assert consumer.lag() == 0


def test_a_record_that_newer_code_can_read_is_handled_when_a_person_asks_for_it(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = worker(database, bus)
    with monkeypatch.context() as older:
        older.setattr(reading, "decode", cannot_read)
        announce(database, producer, amended("at last"))
        subject.handle_batch(consumer, producer)
        wish(database)
        subject._delivery.try_again()
        assert len(waiting(database)) == 1
    subject._delivery.try_again()
    assert (notes(database), len(waiting(database))) == ([], 1)  # it was tried, and nobody asked again
    wish(database)
    subject._delivery.try_again()
    assert (notes(database), waiting(database)) == (["at last"], [])


def cannot_read(_: BusRecord) -> None:
    raise AttributeError("a mistake of the version before")


def wish(database: Engine) -> None:
    with transaction(database) as session:
        session.execute(update(parking.PARKED).values(again_at=datetime.now(UTC)))


def test_a_handler_without_an_event_of_its_own_passes_it_over(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    announce(database, producer, ReportWithdrawn(time=datetime.now(UTC), subject=uuid4()))
    assert worker(database, bus).handle_batch(consumer, producer) == 1
    assert waiting(database) == []


def test_a_batch_handler_gets_the_events_of_a_report_in_order(
    database: Engine, bus: Bus, producer: Producer, consumer: Consumer
) -> None:
    report = uuid4()
    announce(database, producer, *(amended(str(n), report) for n in range(20)))
    batches: list[list[str]] = []

    def keep(session: Session, events: Sequence[AnyEvent]) -> None:
        batches.append([event.text for event in events if isinstance(event, ReportAmended)])

    Worker("routing", database, bus, batch=keep).handle_batch(consumer, producer)
    assert batches == [[str(n) for n in range(20)]]


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
    subject.handle_batch(consumer, producer)
    [newcomer] = joined
    with closing(newcomer):
        assert subject.handle_batch(newcomer, producer) > 0  # what the first one handled, and could not commit
        assert subject.handle_batch(consumer, producer, timeout=0) == 0
        assert sorted(notes(database), key=int) == [str(n) for n in range(40)]
