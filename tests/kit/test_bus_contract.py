"""What every bus promises, asked of the embedded log and of a real Kafka alike."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.topics import Topic, parked
from kit.bus import Bus, BusRecord, BusUnavailable, Consumer, Message, open_bus
from tests import sockets


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.live)])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    if request.param == "embedded":
        url = f"sqlite:///{tmp_path / 'bus.sqlite'}"
    else:
        url = f"kafka://{request.getfixturevalue('kafka_servers')}"
    with sockets.collected(), closing(open_bus(url)) as bus:
        yield bus


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


def read(consumer: Consumer, count: int, *, seconds: float = 30, pause: float = 0.2) -> list[BusRecord]:
    """At least `count` records, or as many as come in time."""
    records: list[BusRecord] = []
    end = time.monotonic() + seconds
    while len(records) < count and time.monotonic() < end:
        records += consumer.poll(pause, 100)
    return records


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came to pass"


def numbers(records: Sequence[BusRecord]) -> list[int]:
    return [int(record.value) for record in records]


def test_a_record_comes_as_it_was_sent(bus: Bus, topic: str) -> None:
    sent = message(topic, "a", 1)
    send(bus, [sent])
    with joined(bus, topic) as consumer:
        [record] = read(consumer, 1)
    assert (record.topic, record.key, record.headers, record.value) == sent


def test_a_record_says_when_it_was_sent(bus: Bus, topic: str) -> None:
    before = time.time_ns() // 1_000_000
    send(bus, [message(topic, "a", 1)])
    after = time.time_ns() // 1_000_000
    with joined(bus, topic) as consumer:
        [record] = read(consumer, 1)
    assert before <= record.at <= after


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
        seen: list[BusRecord] = []
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


def test_a_member_reads_again_from_where_it_is_told_though_the_group_is_further(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(5)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 5)) == [0, 1, 2, 3, 4]
        consumer.commit()
        [place] = [each for each, span in consumer.positions().items() if span == (5, 5)]
        consumer.seek(place, 2)
        assert numbers(read(consumer, 3)) == [2, 3, 4]
        consumer.commit()
    send(bus, [message(topic, "a", 5)])
    with joined(bus, topic) as consumer:
        assert numbers(read(consumer, 1)) == [5]


def test_the_positions_are_those_of_the_partitions_held_and_name_the_end(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, "a", n) for n in range(3)])
    with joined(bus, topic) as consumer:
        read(consumer, 3)
        spans = consumer.positions()
        assert {place.topic for place in spans} == {topic}
        assert sorted(span.end for span in spans.values())[-1] == 3


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


def test_a_reader_whose_polls_are_shorter_than_a_join_reads_all_the_same(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, str(n), n) for n in range(8)])
    for attempt in range(5):
        with joined(bus, topic, f"group-{attempt}") as consumer:
            seen = read(consumer, 8, pause=0.001)
        assert sorted(numbers(seen)) == list(range(8))


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


class Member:
    """A consumer on a thread of its own, as a worker has it: polls, and commits unless told otherwise."""

    def __init__(self, bus: Bus, topic: str, *, commits: bool = True) -> None:
        self.seen: list[BusRecord] = []
        self._consumer = bus.consumer(topic, [topic])
        self._commits = commits
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.seen += self._consumer.poll(0.2, 50)
            if self._commits:
                self._consumer.commit()
        self._consumer.close()

    def __enter__(self) -> "Member":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_two_members_share_the_partitions_and_the_one_that_stays_takes_over(bus: Bus, topic: str) -> None:
    sent = 0

    def both_read() -> bool:
        nonlocal sent
        send(bus, [message(topic, str(sent + n), sent + n) for n in range(40)])
        sent += 40
        time.sleep(0.2)
        return bool(one.seen) and bool(two.seen)

    with Member(bus, topic) as one:
        with Member(bus, topic) as two:
            until(both_read)
        send(bus, [message(topic, str(n), n) for n in range(sent, sent + 200)])
        until(lambda: set(numbers(one.seen + two.seen)) == set(range(sent + 200)))


def test_while_members_come_and_go_nothing_is_lost_and_a_key_keeps_its_order(bus: Bus, topic: str) -> None:
    with Member(bus, topic) as stays:
        everything = stays.seen
        for start in range(0, 600, 200):
            send(bus, [message(topic, str(n % 10), n) for n in range(start, start + 200)])
            with Member(bus, topic) as passes:
                time.sleep(0.5)
            everything = everything + passes.seen
        until(lambda: set(numbers(stays.seen + everything)) == set(range(600)))
        in_order = [int(r.value) for r in sorted(stays.seen + everything, key=lambda r: (r.partition, r.offset))]
    for key in range(10):
        firsts = list(dict.fromkeys(n for n in in_order if n % 10 == key))
        assert firsts == sorted(firsts)


def test_a_member_commits_nothing_of_a_partition_that_it_lost_in_mid_batch(bus: Bus, topic: str) -> None:
    send(bus, [message(topic, str(n), n) for n in range(40)])
    with closing(bus.consumer(topic, [topic])) as one:
        batch = read(one, 40)
        with Member(bus, topic, commits=False) as two:

            def two_takes_over() -> bool:
                one.poll(0.1, 100)
                return bool(two.seen)

            until(two_takes_over)
            one.commit()
            # In the middle of a rebalance a commit is put off, to the polls that follow it.
            until(lambda: not one.poll(0.1, 100) and not getattr(one, "_handled", None))
    taken = {record.partition for record in two.seen}
    with closing(bus.consumer(topic, [topic])) as three:
        comes_again = {int(record.value) for record in batch if record.partition in taken}
        assert set(numbers(read(three, len(comes_again)))) == comes_again
        assert three.poll(0.3, 100) == []


def test_a_topic_that_is_not_there_is_said_to_be_so(bus: Bus) -> None:
    with pytest.raises(BusUnavailable):
        send(bus, [message(f"nowhere-{uuid4().hex}", "a", 1)])
