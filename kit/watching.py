"""Tells who waits: of work in this process, and of files that other processes change, at which one thread looks."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

LOOK_EACH = 2.0
"""Seconds between two looks. Each moment at which an idle process wakes costs it far more than the look itself."""
_STEP = 20_000_000
_signals: "WeakSet[Signal]" = WeakSet()


def until_next(seconds: float) -> float:
    """Seconds until the next multiple of `seconds`: what all wait for until then is done in one moment."""
    return seconds - time.monotonic() % seconds


class Ended(threading.Event):
    """An event that says that all is to end: to set it also wakes everyone who waits for a `Signal`."""

    def set(self) -> None:
        super().set()
        for signal in list(_signals):
            signal.tell()


class Signal:
    """Counts what it was told, so that one can wait for the next time without missing it."""

    def __init__(self) -> None:
        self.count = 0
        self._condition = threading.Condition()
        _signals.add(self)

    def tell(self) -> None:
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout: float) -> None:
        """Wait until the count differs from `seen`, for `timeout` seconds at most."""
        with self._condition:
            if self.count == seen:
                self._condition.wait(timeout)


def state_of(path: str) -> object:
    """Differs from the one before if a file was written since."""
    try:
        state = os.stat(path)
    except OSError as error:
        return error.errno
    now = time.time_ns()
    # A file's time has steps of some milliseconds: a further write within the same step would look as this one.
    is_new = abs(now - state.st_mtime_ns) < _STEP
    return state.st_mtime_ns, state.st_size, now if is_new else 0


class _Watched:
    def __init__(self, state: Callable[[], object], signal: Signal) -> None:
        self.state, self.signal = state, signal
        self.seen = state()


class _Watch:
    """Runs its thread only while something is watched."""

    def __init__(self) -> None:
        self._all: list[_Watched] = []
        self._change = threading.Condition()
        self._runs = False

    def add(self, watched: _Watched) -> None:
        with self._change:
            self._all.append(watched)
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name="watch", daemon=True).start()

    def remove(self, watched: _Watched) -> None:
        with self._change:
            self._all.remove(watched)
            self._change.notify_all()

    def _run(self) -> None:
        while True:
            with self._change:
                if not self._all:
                    self._runs = False
                    return
                self._change.wait(until_next(LOOK_EACH))
                watched = list(self._all)
            for each in watched:
                state = each.state()
                if state != each.seen:
                    each.seen = state
                    each.signal.tell()


_watch = _Watch()


@contextmanager
def watched(state: Callable[[], object], signal: Signal) -> Iterator[None]:
    """During the block, tell the signal when `state` has another result than before. It is called from a thread of
    its own, and must not raise; it was called once when the block begins."""
    one = _Watched(state, signal)
    _watch.add(one)
    try:
        yield
    finally:
        _watch.remove(one)
