"""What every bus promises, asked of the embedded log and of a real Kafka alike."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.topics import Topic, parked
from kit.bus import Bus, BusUnavailable, Consumer, Message, Record, open_bus


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.live)])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    if request.param == "embedded":
        url = f"sqlite:///{tmp_path / 'bus.sqlite'}"
    else:
        url = f"kafka://{request.getfixturevalue('kafka_servers')}"
    bus = open_bus(url)
    yield bus
    bus.close()


@pytest.fixture
def topic(bus: Bus) -> str:
    """A new topic of four partitions."""
    name = f"topic-{uuid4().hex}"
    bus.ensure([Topic(name, "nobody", (), (), 4, 30)])
    return name


@contextmanager
def joined(bus: Bus, topic: str, group: str = "group") -> Iterator[Consumer]:
    with closing(bus.consumer(f"{group}-{topic}", [topic])) as consumer:
        yield consumer


def message(topic: str, key: str, number: int) -> Message:
    return Message(
        topic, key.encode(), (("number", str(number).encode()), ("odd", bytes([0, 128, 255]))), b"%d" % number
    )


def send(bus: Bus, messages: Sequence[Message]) -> None:
    with closing(bus.producer()) as producer:
        producer.send(messages)


def read(consumer: Consumer, count: int, *, seconds: float = 30) -> list[Record]:
    """At least `count` records, or as many as come in time."""
    records: list[Record] = []
    end = time.monotonic() + seconds
    while len(records) < count and time.monotonic() < end:
        records += consumer.poll(0.2, 100)
    return records


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came to pass"


def numbers(records: Sequence[Record]) -> list[int]:
    return [int(record.value) for record in records]


def test_a_record_comes_as_it_was_sent(bus: Bus, topic: str) -> None:
    sent = message(topic, "a", 1)
    send(bus, [sent])
    with joined(bus, topic) as consumer:
        [record] = read(consumer, 1)
    assert (record.topic, record.key, record.headers, record.value) == sent


def test_records_of_one_key_keep_their_order_and_offsets_are_dense(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, key, n) for n in range(100) for key in "abcdefgh"])
    with joined(bus, topic) as consumer:
        records = read(consumer, 800)
    for key in b"abcdefgh":
        assert numbers([r for r in records if r.key == bytes([key])]) == list(range(100))
    for partition in {r.partition for r in records}:
        offsets = [r.offset for r in records if r.partition == partition]
        assert offsets == list(range(len(offsets)))


def test_a_poll_returns_no_more_than_the_limit(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(50)])
    with joined(bus, topic) as consumer:
        seen: list[Record] = []
        while len(seen) < 50:
            batch = consumer.poll(5, 7)
            assert 0 < len(batch) <= 7
            seen += batch
    assert numbers(seen) == list(range(50))


def test_a_group_goes_on_after_what_it_committed(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(3)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 3)) == [0, 1, 2]
        consumer.commit()
    send(bus, [message(topic, "a", 3)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 1)) == [3]


def test_what_was_not_committed_comes_again_to_the_next_member(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(3)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 3)) == [0, 1, 2]
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 3)) == [0, 1, 2]


def test_a_rewind_brings_again_what_came_since_the_commit(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(3)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 3)) == [0, 1, 2]
        consumer.commit()
        send(bus, [message(topic, "a", n) for n in range(3, 6)])
        assert numbers(read(consumer, 3)) == [3, 4, 5]
        consumer.rewind()
        assert numbers(read(consumer, 3)) == [3, 4, 5]
        consumer.commit()
        assert consumer.poll(0.3, 10) == []


def test_every_group_reads_everything_from_the_start(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(3)])
    for group in ("one", "two"):
        with joined(bus, topic, group) as consumer:
            assert numbers(read(consumer, 3)) == [0, 1, 2]
            consumer.commit()


def test_the_lag_counts_what_is_not_committed(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "abcdef"[n % 6], n) for n in range(30)])
    with joined(bus, topic) as consumer:
        assert len(read(consumer, 30)) == 30
        assert consumer.lag() == 30
        consumer.commit()
        assert consumer.lag() == 0


def test_a_waiting_reader_wakes_when_something_is_sent(bus: Bus, topic: str) -> None:
    with joined(bus, topic) as consumer:
        consumer.poll(0, 1)
        later = threading.Timer(0.3, lambda: send(bus, [message(topic, "a", 1)]))
        later.start()
        assert numbers(read(consumer, 1)) == [1]
        later.join()


def test_a_topic_has_a_place_for_what_nobody_can_read(bus: Bus, topic: str) -> None:
    send(bus, [message(parked(topic), "a", 1)])
    with joined(bus, parked(topic)) as consumer:
        assert numbers(read(consumer, 1)) == [1]


def test_making_topics_again_changes_nothing(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", 1)])
    bus.ensure([Topic(topic, "nobody", (), (), 4, 30)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 1)) == [1]


def test_a_bus_that_answers_says_nothing(bus: Bus) -> None:
    bus.ping()


def test_two_members_share_the_partitions_and_the_rest_takes_over_when_one_leaves(bus: Bus, topic: str) -> None:
    one = bus.consumer(topic, [topic])
    two = bus.consumer(topic, [topic])
    shares: dict[Consumer, set[int]] = {one: set(), two: set()}
    sent = 0

    def both_read() -> bool:
        nonlocal sent
        send(bus, [message(topic, str(key), sent + key) for key in range(40)])
        sent += 40
        for member in shares:
            shares[member] = {record.partition for record in member.poll(0.3, 1000)}
            member.commit()
        return bool(shares[one] and shares[two])

    until(both_read)
    two.close()
    send(bus, [message(topic, str(key), 10_000 + key) for key in range(40)])
    seen: set[int] = set()

    def one_has_all() -> bool:
        seen.update(numbers(one.poll(0.3, 1000)))
        return set(range(10_000, 10_040)) <= seen

    until(one_has_all)
    one.close()


def test_across_a_rebalance_in_mid_batch_nothing_is_lost(bus: Bus, topic: str) -> None:
    """A record may come twice, to the old owner and the new; each comes, in the order of its key."""
    send(bus, [message(topic, str(n % 10), n) for n in range(200)])
    one = bus.consumer(topic, [topic])
    seen = numbers(read(one, 200))
    assert set(seen) == set(range(200))
    two = bus.consumer(topic, [topic])  # while `one` still works on its batch
    from_two: list[int] = []

    def two_has_some() -> bool:
        from_two.extend(numbers(two.poll(0.2, 1000)))
        one.poll(0, 1)
        return bool(from_two)

    until(two_has_some)
    one.commit()  # of what it lost meanwhile, this may commit nothing
    two.rewind()
    one.close()
    again: list[int] = []

    def two_has_the_rest() -> bool:
        again.extend(numbers(two.poll(0.2, 1000)))
        return set(from_two) <= set(again)

    until(two_has_the_rest)
    two.close()


def test_a_member_commits_nothing_of_a_partition_that_it_lost(bus: Bus, topic: str) -> None:
    one = bus.consumer(topic, [topic])
    send(bus, [message(topic, str(n), n) for n in range(40)])
    before = read(one, 40)
    two = bus.consumer(topic, [topic])
    taken: set[int] = set()

    def two_takes_over() -> bool:
        taken.update(record.partition for record in two.poll(0.2, 1000))
        one.poll(0, 1)
        return bool(taken)

    until(two_takes_over)
    one.commit()
    one.close()
    two.close()
    with closing(bus.consumer(topic, [topic])) as three:
        lost = {int(record.value) for record in before if record.partition in taken}
        assert lost <= set(numbers(read(three, len(lost))))


def test_a_topic_that_is_not_there_is_said_to_be_so(bus: Bus, request: pytest.FixtureRequest) -> None:
    with pytest.raises(BusUnavailable):
        send(bus, [message(f"nowhere-{uuid4().hex}", "a", 1)])
