"""A database, a bus or a producer that was brought back from an older copy is noticed by those it works with."""

from contextlib import closing
from uuid import uuid4

import pytest
from sqlalchemy import Engine, delete, select

from contracts.topics import TOPICS
from kit import sent
from kit.bus import Consumer, Partition, Producer
from kit.db import KIT, snapshot, transaction
from kit.inbox import INBOX, TAKEN
from kit.positions import POSITION, load
from tests.kit.conftest import NOTES, Bus, amended, announce, notes, run_until, worker
from tests.publish.test_restored import taken_copy_of


def test_a_database_that_went_back_reads_again_what_it_lacks(
    database: Engine, bus: Bus, consumer: Consumer, producer: Producer
) -> None:
    subject = worker(database, bus)
    subject._measure(consumer)  # as the loop does when it begins
    announce(database, producer, amended("one"))
    assert subject.handle_batch(consumer, producer) == 1
    bring_back = taken_copy_of(database, [NOTES, INBOX, TAKEN, POSITION])
    announce(database, producer, *(amended(f"later {number}") for number in range(20)))
    assert subject.handle_batch(consumer, producer) == 20
    bring_back()
    consumer.close()
    again, noticed = worker(database, bus), list[object]()
    again._went_back = noticed.append
    run_until(again, lambda: len(notes(database)) == 21)
    assert noticed
    assert sorted(notes(database)) == sorted(["one", *(f"later {number}" for number in range(20))])


def test_a_record_after_a_gap_is_not_handled_before_those_in_it(
    database: Engine, bus: Bus, consumer: Consumer, producer: Producer
) -> None:
    subject, report = worker(database, bus), uuid4()
    announce(database, producer, amended("one", report))
    subject.handle_batch(consumer, producer)
    bring_back = taken_copy_of(database, [NOTES, INBOX, TAKEN, POSITION])
    announce(database, producer, amended("two", report))
    subject.handle_batch(consumer, producer)
    bring_back()
    announce(database, producer, amended("three", report))
    consumer.close()
    run_until(subject, lambda: len(notes(database)) == 3)
    assert notes(database) == ["one", "two", "three"]


def test_an_empty_database_reads_all_that_is_on_the_bus(
    database: Engine, bus: Bus, consumer: Consumer, producer: Producer
) -> None:
    announce(database, producer, *(amended(f"{number}") for number in range(10)))
    worker(database, bus).handle_batch(consumer, producer)
    consumer.close()
    with transaction(database) as session:
        for table in (NOTES, INBOX, TAKEN, POSITION):
            session.execute(delete(table))
    run_until(worker(database, bus), lambda: len(notes(database)) == 10)


def test_a_database_of_the_version_before_goes_on_where_the_bus_is(
    database: Engine, bus: Bus, consumer: Consumer, producer: Producer
) -> None:
    announce(database, producer, amended("one"))
    worker(database, bus).handle_batch(consumer, producer)
    with transaction(database) as session:
        session.execute(delete(POSITION))
    announce(database, producer, amended("two"))
    assert worker(database, bus).handle_batch(consumer, producer) == 1
    assert notes(database) == ["one", "two"]


def test_a_bus_that_went_back_is_told_and_read_on(database: Engine, bus: Bus, producer: Producer) -> None:
    with transaction(database) as session:
        session.execute(POSITION.insert().values(topic="reports", partition=0, following=1000))
    subject = worker(database, bus)
    with closing(bus.consumer("routing", ["reports"])) as consumer:
        subject._measure(consumer)
        assert "the bus is older than what routing has handled" in str(subject.warning())
        with snapshot(database) as session:
            assert load(session)[Partition("reports", 0)] == 0


def test_a_producer_that_numbers_events_again_is_told_and_nothing_is_dropped(
    database: Engine, bus: Bus, consumer: Consumer, producer: Producer
) -> None:
    subject, report = worker(database, bus), uuid4()
    announce(database, producer, amended("one", report))
    bring_back = taken_copy_of(database, [sent.SENT])
    announce(database, producer, amended("two", report))
    subject.handle_batch(consumer, producer)
    assert subject.warning() is None
    bring_back()
    announce(database, producer, amended("another two", report))
    subject.handle_batch(consumer, producer)
    assert notes(database) == ["one", "two", "another two"]
    assert "the producer of reports numbers events again" in str(subject.warning())


def test_every_partition_has_its_position_once_it_is_looked_at(database: Engine, bus: Bus, consumer: Consumer) -> None:
    worker(database, bus)._measure(consumer)
    partitions = next(topic.partitions for topic in TOPICS if topic.name == "reports")
    with snapshot(database) as session:
        assert len(session.execute(select(POSITION)).all()) == partitions


@pytest.fixture(autouse=True)
def tables(database: Engine) -> None:
    KIT.create_all(database)
