"""Locks between the processes of one database, which a process that goes silent does not keep."""

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from kit import telemetry

logger = logging.getLogger(__name__)

SILENT_AFTER = 30
"""Seconds: PostgreSQL ends the session, and with it the lock, of a holder that was silent for so long."""
TOO_LONG = 45.0
"""Seconds after which waiting for a lock is told: longer than a silent holder can keep it."""
_FORGOTTEN_AFTER = 60.0

_TAKE = text("SELECT pg_try_advisory_lock(:key), set_config('idle_session_timeout', :limit, false)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:key), set_config('idle_session_timeout', '0', false)")


@contextmanager
def exclusive(engine: Engine, name: str) -> Iterator[bool]:
    """Take the lock `name` of this database for the block; false if any process holds it already. Never waits."""
    with _postgres(engine, name) if engine.dialect.name == "postgresql" else _file(engine, name) as held:
        _note(engine, name, held)
        yield held


@contextmanager
def _postgres(engine: Engine, name: str) -> Iterator[bool]:
    key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = bool(connection.scalar(_TAKE, {"key": key, "limit": f"{SILENT_AFTER}s"}))
        try:
            with _signs_of_life.of(connection, name):
                yield held
        finally:
            with suppress(DBAPIError):  # the session has ended, and with it the lock
                connection.execute(_GIVE_BACK, {"key": key})


@contextmanager
def _file(engine: Engine, name: str) -> Iterator[bool]:
    with open(f"{engine.url.database}.{name}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


class _SignsOfLife:
    """A thread that says something on each connection with a lock, so that PostgreSQL does not take it for silent."""

    def __init__(self, each: float = SILENT_AFTER / 4) -> None:
        self._each = each
        self._held: dict[int, tuple[Any, str]] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, connection: Connection, name: str) -> Iterator[None]:
        driver = connection.connection.dbapi_connection
        with self._change:
            self._held[id(driver)] = driver, name
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="signs of life", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._change:
                del self._held[id(driver)]

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait(self._each)
                for driver, name in self._held.values():
                    try:
                        driver.execute("SELECT 1")
                    except Exception as error:  # this thread serves the other locks
                        logger.warning("the lock %s was lost while it was held", name, exc_info=error)


_signs_of_life = _SignsOfLife()


class _Wait(NamedTuple):
    since: float
    tried: float
    told: bool


_waits: dict[tuple[str, str], _Wait] = {}


def waited_too_long(engine: Engine) -> str | None:
    """A check for /readyz: which locks others have held all the time while this process tried to take them."""
    now, service = time.monotonic(), _service(engine)
    waits = [
        f"{name} for {now - wait.since:.0f} s"
        for (of, name), wait in list(_waits.items())
        if of == service and wait.tried - wait.since > TOO_LONG and now - wait.tried < _FORGOTTEN_AFTER
    ]
    return f"another process holds a lock of {service}: {', '.join(waits)}" if waits else None


def _note(engine: Engine, name: str, held: bool) -> None:
    key, now = (_service(engine), name), time.monotonic()
    wait = _waits.get(key)
    if held or wait is None or now - wait.tried > _FORGOTTEN_AFTER:
        if held:
            _waits.pop(key, None)
        else:
            _waits[key] = _Wait(now, now, told=False)
        telemetry.LOCK_WAITED.labels(*key).set(0)
        return
    telemetry.LOCK_WAITED.labels(*key).set(now - wait.since)
    tell = now - wait.since > TOO_LONG and not wait.told
    if tell:
        logger.warning("another process has held the lock %s of %s for %.0f s", name, key[0], now - wait.since)
    _waits[key] = _Wait(wait.since, now, wait.told or tell)


def _service(engine: Engine) -> str:
    return Path(engine.url.database or "").stem
