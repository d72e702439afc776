"""What only the embedded bus has to prove: several processes on one file, members that die, records that age."""

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.topics import Topic
from kit.bus import BusRecord, BusUnavailable, Message
from kit.bus.embedded import EmbeddedBus, drop_old
from kit.bus.embedded_file import connect, writing
from kit.bus.groups import share

TOPIC = Topic("things", "nobody", (), (), 4, 30)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "bus.sqlite")


def opened(path: str, session: float = 10.0) -> EmbeddedBus:
    bus = EmbeddedBus(path, session)
    bus.ensure([TOPIC])
    return bus


def messages(count: int, start: int = 0) -> list[Message]:
    return [Message("things", str(n).encode(), (), str(n).encode()) for n in range(start, start + count)]


def test_the_partitions_of_a_member_that_stops_beating_go_to_the_others(path: str) -> None:
    bus = opened(path, session=0.2)
    with closing(bus.producer()) as producer:
        producer.send(messages(40))
    dead = bus.consumer("group", ["things"])
    assert len(dead.poll(0, 100)) == 40
    time.sleep(0.3)
    with closing(bus.consumer("group", ["things"])) as alive:
        assert len(alive.poll(0, 100)) == 40
        dead.commit()
        alive.rewind()
        assert len(alive.poll(0, 100)) == 40
        alive.commit()
        assert alive.lag() == 0


def test_what_a_killed_process_held_is_free_at_once_for_who_is_alone_with_the_file(path: str) -> None:
    bus = opened(path, session=3600)
    with closing(bus.producer()) as producer:
        producer.send(messages(40))
    killed = [bus.consumer("group", ["things"]) for _ in range(2)]
    bus.forget_members()
    with closing(bus.consumer("group", ["things"])) as alone:
        assert len(alone.poll(0, 100)) == 40
        assert all(member.poll(0, 100) == [] for member in killed)


def test_a_member_taken_for_dead_joins_again(path: str) -> None:
    bus = opened(path, session=0.2)
    with closing(bus.consumer("group", ["things"])) as slow:
        time.sleep(0.3)
        bus.consumer("group", ["things"]).close()
        with closing(bus.producer()) as producer:
            producer.send(messages(8))
        assert len(slow.poll(1, 100)) == 8


def test_a_topic_made_after_the_group_formed_is_read_too(path: str) -> None:
    bus = EmbeddedBus(path, session=0.2)
    with closing(bus.consumer("group", ["things"])) as early:
        assert early.poll(0, 10) == []
        bus.ensure([TOPIC])
        with closing(bus.producer()) as producer:
            producer.send(messages(8))
        assert len(early.poll(2, 100)) == 8


SENDS = """
import sys
from kit.bus.embedded import EmbeddedBus
from kit.bus import Message
producer = EmbeddedBus(sys.argv[1]).producer()
for n in range(50):
    producer.send([Message("things", sys.argv[2].encode(), (), str(n).encode())])
"""


def test_several_processes_write_one_log_with_dense_offsets(path: str) -> None:
    bus = opened(path)
    senders = [subprocess.Popen([sys.executable, "-c", SENDS, path, key]) for key in ("a", "b", "c")]
    with closing(bus.consumer("group", ["things"])) as consumer:
        records: list[BusRecord] = []
        end = time.monotonic() + 60
        while len(records) < 150 and time.monotonic() < end:
            records += consumer.poll(0.2, 1000)
    assert [sender.wait() for sender in senders] == [0, 0, 0]
    for key in (b"a", b"b", b"c"):
        assert [r.value for r in records if r.key == key] == [str(n).encode() for n in range(50)]
    for partition in {r.partition for r in records}:
        offsets = [r.offset for r in records if r.partition == partition]
        assert offsets == list(range(len(offsets)))


def test_old_records_are_dropped_once_every_group_has_handled_them(path: str) -> None:
    bus = opened(path)
    with closing(bus.producer()) as producer:
        producer.send(messages(20))
    connection = connect(path)

    def kept(days: float) -> int:
        drop_old(connection, time.time() + days * 86400)
        return int(connection.execute("SELECT count(*) FROM record").fetchone()[0])

    with closing(bus.consumer("slow", ["things"])), closing(bus.consumer("fast", ["things"])) as fast:
        fast.poll(0, 100)
        fast.commit()
        assert kept(31) == 20
    with closing(bus.consumer("slow", ["things"])) as slow:
        slow.poll(0, 100)
        slow.commit()
        assert kept(29) == 20
        assert kept(31) == 0
        with closing(bus.producer()) as producer:
            producer.send(messages(1))
        [record] = slow.poll(0, 10)
        assert record.offset > 0
    connection.close()


def test_several_may_make_the_file_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        for number in range(40):
            assert len(list(pool.map(opened, [str(tmp_path / f"{number}.sqlite")] * 6))) == 6


def test_a_file_that_cannot_be_opened_is_a_bus_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(BusUnavailable):
        EmbeddedBus(str(tmp_path / "no" / "such" / "folder" / "bus.sqlite"))


MEMBERS = st.sets(st.sampled_from("abcdefg"), min_size=1)


@given(st.integers(1, 20), MEMBERS, st.dictionaries(st.integers(0, 19), st.sampled_from("abcdefgh")))
def test_every_partition_has_one_owner_and_no_member_has_two_more_than_another(
    count: int, members: set[str], owners: Mapping[int, str]
) -> None:
    shared = share(dict.fromkeys(range(count), "t"), {id: {"t"} for id in members}, owners)
    counts = [list(shared.values()).count(id) for id in members]
    assert set(shared) == set(range(count))
    assert max(counts) - min(counts) <= 1


@given(st.integers(1, 20), MEMBERS)
def test_a_fair_share_stays_as_it_is(count: int, members: set[str]) -> None:
    logs, able = dict.fromkeys(range(count), "t"), {id: {"t"} for id in members}
    shared = share(logs, able, {})
    assert share(logs, able, shared) == shared


def test_what_is_sent_survives_a_power_cut_and_what_is_committed_the_process(path: str) -> None:
    bus = opened(path)
    with closing(bus.producer()) as producer, closing(bus.consumer("group", ["things"])) as consumer:
        assert producer._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert consumer._connection.execute("PRAGMA synchronous").fetchone() == (1,)


def test_a_writer_waits_no_longer_for_its_turn_than_for_the_file(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(path)
    monkeypatch.setattr("kit.bus.embedded_file.PATIENCE", 0.01)
    first, second = connect(path), connect(path)
    with writing(first), pytest.raises(BusUnavailable), writing(second):
        pass
    with writing(second):  # and its turn comes
        pass


def test_writers_of_one_process_take_turns(path: str) -> None:
    opened(path)
    first, second = connect(path), connect(path)
    order: list[str] = []

    def write() -> None:
        with writing(second):
            order.append("second")

    with writing(first):
        other = threading.Thread(target=write)
        other.start()
        assert first.turn.locked()
        assert first.turn is second.turn
        order.append("first")
    other.join(30)
    assert order == ["first", "second"]
