"""What the connections of one server may hold: how many there are, of each address too, and how slow they may be."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

REFUSED: Final = "refused"
"""In the state of a request's scope: true if its address has too many connections, for the app to say so."""
SWEEP_SECONDS: Final = 1.0
SEND_SECONDS: Final = 20.0
"""A caller must take `least_speed` bytes a second of a waiting answer, on average of so many seconds."""
UNREAD_SECONDS: Final = 3.0
"""How long the rest of a body is taken after the answer to its request."""
_LATER: Final = 5.0
"""Seconds after which a slow connection is closed that an app should have answered with 408."""


def _nobody(_: str) -> str:
    return ""


class Bounds(NamedTuple):
    """The bounds of a server; those of a service, which the network lets only the gateway reach, are wide."""

    connections: int = 0
    """0: as many as there can be open files, less some for the process itself."""
    per_address: int = 0
    counted: Callable[[str], str] = _nobody
    """The name that connections from an address are counted by; "" if they are not counted."""
    body_seconds: float = 300.0
    body_grace: float = 5.0
    least_speed: float = 500.0


class _Connection(Protocol):
    """What `Connections` needs to know of each."""

    def is_idle(self) -> bool:
        """Whether no request is being answered on it."""

    def is_too_slow(self, now: float, bounds: Bounds) -> bool: ...

    def abort(self) -> None: ...


class Connections:
    """All connections of one server. Each is looked at once a second."""

    def __init__(self, bounds: Bounds, files: int) -> None:
        self.bounds = bounds
        self._most = bounds.connections or max(64, files - 256)
        self._names: dict[_Connection, str] = {}
        self._counts: dict[str, int] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def enter(self, connection: _Connection, host: str, loop: asyncio.AbstractEventLoop) -> bool | None:
        """Take in a connection: true if it is welcome; false if it is to be told that its address has too many; null
        if it must close at once. If there are too many in all, the one that is idle for longest makes room."""
        name = self.bounds.counted(host)
        count = self._counts.get(name, 0) if name else 0
        if self.bounds.per_address and count >= 2 * self.bounds.per_address:
            return None
        if len(self._names) >= self._most and not self._make_room():
            return None
        self._names[connection] = name
        if name:
            self._counts[name] = count + 1
        if self._sweeping is None:
            self._sweeping = loop.call_later(SWEEP_SECONDS, self._sweep, loop)
        return not self.bounds.per_address or count < self.bounds.per_address

    def leave(self, connection: _Connection) -> None:
        """Forget a connection; an address without any is forgotten."""
        name = self._names.pop(connection, "")
        if name and (left := self._counts.pop(name) - 1):
            self._counts[name] = left

    def counts(self) -> dict[str, int]:
        """How many connections each counted address has."""
        return dict(self._counts)

    def __len__(self) -> int:
        return len(self._names)

    def _make_room(self) -> bool:
        idle = next((each for each in self._names if each.is_idle()), None)
        if idle is None:
            return False
        self.leave(idle)
        idle.abort()
        return True

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [each for each in self._names if each.is_too_slow(now, self.bounds)]:
            connection.abort()
        self._sweeping = loop.call_later(SWEEP_SECONDS, self._sweep, loop) if self._names else None


class Pace:
    """Tells whether bytes come, or go, too slowly."""

    def __init__(self, began: float, waiting: int = 0) -> None:
        self.began, self.waiting = began, waiting
        self.moved = 0

    def body_is_late(self, now: float, bounds: Bounds) -> bool:
        """Whether the app should have refused the body by now."""
        allowed = min(bounds.body_seconds, bounds.body_grace + self.moved / bounds.least_speed)
        return now - self.began > allowed + _LATER
