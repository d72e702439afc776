"""A broker that holds odd records, has deleted some unread, is away, or comes back empty."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import UnsupportedCodecError
from kafka.partitioner.default import murmur2
from kafka.producer import producer_batch
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from sqlalchemy import Engine, select

from contracts.events import ReportAmended
from contracts.topics import Topic
from kit import gaps, outbox
from kit.bus import MAX_BYTES, Bus, BusUnavailable, Gap, Message, Missed, open_bus
from kit.bus.headers import unpack_headers
from kit.db import snapshot, transaction
from kit.health import Health, NotReady
from kit.parked import PARKED, WHOLE_BYTES
from kit.worker import Worker
from pendapa.live.kafka import Kafka
from tests import sockets
from tests.journey.conftest import require_servers
from tests.kit.conftest import METADATA, amended, note, run_until

pytestmark = pytest.mark.live


@pytest.fixture
def bus(kafka_servers: str) -> Iterator[Bus]:
    with sockets.collected(), closing(open_bus(f"kafka://{kafka_servers}")) as bus:
        yield bus


@pytest.fixture
def topic(bus: Bus) -> str:
    name = f"topic-{uuid4().hex}"
    bus.ensure([Topic(name, "nobody", (), (), 1, 30)])
    return name


@pytest.fixture
def database(engine: Engine) -> Engine:
    METADATA.create_all(engine)
    return engine


Odd = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
BYTES = st.none() | st.binary(max_size=40)
NAMES = st.text(max_size=12) | st.sampled_from(["ce_id", "ce_type", "ce_subject", "ce_time", "ce_seq", "ce_after"])
ODD = st.tuples(BYTES, BYTES | st.just(b"{}"), st.lists(st.tuples(NAMES, BYTES), max_size=6))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(ODD, min_size=1, max_size=40))
def test_no_record_that_a_broker_accepts_ends_a_worker(
    bus: Bus, topic: str, database: Engine, kafka_servers: str, records: list[Odd]
) -> None:
    write(kafka_servers, topic, records)
    subject = Worker("routing", database, bus, {ReportAmended: note}, pause=0.001)
    with (
        sockets.collected(),
        closing(bus.producer()) as producer,
        closing(bus.consumer(f"group-{topic}", [topic])) as consumer,
    ):
        left = len(records)
        while left > 0:
            left -= subject.handle_batch(consumer, producer, timeout=10)
        assert left == 0
        assert consumer.lag() == 0


@given(keys=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=30, unique=True))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_key_has_the_partition_that_every_client_gives_it(bus: Bus, keys: list[bytes]) -> None:
    """Two versions of a service send to one topic, through different libraries: a report's events keep their order."""
    name = f"topic-{uuid4().hex}"
    bus.ensure([Topic(name, "nobody", (), (), 7, 30)])
    with closing(bus.producer()) as producer, closing(bus.consumer(f"group-{name}", [name])) as consumer:
        producer.send([Message(name, key, (), b"{}") for key in keys])
        found: dict[bytes, int] = {}
        while len(found) < len(keys):
            found |= {record.key: record.partition for record in consumer.poll(10, 100)}
    assert found == {key: (murmur2(key) & 0x7FFFFFFF) % 7 for key in keys}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_too_large_to_be_parked_whole_is_named_by_its_position(
    bus: Bus, topic: str, database: Engine, kafka_servers: str
) -> None:
    write(kafka_servers, topic, [(b"key", b"x" * (MAX_BYTES - 400), []), (b"key", b"x" * (WHOLE_BYTES - 400), [])])
    subject = Worker("routing", database, bus, {ReportAmended: note}, pause=0.001)
    with closing(bus.producer()) as producer, closing(bus.consumer(f"group-{topic}", [topic])) as consumer:
        handled = 0
        while handled < 2:
            handled += subject.handle_batch(consumer, producer, timeout=10)
    with closing(bus.consumer(f"reader-{topic}", [f"{topic}.parked"])) as reader:
        copies = [record for _ in range(2) for record in reader.poll(10, 1)]
    assert [len(copy.value) for copy in copies] == [0, WHOLE_BYTES - 400]
    headers = dict(copies[0].headers)
    assert (headers["pendapa_topic"], headers["pendapa_offset"]) == (topic.encode(), b"0")
    assert b"kept in the table parked" in headers["pendapa_left_out"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_records_that_the_library_refuses_are_parked_too(
    bus: Bus, topic: str, database: Engine, kafka_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other_program:  # whose headers have names that are no text
        other_program.setattr(DefaultRecordBatchBuilder, "append", with_latin_1_names(DefaultRecordBatchBuilder.append))
        write(kafka_servers, topic, [(b"key", b"{}", [("n\u00e4me", b"value")]), (None, None, [("\u00ff", None)])])
    with closing(KafkaProducer(bootstrap_servers=kafka_servers, compression_type="gzip", linger_ms=500)) as producer:
        for _ in range(3):
            producer.send(topic, b"packed" * 100)
    write(kafka_servers, topic, [(b"key", b"last", [])])
    monkeypatch.setattr(DefaultRecordBatch, "_assert_has_codec", not_installed)
    subject = Worker("routing", database, bus, {ReportAmended: note}, pause=0.001)
    with closing(bus.producer()) as producer, closing(bus.consumer(f"group-{topic}", [topic])) as consumer:
        handled = 0
        while handled < 6:
            handled += subject.handle_batch(consumer, producer, timeout=10)
        assert consumer.lag() == 0
    with snapshot(database) as session:
        rows = session.execute(select(PARKED.c.offset, PARKED.c.headers, PARKED.c.value).order_by(PARKED.c.offset))
        offsets, headers, values = zip(*rows, strict=True)
    assert offsets == (0, 1, 2, 3, 4, 5)
    assert unpack_headers(headers[0]) == (("n\\xe4me", b"value"),)
    assert [unpack_headers(each)[0][1][:13] for each in headers[2:5]] == [b"record %d of 3" % n for n in (1, 2, 3)]
    assert [bool(value) for value in values] == [True, False, True, False, False, True]


def with_latin_1_names(append: Any) -> Any:
    class Name(str):
        def encode(self, *_: object) -> bytes:
            return super().encode("latin-1")

    def odd(self: Any, offset: int, timestamp: int, key: Any, value: Any, headers: Any) -> Any:
        return append(self, offset, timestamp, key, value, [(Name(name), of) for name, of in headers])

    return odd


def not_installed(_: object, kind: int) -> None:
    raise UnsupportedCodecError(f"no program for {kind}")


def write(servers: str, topic: str, records: list[Odd]) -> None:
    with closing(Careless(bootstrap_servers=servers, max_request_size=MAX_BYTES, acks="all")) as producer:
        for key, value, headers in records:
            producer.careless(topic, key, value, headers)
        producer.flush(30)


def _len(thing: Any) -> int:
    return 0 if thing is None else len(thing)


class Careless(KafkaProducer):  # type: ignore[misc]  # kafka-python has no types
    """Sends records that kafka-python's own checks would not let through, as other clients do."""

    def careless(
        self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
    ) -> None:
        self._wait_on_metadata(topic, 10_000)
        vars(producer_batch)["len"] = _len  # it measures a header's value, which it does not expect to be null
        self._accumulator.append(TopicPartition(topic, 0), int(time.time() * 1000), key, value, headers)
        self._sender.wakeup()


def test_what_was_deleted_unread_stops_its_reader_until_it_is_told_to_go_on(
    bus: Bus, topic: str, kafka_servers: str
) -> None:
    group = f"group-{topic}"
    write(kafka_servers, topic, [(b"key", b"%d" % n, []) for n in range(10)])
    with closing(bus.consumer(group, [topic])) as consumer:
        assert [record.value for record in consumer.poll(10, 3)] == [b"0", b"1", b"2"]
        consumer.commit()
    with closing(KafkaAdminClient(bootstrap_servers=kafka_servers)) as admin:
        admin.delete_records({TopicPartition(topic, 0): 6})
    with closing(bus.consumer(group, [topic])) as consumer:
        [gap] = first_missed(consumer).gaps
        assert gap == Gap(topic, 0, 3, 6)
        with pytest.raises(Missed):
            consumer.poll(0.1, 10)
        consumer.skip(gap)
        assert [record.value for record in consumer.poll(10, 10)] == [b"6", b"7", b"8", b"9"]
    with closing(bus.consumer(f"new-{topic}", [topic])) as consumer:  # had no claim to what was deleted before
        assert [record.value for record in consumer.poll(10, 10)] == [b"6", b"7", b"8", b"9"]


def test_what_is_deleted_while_its_reader_works_stops_it_too(bus: Bus, topic: str, kafka_servers: str) -> None:
    write(kafka_servers, topic, [(b"key", b"%d" % n, []) for n in range(3)])
    with (
        closing(bus.consumer(f"group-{topic}", [topic])) as consumer,
        closing(KafkaAdminClient(bootstrap_servers=kafka_servers)) as admin,
    ):
        assert [record.value for record in consumer.poll(10, 3)] == [b"0", b"1", b"2"]
        consumer.commit()
        for first, end in ((3, 8), (10, 13)):  # that it had read its last record, and that it goes on after a gap
            write(kafka_servers, topic, [(b"key", b"%d" % n, []) for n in range(first, end + 2)])
            admin.delete_records({TopicPartition(topic, 0): end})
            [gap] = first_missed(consumer).gaps
            assert gap == Gap(topic, 0, first, end)
            consumer.skip(gap)
            assert [record.offset for record in consumer.poll(10, 10)] == [end, end + 1]
            consumer.commit()


def test_what_is_deleted_is_noticed_if_nothing_follows_it_and_in_every_partition(bus: Bus, kafka_servers: str) -> None:
    topic = f"topic-{uuid4().hex}"
    bus.ensure([Topic(topic, "nobody", (), (), 2, 30)])
    with (
        closing(bus.producer()) as producer,
        closing(bus.consumer(f"group-{topic}", [topic])) as consumer,
        closing(KafkaAdminClient(bootstrap_servers=kafka_servers)) as admin,
    ):
        keys = [b"%d" % number for number in range(16)]  # some for each partition
        producer.send([Message(topic, key, (), b"first") for key in keys])
        handled: dict[int, int] = {}
        while sum(handled.values()) < len(keys):
            for record in consumer.poll(1, 16):
                handled[record.partition] = record.offset + 1
        consumer.commit()
        producer.send([Message(topic, key, (), b"second") for key in keys])
        admin.delete_records({TopicPartition(topic, each): 2 * handled[each] for each in (0, 1)})
        missed = first_missed(consumer, between=consumer.positions)
        assert sorted(missed.gaps) == [Gap(topic, each, handled[each], 2 * handled[each]) for each in (0, 1)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_that_went_on_after_a_gap_does_not_say_that_it_lacks_records(tmp_path: Path, database: Engine) -> None:
    require_servers()
    kafka = Kafka(tmp_path / "kafka")
    with sockets.collected(), ending(kafka):
        servers = kafka.up(tied=True)
        bus = open_bus(f"kafka://{servers}")
        subject = Worker("routing", database, bus, {ReportAmended: note}, pause=0.05)

        def through_it_all() -> bool:
            until(lambda: parked_offsets(database) == {0, 1})
            with closing(KafkaAdminClient(bootstrap_servers=servers)) as admin:
                write(servers, "reports", [(b"key", b"odd", [])] * 3)
                admin.delete_records({TopicPartition("reports", 0): 4})
            return True

        bus.ensure([Topic("reports", "intake", (), (), 1, 30)])
        write(servers, "reports", [(b"key", b"odd", [])] * 2)
        run_until(subject, through_it_all)
        again = Worker("routing", database, bus, {ReportAmended: note}, pause=0.05)

        def replayed() -> bool:
            until(lambda: stopped(again) or 4 in parked_offsets(database))
            with transaction(database) as session:
                gaps.set_replayed(session, datetime.now(UTC))
            until(lambda: 4 in parked_offsets(database))
            until(lambda: not stopped(again))
            assert "forgotten" not in (again.warning() or "")
            return True

        run_until(again, replayed)
        bus.close()


def stopped(worker: Worker) -> bool:
    try:
        worker.loop()
    except NotReady as error:
        return "were deleted unread" in str(error)
    return False


def parked_offsets(database: Engine) -> set[int]:
    with snapshot(database) as session:
        return set(session.scalars(select(PARKED.c.offset)))


def first_missed(consumer: Any, between: Callable[[], object] = lambda: None) -> Missed:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        between()
        try:
            assert consumer.poll(0.2, 10) == []
        except Missed as missed:
            return missed
    raise AssertionError("it was missed in silence")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_broker_that_is_away_costs_no_threads_and_an_empty_one_is_set_up(
    tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_servers()
    monkeypatch.setattr("kit.side_work.ENSURE_EACH", 1.0)
    kafka = Kafka(tmp_path / "kafka")
    with sockets.collected(), ending(kafka):
        bus = open_bus(f"kafka://{kafka.up(tied=True)}")
        subject = Worker("intake", database, bus, pause=0.05)
        health = Health([bus.ping])

        def unsent() -> bool:
            with transaction(database) as session:
                return outbox.ends(session) is not None

        def through_it_all() -> bool:
            announce(database)
            until(lambda: not unsent())
            kafka.kill()
            announce(database)
            until(lambda: bool(health.look().failed))
            before = threading.active_count(), descriptors()
            for _ in range(12):
                health.look()
                with pytest.raises(BusUnavailable):
                    bus.ping()
            after = threading.active_count(), descriptors()
            assert after[0] <= before[0] + 3
            assert after[1] <= before[1] + 12
            assert unsent()
            shutil.rmtree(tmp_path / "kafka" / "data")
            kafka.up(tied=True)
            until(lambda: not unsent())
            until(lambda: not health.look().failed)
            return True

        run_until(subject, through_it_all)
        with closing(bus.consumer("reader", ["reports"])) as reader:
            end = time.monotonic() + 30
            while not (records := reader.poll(1, 10)) and time.monotonic() < end:
                pass
        assert len(records) == 1
        bus.close()


@contextmanager
def ending(kafka: Kafka) -> Iterator[None]:
    try:
        yield
    finally:
        kafka.kill()


def announce(database: Engine) -> None:
    with transaction(database) as session:
        outbox.publish(session, amended("words"))


def until(done: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.1)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
