"""Consumer groups of the embedded bus: their members, and which member holds which partition."""

import sqlite3
import time
from collections.abc import Mapping, Sequence

import orjson

from kit.watching import until_next


class Membership:
    """A member of a group. The constructor, `beat` and `leave` must be called inside a write transaction."""

    def __init__(
        self, connection: sqlite3.Connection, id: str, group: str, topics: Sequence[str], session: float
    ) -> None:
        self.id = id
        self._connection, self._group, self._topics, self._session = connection, group, topics, session
        self._generation = -1
        self._partitions: dict[int, tuple[str, int]] = {}
        self._join()

    def held(self) -> set[int]:
        """The partitions that this member holds now; one small query unless the group has changed."""
        row = self._connection.execute("SELECT generation FROM grp WHERE name = ?", (self._group,)).fetchone()
        if row[0] != self._generation:
            self._generation = row[0]
            sql = (
                "SELECT log.id, log.topic, log.part FROM owner JOIN log ON log.id = owner.log"
                " WHERE owner.grp = ? AND owner.member = ?"
            )
            rows = self._connection.execute(sql, (self._group, self.id)).fetchall()
            self._partitions = {log: (topic, part) for log, topic, part in rows}
        return set(self._partitions)

    def owned(self) -> set[int]:
        """The same, always read from the table: a commit must not include a partition that was lost."""
        sql = "SELECT log FROM owner WHERE grp = ? AND member = ?"
        return {log for (log,) in self._connection.execute(sql, (self._group, self.id))}

    def partition(self, log: int) -> tuple[str, int]:
        """The topic and the number of a partition that this member holds."""
        return self._partitions[log]

    def needs_beat(self) -> bool:
        return time.monotonic() >= self._beats_at

    def beats_in(self) -> float:
        """Seconds until the next beat is needed."""
        return max(0.0, self._beats_at - time.monotonic())

    def _has_beaten(self) -> None:
        # Those of one process beat in the same moment: to wake once for all costs the least.
        self._beats_at = time.monotonic() + until_next(self._session / 5)

    def beat(self) -> None:
        """Record that this member lives, take over from dead members, and join again if others removed this one."""
        self._has_beaten()
        now = time.time()
        is_member = self._connection.execute("UPDATE member SET beat = ? WHERE id = ?", (now, self.id)).rowcount
        if not is_member:
            self._join()
            return
        sql = "SELECT count(*) FROM member WHERE grp = ? AND beat < ?"
        dead = self._connection.execute(sql, (self._group, now - self._session)).fetchone()[0]
        if dead or self._unowned():
            self._rebalance()

    def leave(self) -> None:
        self._connection.execute("DELETE FROM member WHERE id = ?", (self.id,))
        self._rebalance()

    def _join(self) -> None:
        self._has_beaten()
        self._connection.execute("INSERT OR IGNORE INTO grp (name) VALUES (?)", (self._group,))
        self._connection.execute(
            "INSERT INTO member VALUES (?, ?, ?, ?)",
            (self.id, self._group, orjson.dumps(list(self._topics)).decode(), time.time()),
        )
        self._rebalance()

    def _unowned(self) -> bool:
        """Whether a partition of our topics has no owner: its topic was created after the group formed."""
        marks = ",".join("?" * len(self._topics))
        sql = (
            f"SELECT 1 FROM log WHERE topic IN ({marks}) AND NOT EXISTS"  # noqa: S608  # only question marks
            " (SELECT 1 FROM owner WHERE owner.grp = ? AND owner.log = log.id) LIMIT 1"
        )
        return self._connection.execute(sql, (*self._topics, self._group)).fetchone() is not None

    def _rebalance(self) -> None:
        run = self._connection.execute
        run("DELETE FROM member WHERE grp = ? AND beat < ?", (self._group, time.time() - self._session))
        members = {
            id: set(orjson.loads(topics))
            for id, topics in run("SELECT id, topics FROM member WHERE grp = ? ORDER BY id", (self._group,))
        }
        owners = dict(run("SELECT log, member FROM owner WHERE grp = ?", (self._group,)).fetchall())
        logs = dict(run("SELECT id, topic FROM log ORDER BY topic, part").fetchall())
        shared = share(logs, members, owners)
        run("DELETE FROM owner WHERE grp = ?", (self._group,))
        rows = [(self._group, log, member) for log, member in shared.items()]
        self._connection.executemany("INSERT INTO owner VALUES (?, ?, ?)", rows)
        run("UPDATE grp SET generation = generation + 1 WHERE name = ?", (self._group,))


def share(logs: Mapping[int, str], members: Mapping[str, set[str]], owners: Mapping[int, str]) -> dict[int, str]:
    """Assign each partition to a member that listens to its topic: evenly, and moving as few as possible.

    >>> share({1: "t", 2: "t", 3: "t"}, {"a": {"t"}, "b": {"t"}}, {1: "a", 2: "a", 3: "a"})
    {1: 'a', 2: 'a', 3: 'b'}
    """
    shared: dict[int, str] = {}
    for topic in sorted(set(logs.values())):
        able = sorted(id for id, topics in members.items() if topic in topics)
        if not able:
            continue
        mine = [log for log, of in logs.items() if of == topic]
        most, extra = divmod(len(mine), len(able))
        counts = dict.fromkeys(able, 0)
        unassigned = []
        for log in mine:
            owner = owners.get(log, "")
            # If the division is uneven, `extra` members keep one partition more.
            full = owner in counts and counts[owner] >= most + (1 if extra else 0)
            if owner in counts and not full:
                counts[owner] += 1
                extra -= counts[owner] == most + 1
                shared[log] = owner
            else:
                unassigned.append(log)
        for log in unassigned:
            owner = min(able, key=lambda id: counts[id])
            counts[owner] += 1
            shared[log] = owner
    return dict(sorted(shared.items()))
