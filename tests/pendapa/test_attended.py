"""A worker of the embedded footing comes back whatever it failed at, its making too."""

import threading
from typing import cast

import pytest

from kit.bus import BusUnavailable
from kit.worker import Worker
from pendapa.embedded import _Attended


class Ending:
    """A worker that runs once, and ends the test."""

    def __init__(self) -> None:
        self.bus = self.engine = self

    def run(self, stop: threading.Event) -> None:
        stop.set()

    def loop(self) -> None: ...

    def warning(self) -> None: ...

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


def test_only_a_worker_that_is_there_and_not_stuck_is_ready() -> None:
    stop, working, over, checked = (threading.Event() for _ in range(4))

    class Stuck(Ending):
        def run(self, stop: threading.Event) -> None:
            working.set()
            over.wait(30)
            checked.wait(30)
            stop.set()

        def loop(self) -> None:
            if over.is_set():
                raise RuntimeError("the loop has finished no batch for a minute")

    attended = _Attended("publish", lambda: cast("Worker", Stuck()), stop)
    with pytest.raises(RuntimeError, match="no worker"):
        attended.worker()
    attended.start()
    assert working.wait(30)
    attended.worker()
    over.set()
    with pytest.raises(RuntimeError, match="no batch"):
        attended.worker()
    checked.set()
    attended.join(30)
    with pytest.raises(RuntimeError, match="no worker"):
        attended.worker()
