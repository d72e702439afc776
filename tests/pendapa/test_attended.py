"""A worker of the embedded footing comes back whatever it failed at, its making too."""

import threading
from typing import cast

from kit.bus import BusUnavailable
from kit.worker import Worker
from pendapa.embedded import _Attended


class Ending:
    """A worker that ends the test."""

    def __init__(self) -> None:
        self.bus = self.engine = self

    def run(self, stop: threading.Event) -> None:
        stop.set()

    def close(self) -> None: ...

    def dispose(self) -> None: ...


def test_a_worker_that_could_not_be_made_is_made_again() -> None:
    stop, faults = threading.Event(), [BusUnavailable("database is locked")]

    def create() -> Worker:
        if faults:
            raise faults.pop()
        return cast("Worker", Ending())

    attended = _Attended("publish", create, stop)
    attended.start()
    assert stop.wait(30)
    attended.join(30)
