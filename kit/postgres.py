"""Connections to PostgreSQL that give up: a server, or the way to it, that goes silent is noticed within seconds.

The operating system's own limits are fifteen minutes for a lost answer and two hours for an idle connection, and none
of them notices a server whose machine still answers the network. So each wait here ends, and the server is told to end
what a silent client of ours has left open: its transactions, its locks.
"""

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, create_engine, event

from kit import patience
from kit.patience import Patience

V = TypeVar("V")

_CHECK_EACH = 0.1
"""Seconds between two looks at the clock while a connection waits."""


class Silent(psycopg.OperationalError):
    """The server did not answer in time. Whether it did what the last statement says is unknown."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection each of whose waits ends after `seconds`: it closes itself and raises `Silent`."""

    seconds: float = Patience.statement

    def wait(self, gen: "PQGen[V]", interval: float = _CHECK_EACH, timeout: float | None = None) -> V:
        """As the base class, but never for longer than `seconds`."""
        return super().wait(self._end_in_time(gen), _CHECK_EACH, timeout)

    def _end_in_time(self, gen: "PQGen[V]") -> "PQGen[V]":
        end = time.monotonic() + self.seconds
        try:
            state = next(gen)
            while True:
                ready = yield state
                if not ready and time.monotonic() > min(end, patience.ends_at()):
                    self.pgconn.finish()
                    raise Silent("the database did not answer in time")
                state = gen.send(ready)
        except StopIteration as stop:
            value: V = stop.value
            return value


def open_postgres(url: str, limits: Patience) -> Engine:
    """An engine whose connections keep to `limits`."""
    engine = create_engine(
        url, pool_size=8, max_overflow=8, pool_timeout=limits.pool, pool_pre_ping=True, hide_parameters=True
    )
    parameters = _parameters(limits)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> BoundedConnection:
        left = patience.ends_at() - time.monotonic()
        seconds = int(max(2, min(limits.connect, left)))  # the driver takes less than 2 for 2
        options = f"{named.get('options', '')} {parameters['options']}".strip()
        connection = BoundedConnection.connect(
            *arguments, **{**parameters, **named, "options": options, "connect_timeout": seconds}
        )
        connection.seconds = limits.statement + 1  # the server's own limit comes first: its error says more
        return connection

    return engine


def _parameters(limits: Patience) -> Mapping[str, Any]:
    probes = 3
    each = max(1, limits.network // (probes + 1))
    server = {
        "statement_timeout": int(limits.statement * 1000),
        "idle_in_transaction_session_timeout": int(limits.idle * 1000),
        "tcp_user_timeout": limits.network * 1000,
        "tcp_keepalives_idle": each,
        "tcp_keepalives_interval": each,
        "tcp_keepalives_count": probes,
    }
    return {
        "keepalives": 1,
        "keepalives_idle": each,
        "keepalives_interval": each,
        "keepalives_count": probes,
        "tcp_user_timeout": limits.network * 1000,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }
