"""Who waits for work is woken by the commit that brings it: of this process, or of another one."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from contracts.topics import TOPICS
from kit import outbox, wake, watching
from kit.bus import Message
from kit.bus.embedded import EmbeddedBus
from kit.bus.embedded_file import Sends
from kit.db import open_engine, transaction
from kit.jobs import ticks
from kit.jobs.ticks import Tick, Ticker
from kit.listening import Listener
from kit.watching import Ended, Signal
from tests.kit.conftest import amended

FOR_EVER = 60.0
"""Seconds that no wait of these tests may need."""


@pytest.fixture
def file(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path}/one.sqlite")
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE word (word TEXT)"))
    return engine


def test_a_commit_with_an_event_wakes_the_relay(database: Engine) -> None:
    unsent = wake.signal_of(database, outbox.UNSENT)
    seen = unsent.count
    with transaction(database) as session:
        outbox.publish(session, amended("words"))
        assert unsent.count == seen, "before the commit there is nothing to be seen"
    assert unsent.count == seen + 1


def test_a_commit_that_brings_nothing_or_failed_wakes_nobody(database: Engine) -> None:
    unsent = wake.signal_of(database, outbox.UNSENT)
    seen = unsent.count
    with transaction(database) as session:
        session.execute(text("SELECT 1"))
    with suppress(ZeroDivisionError), transaction(database) as session:
        outbox.publish(session, amended("words"))
        raise ZeroDivisionError
    assert unsent.count == seen


def test_what_was_told_before_the_wait_ends_it_at_once() -> None:
    signal = Signal()
    seen = signal.count
    signal.tell()
    signal.wait(seen, FOR_EVER)
    assert signal.count != seen


def test_the_end_wakes_everyone() -> None:
    signal, ended = Signal(), Ended()
    waits = threading.Thread(target=signal.wait, args=(signal.count, FOR_EVER), daemon=True)
    waits.start()
    ended.set()
    waits.join(FOR_EVER / 2)
    assert not waits.is_alive()


def test_a_commit_of_another_process_is_told_of(file: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EACH", 0.02)
    with wake.changes(file) as changed:
        seen = changed.count
        code = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as c: c.execute('INSERT INTO word VALUES (1)')"
        subprocess.run([sys.executable, "-c", code, str(file.url.database)], check=True)
        changed.wait(seen, FOR_EVER)
        assert changed.count != seen


def test_a_second_write_in_the_same_step_of_the_files_time_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "written"
    path.write_text("one")
    assert watching.state_of(str(path)) != watching.state_of(str(path)), (
        "a state so new may be followed by the same one"
    )


@pytest.mark.live
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_tells_the_other_processes(engine: Engine) -> None:
    ended = Ended()
    listener = Listener(engine, (outbox.UNSENT,), ended)
    unsent = wake.signal_of(engine, outbox.UNSENT)
    seen = unsent.count
    listener.start()
    unsent.wait(seen, FOR_EVER)
    heard = unsent.count
    assert heard != seen, "it listens, and what came before is looked at"
    with closing(engine.raw_connection()) as connection:  # as another process: nothing here tells of it
        connection.cursor().execute("SELECT pg_notify('pendapa', 'another kind')")
        connection.cursor().execute("SELECT pg_notify('pendapa', 'unsent events')")
        connection.commit()
    unsent.wait(heard, FOR_EVER)
    ended.set()
    listener.join(FOR_EVER)
    assert not listener.is_alive()
    assert unsent.count >= heard + 1


def test_a_consumer_is_woken_by_another_processs_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EACH", 0.02)
    path = str(tmp_path / "bus.sqlite")
    bus = EmbeddedBus(path)
    bus.ensure(TOPICS)
    topic = TOPICS[0].name
    with closing(bus.consumer("group", [topic])) as consumer:
        assert consumer.poll(0, 10) == []
        code = (
            "import sys; from kit.bus import Message; from kit.bus.embedded import EmbeddedBus\n"
            "EmbeddedBus(sys.argv[1]).producer().send([Message(sys.argv[2], b'key', (), b'value')])"
        )
        subprocess.run([sys.executable, "-c", code, path, topic], check=True)
        assert [record.value for record in consumer.poll(FOR_EVER, 10)] == [b"value"]


def test_an_idle_consumer_reads_no_partition_again(tmp_path: Path) -> None:
    bus = EmbeddedBus(str(tmp_path / "bus.sqlite"))
    bus.ensure(TOPICS)
    topic = TOPICS[0].name
    with closing(bus.consumer("group", [topic])) as consumer, closing(bus.producer()) as producer:
        consumer.poll(0, 10)
        asked: list[str] = []
        consumer._connection.set_trace_callback(asked.append)
        consumer.poll(0, 10)
        assert not [sql for sql in asked if "FROM record" in sql]
        producer.send([Message(topic, b"key", (), b"value")])
        assert len(consumer.poll(0, 10)) == 1
        consumer.rewind()
        assert len(consumer.poll(0, 10)) == 1, "what was rewound is read again, though nothing was sent"


def test_a_closed_file_is_read_no_more_by_the_thread_that_looks(tmp_path: Path) -> None:
    path = str(tmp_path / "bus.sqlite")
    EmbeddedBus(path).ensure(TOPICS)
    sends = Sends(path)
    state = sends()
    sends.close()
    with closing(EmbeddedBus(path).producer()) as producer:
        producer.send([Message(TOPICS[0].name, b"key", (), b"value")])
        assert sends() == state


def test_a_consumer_is_closed_while_another_thread_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EACH", 0.0001)
    bus = EmbeddedBus(str(tmp_path / "bus.sqlite"))
    bus.ensure(TOPICS)
    for _ in range(100):
        with closing(bus.consumer("group", [TOPICS[0].name])) as consumer:
            assert consumer.poll(0, 1) == []


def run_ticks(engine: Engine, work: Callable[[Session, datetime], datetime | None], ended: threading.Event) -> None:
    Ticker(engine, [Tick(0.0, work, rests=FOR_EVER)], ended, "ticks").run()


def test_a_tick_that_rests_runs_when_the_database_changes(file: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EACH", 0.02)
    monkeypatch.setattr(watching, "_STEP", 0)  # a state is not looked at twice because it is new
    ended, ran = Ended(), threading.Event()

    def work(session: Session, now: datetime) -> None:
        ran.set()

    thread = threading.Thread(target=run_ticks, args=(file, work, ended))
    thread.start()
    assert ran.wait(FOR_EVER)
    ran.clear()
    with closing(sqlite3.connect(str(file.url.database))) as other, other:
        other.execute("INSERT INTO word VALUES ('b')")
    assert ran.wait(FOR_EVER)
    ended.set()
    thread.join()


def test_a_tick_that_rests_runs_at_the_moment_that_it_named(file: Engine) -> None:
    ended, runs = Ended(), list[datetime]()

    def work(session: Session, now: datetime) -> datetime:
        runs.append(now)
        if len(runs) == 3:
            ended.set()
        return now + timedelta(milliseconds=30)

    thread = threading.Thread(target=run_ticks, args=(file, work, ended))
    thread.start()
    thread.join(FOR_EVER / 2)
    assert not thread.is_alive()
    assert len(runs) == 3


def test_a_tick_that_does_not_rest_may_name_a_later_moment() -> None:
    due = ticks._Due(Tick(1.0, lambda session, now: None), can_rest=True)
    due.begins(0)
    due.ended(None)
    assert due.seconds(1) <= 1.0
    due.ended(500.0)
    assert due.seconds(1) > 400
