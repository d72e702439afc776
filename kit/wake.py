"""Wakes who waits for work: a commit tells that it has brought some, so that nobody asks the database all the time.

Within one process the commit itself tells. Another process's commit is seen on SQLite by the time of the database's
write-ahead log (see `kit.watching`), and on PostgreSQL it comes as a notification (see `kit.listening`). Each wait
ends after some seconds in any case: what tells may be lost, and then the work is only late.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, text
from sqlmodel import Session

from kit import watching
from kit.watching import Signal

LOOK_EACH = 10.0
"""Seconds after which a wait ends though nothing told of work."""
CHANNEL = "pendapa"
"""PostgreSQL's channel for notifications; a notification's payload is the kind of work."""

_KINDS = "kinds of work"
_CHANGE = "any change"
_TELL = text(f"SELECT pg_notify('{CHANNEL}', :kind)")

_signals: dict[tuple[URL, str], Signal] = {}


def signal_of(engine: Engine, kind: str) -> Signal:
    """What tells in this process of one kind of work in one database."""
    signal = _signals.get((engine.url, kind))
    return signal or _signals.setdefault((engine.url, kind), Signal())


def after_commit(session: Session, kind: str) -> None:
    """Once the session's transaction is committed, wake who waits for this kind of work."""
    session.info.setdefault(_KINDS, set()).add(kind)


def notify(session: Session) -> None:
    """Before the commit: let PostgreSQL tell the other processes, if it commits."""
    if session.get_bind().dialect.name == "postgresql":
        for kind in sorted(session.info.get(_KINDS, ())):
            session.execute(_TELL, {"kind": kind})


def tell(session: Session, engine: Engine) -> None:
    """After the commit: tell this process."""
    for kind in session.info.get(_KINDS, ()):
        signal_of(engine, kind).tell()


def can_rest(engine: Engine) -> bool:
    """Whether `changes` tells of each change of this database."""
    return engine.dialect.name == "sqlite" and bool(engine.url.database)


@contextmanager
def changes(engine: Engine, kind: str = _CHANGE) -> Iterator[Signal]:
    """Of a SQLite database, the signal also tells of each commit of any process, some time after it."""
    signal = signal_of(engine, kind)
    if not can_rest(engine):
        yield signal
        return
    log = f"{engine.url.database}-wal"
    with watching.watched(lambda: watching.state_of(log), signal):
        yield signal


def wait(signal: Signal, seen: int, ended: threading.Event) -> None:
    """Wait until the signal's count is not `seen`, for `LOOK_EACH` at most; not at all once `ended` is set."""
    if not ended.is_set():
        signal.wait(seen, watching.until_next(LOOK_EACH))
