"""Does jobs that take long, on threads beside the worker's loop: a tick holds a transaction, so it only starts them."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

logger = logging.getLogger(__name__)

Job = Callable[[], object]


class Runner:
    """The jobs of one target follow each other on one thread; those of `at_once` targets run at the same time.

    A job that fails is logged, and its target is left alone for `rest` seconds: whoever asks for it asks again.
    """

    def __init__(self, name: str, *, at_once: int = 1, rest: float = 0.0) -> None:
        self._name, self._at_once, self._rest = name, at_once, rest
        self._threads: dict[str, threading.Thread] = {}
        self._rests_until: dict[str, float] = {}
        self._starts: dict[str, int] = {}
        """Of each target, the number of its last start in this process."""

    def start(self, due: Mapping[str, Sequence[Job]]) -> None:
        """Start the jobs of the targets that have waited longest. The others wait until this is called again."""
        self._threads = {target: thread for target, thread in self._threads.items() if thread.is_alive()}
        ready = [target for target, jobs in due.items() if jobs and self.is_ready(target)]
        ready.sort(key=lambda target: self._starts.get(target, 0))
        for target in ready[: self._at_once - len(self._threads)]:
            self._starts[target] = max(self._starts.values(), default=0) + 1
            thread = threading.Thread(target=self._run, args=(target, due[target]), name=self._name, daemon=True)
            self._threads[target] = thread
            thread.start()

    def join(self) -> None:
        """Wait for the jobs that are under way."""
        for thread in list(self._threads.values()):
            thread.join()

    def is_ready(self, target: str) -> bool:
        """Whether no job of the target is under way, and the rest after its last failure is over."""
        thread = self._threads.get(target)
        under_way = thread is not None and thread.is_alive()
        return not under_way and time.monotonic() >= self._rests_until.get(target, float("-inf"))

    def _run(self, target: str, jobs: Sequence[Job]) -> None:
        for job in jobs:
            try:
                job()
            except Exception as error:  # the worker goes on without it, and so do the other jobs
                logger.error("a job of %s failed: %s", self._name, target, exc_info=error)
                self._rests_until[target] = time.monotonic() + self._rest
