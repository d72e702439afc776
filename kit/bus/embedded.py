"""The embedded bus: topics in one SQLite file that several processes may share, with the guarantees of Kafka."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from uuid import uuid4
from zlib import crc32

from contracts.topics import Topic, parked
from kit import clock
from kit.bus import BusRecord, BusUnavailable, Gap, Message, Partition, Span
from kit.bus.embedded_file import SENDS, Connection, Sends, connect, unavailable, writing
from kit.bus.groups import Membership
from kit.bus.headers import pack_headers, unpack_headers
from kit.watching import Signal, watched

_SCHEMA = """
CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, retention_days INTEGER);
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, part INTEGER NOT NULL, next INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, part));
CREATE TABLE IF NOT EXISTS record (
    log INTEGER NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL,
    key BLOB NOT NULL, headers BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (log, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grp (name TEXT PRIMARY KEY, generation INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS member (
    id TEXT PRIMARY KEY, grp TEXT NOT NULL, topics TEXT NOT NULL, beat REAL NOT NULL);
CREATE TABLE IF NOT EXISTS owner (
    grp TEXT NOT NULL, log INTEGER NOT NULL, member TEXT NOT NULL, PRIMARY KEY (grp, log));
CREATE TABLE IF NOT EXISTS committed (
    grp TEXT NOT NULL, log INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (grp, log));
"""

RETENTION_EACH = 3600.0
PARKED_RETENTION_DAYS = 3650


_signals: dict[str, Signal] = {}
"""By file: tells the readers of this process of its sends."""


class EmbeddedBus:
    """`session`: seconds without a sign of life after which a member's partitions go to others."""

    def __init__(self, path: str, session: float = 10.0) -> None:
        self._path, self._session = path, session
        self._signal = _signals.setdefault(path, Signal())
        with unavailable():
            connection = connect(path)
            connection.executescript(_SCHEMA)
            connection.close()

    def ensure(self, topics: Sequence[Topic]) -> None:
        wanted = [(t.name, t.partitions, t.retention_days) for t in topics]
        wanted += [(parked(t.name), 1, PARKED_RETENTION_DAYS) for t in topics]
        with unavailable():
            connection = connect(self._path)
            try:
                with writing(connection):
                    for name, partitions, days in wanted:
                        created = connection.execute(
                            "INSERT OR IGNORE INTO topic VALUES (?, ?, ?)", (name, partitions, days)
                        ).rowcount
                        if created:
                            # An existing topic keeps its number of partitions: another number would move keys.
                            logs = [(name, part) for part in range(partitions)]
                            connection.executemany("INSERT INTO log (topic, part) VALUES (?, ?)", logs)
            finally:
                connection.close()

    def forget_members(self) -> None:
        """Free the partitions of members that were killed. Only for a process that has the file to itself."""
        with unavailable(), closing(connect(self._path)) as connection, writing(connection):
            connection.execute("DELETE FROM member")

    def producer(self) -> "EmbeddedProducer":
        return EmbeddedProducer(self._path, self._signal)

    def consumer(self, group: str, topics: Sequence[str]) -> "EmbeddedConsumer":
        return EmbeddedConsumer(self._path, self._signal, group, topics, self._session)

    def ping(self) -> None:
        with unavailable():
            connection = connect(self._path)
            connection.execute("SELECT count(*) FROM topic").fetchone()
            connection.close()

    def close(self) -> None:
        """Does nothing: only producers and consumers hold connections, and they close their own."""


class EmbeddedProducer:
    def __init__(self, path: str, signal: Signal) -> None:
        self._signal = signal
        self._lock = threading.Lock()
        with unavailable():
            self._connection = connect(path)
        self._partitions: dict[str, int] = {}
        self._swept = time.monotonic()

    def send(self, messages: Sequence[Message]) -> None:
        with self._lock, unavailable():
            with writing(self._connection):
                self._append(messages)
            if time.monotonic() - self._swept > RETENTION_EACH:
                self._swept = time.monotonic()
                if clock.PROCESS.doubt() is None:
                    drop_old(self._connection, clock.now().timestamp())
        self._signal.tell()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _append(self, messages: Sequence[Message]) -> None:
        at = int(clock.now().timestamp() * 1000)
        heads: dict[tuple[str, int], list[int]] = {}
        rows = []
        for message in messages:
            partition = message.topic, crc32(message.key) % self._partitions_of(message.topic)
            if partition not in heads:
                sql = "SELECT id, next FROM log WHERE topic = ? AND part = ?"
                heads[partition] = list(self._connection.execute(sql, partition).fetchone())
            head = heads[partition]
            rows.append((head[0], head[1], at, message.key, pack_headers(message.headers), message.value))
            head[1] += 1
        self._connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._connection.executemany("UPDATE log SET next = ? WHERE id = ?", [(n, log) for log, n in heads.values()])

    def _partitions_of(self, topic: str) -> int:
        if topic not in self._partitions:
            row = self._connection.execute("SELECT partitions FROM topic WHERE name = ?", (topic,)).fetchone()
            if row is None:
                raise BusUnavailable(f"there is no topic {topic} yet")
            self._partitions[topic] = row[0]
        return self._partitions[topic]


class EmbeddedConsumer:
    """One member of a group. Its methods may be called from any thread, one at a time."""

    def __init__(self, path: str, signal: Signal, group: str, topics: Sequence[str], session: float) -> None:
        self._signal, self._group = signal, group
        self._lock = threading.RLock()
        with unavailable():
            # A power cut can lose only the newest committed offsets here: those records are read again.
            self._connection = connect(path, durable=False)
            with writing(self._connection):
                self._member = Membership(self._connection, uuid4().hex, group, topics, session)
        self._positions: dict[int, int] = {}
        self._first = 0
        self._sends = Sends(path)
        self._watched = ExitStack()
        self._watched.enter_context(watched(self._sends, signal))
        self._read_at: object = None
        """What `SENDS` said when all was read; null if there may be records to read."""
        self._closed = False

    def poll(self, timeout: float, limit: int) -> list[BusRecord]:
        deadline = time.monotonic() + timeout
        while True:
            with self._lock, unavailable():
                seen = self._signal.count
                records = self._read_new(limit)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            self._signal.wait(seen, min(left, self._member.beats_in()))

    def commit(self) -> None:
        with self._lock, unavailable(), writing(self._connection):
            # Only partitions this member still holds: another one is committed by its new owner.
            held = self._member.owned()
            rows = [(self._group, log, at) for log, at in self._positions.items() if log in held]
            self._connection.executemany(
                "INSERT INTO committed VALUES (?, ?, ?) ON CONFLICT (grp, log)"
                " DO UPDATE SET offset = max(offset, excluded.offset)",
                rows,
            )

    def rewind(self) -> None:
        with self._lock:
            self._positions.clear()
            self._read_at = None

    def skip(self, gap: Gap) -> None:
        """Does nothing: this bus deletes only what every group has handled, so `poll` finds no gap."""

    def lag(self) -> int:
        with self._lock, unavailable():
            row = self._connection.execute(
                "SELECT sum(log.next - max(coalesce(committed.offset, 0), coalesce("
                "(SELECT min(offset) FROM record WHERE record.log = log.id), log.next))) FROM owner"
                " JOIN log ON log.id = owner.log LEFT JOIN committed ON committed.grp = owner.grp"
                " AND committed.log = owner.log WHERE owner.grp = ? AND owner.member = ?",
                (self._group, self._member.id),
            ).fetchone()
        return int(row[0] or 0)

    def positions(self) -> dict[Partition, Span]:
        with self._lock, unavailable():
            rows = self._connection.execute(
                "SELECT log.id, log.topic, log.part, coalesce(committed.offset, 0), log.next FROM owner"
                " JOIN log ON log.id = owner.log LEFT JOIN committed ON committed.grp = owner.grp"
                " AND committed.log = owner.log WHERE owner.grp = ? AND owner.member = ?",
                (self._group, self._member.id),
            ).fetchall()
            return {
                Partition(topic, part): Span(self._positions.get(log, at), end) for log, topic, part, at, end in rows
            }

    def seek(self, partition: Partition, offset: int) -> None:
        with self._lock, unavailable():
            sql = "SELECT id FROM log WHERE topic = ? AND part = ?"
            [log] = self._connection.execute(sql, partition).fetchone()
            self._positions[log] = offset
            self._read_at = None

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._watched.close()
            self._sends.close()
            try:
                with unavailable(), writing(self._connection):
                    self._member.leave()
            finally:
                self._connection.close()
        self._signal.tell()

    def _read_new(self, limit: int) -> list[BusRecord]:
        """The next records; no partition is read while nothing was sent and the groups are as they were."""
        if self._member.needs_beat():
            with writing(self._connection):
                self._member.beat()
        state = self._connection.execute(SENDS).fetchone()
        if state == self._read_at:
            return []
        for log in set(self._positions) - self._member.held():
            del self._positions[log]  # its new owner reads the uncommitted records again
        records = self._read(limit)
        self._read_at = None if records else state
        return records

    def _read(self, limit: int) -> list[BusRecord]:
        held = sorted(self._member.held())
        records: list[BusRecord] = []
        self._first += 1  # each poll begins with another partition, so that a busy one does not starve the others
        for number in range(len(held)):
            log = held[(self._first + number) % len(held)]
            if len(records) < limit:
                records += self._read_log(log, limit - len(records))
        return records

    def _read_log(self, log: int, limit: int) -> list[BusRecord]:
        if log not in self._positions:
            sql = "SELECT offset FROM committed WHERE grp = ? AND log = ?"
            row = self._connection.execute(sql, (self._group, log)).fetchone()
            self._positions[log] = row[0] if row else 0
        sql = "SELECT offset, key, headers, value, at FROM record WHERE log = ? AND offset >= ? ORDER BY offset LIMIT ?"
        rows = self._connection.execute(sql, (log, self._positions[log], limit)).fetchall()
        if rows:
            self._positions[log] = rows[-1][0] + 1
        topic, part = self._member.partition(log)
        return [BusRecord(topic, part, offset, key, unpack_headers(h), value, at) for offset, key, h, value, at in rows]


def drop_old(connection: Connection, now: float) -> None:
    """Drop records past their topic's retention once every group has handled them (Kafka drops them in any case)."""
    with writing(connection):
        logs = connection.execute(
            "SELECT log.id, topic.retention_days, (SELECT min(coalesce(committed.offset, 0)) FROM grp"
            " LEFT JOIN committed ON committed.grp = grp.name AND committed.log = log.id"
            " WHERE EXISTS (SELECT 1 FROM committed c JOIN log l ON l.id = c.log"
            " WHERE c.grp = grp.name AND l.topic = log.topic)"
            " OR EXISTS (SELECT 1 FROM member m, json_each(m.topics) t WHERE m.grp = grp.name AND t.value = log.topic))"
            " FROM log JOIN topic ON topic.name = log.topic"
        ).fetchall()
        for log, days, handled in logs:
            below = handled if handled is not None else 1 << 62
            while _drop_some(connection, log, below, int((now - days * 86400) * 1000)):
                pass


def _drop_some(connection: sqlite3.Connection, log: int, below: int, before: int, some: int = 1000) -> bool:
    """Drop the oldest records of a partition, `some` at most; whether there may be more to drop."""
    sql = "SELECT offset, at FROM record WHERE log = ? AND offset < ? ORDER BY offset LIMIT ?"
    old = [offset for offset, at in connection.execute(sql, (log, below, some)) if at < before]
    if old:
        connection.execute("DELETE FROM record WHERE log = ? AND offset <= ?", (log, old[-1]))
    return len(old) == some
