"""Group commit: many requests share one transaction, and each is answered after the commit."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from kit.db import transaction
from kit.outage import OutcomeUnknown, is_conflict, is_outage

T = TypeVar("T")

GROUP_LIMIT = 256
TRY_AGAIN_SECONDS = 10.0
"""How long work whose commit was not answered is tried again before its caller hears that the outcome is unknown."""
GIVE_UP_SECONDS = 18.0
"""After its first try; then no further one begins: the callers of this group and of the next one must hear of it before
the gateway gives them up."""
STUCK_SECONDS = 90.0
CONFLICTS = 3
"""How often a group is tried again that PostgreSQL rolled back because of a deadlock with another process's group."""


class Writer:
    """One thread writes for all callers.

    Work runs a second time if other work in its group raised, and after a deadlock: two processes write groups of
    callers in different orders. So it must change nothing but the session.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing, self._closed = threading.Lock(), False
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Session], T], *, repeatable: bool = False) -> T:
        """Run `work` in a transaction; return its result after the commit, or raise its exception.

        `repeatable`: done twice, the work leaves the same rows and has the same result. Then it is done again if the
        database did not say whether it has committed. Raises `OutcomeUnknown` if that stays unknown, and
        `RuntimeError` once the writer is closed.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._closing:  # a job queued after the end would never be answered
            if self._closed:
                raise RuntimeError("the writer is closed")
            self._jobs.put(_Job(work, future, repeatable))
        return await future

    def close(self) -> None:
        """Take no more jobs, and return when all queued ones are answered."""
        with self._closing:
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def writer(self) -> None:
        """A check for /healthz: raise if one group has been written for longer than any database may take."""
        since = self._busy_since
        if since is not None and time.monotonic() - since > STUCK_SECONDS:
            raise RuntimeError("the writer is stuck")

    def _serve(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            while len(group) < GROUP_LIMIT and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    self._jobs.put(None)
                    break
                group.append(job)
            self._busy_since = time.monotonic()
            self._commit(group)
            self._busy_since = None

    def _commit(self, group: Sequence["_Job"]) -> None:
        began = time.monotonic()
        try:
            self._write(group)
        except OutcomeUnknown as error:
            self._commit_again(group, error, began)
        except Exception as error:  # the caller gets the error; this thread goes on
            if len(group) == 1 or is_outage(error):
                _fail(group, error)
                return
            for job in group:
                self._commit([job])

    def _commit_again(self, group: Sequence["_Job"], unknown: OutcomeUnknown, began: float) -> None:
        """Do what is repeatable again until its outcome is known, for some seconds."""
        _fail([job for job in group if not job.repeatable], unknown)
        group = [job for job in group if job.repeatable]
        end, wait = min(time.monotonic() + TRY_AGAIN_SECONDS, began + GIVE_UP_SECONDS), 0.1
        while group and time.monotonic() < end:
            try:
                self._write(group)
                return
            except Exception as error:
                if not is_outage(error):
                    _fail(group, error)
                    return
            time.sleep(wait)
            wait *= 2
        _fail(group, unknown)

    def _write(self, group: Sequence["_Job"]) -> None:
        for left in reversed(range(CONFLICTS + 1)):
            try:
                with transaction(self._engine) as session:
                    results = [job.work(session) for job in group]
                break
            except DBAPIError as error:
                if not (left and is_conflict(error)):
                    raise
        for job, result in zip(group, results, strict=True):
            job.finish(result)


class _Job:
    def __init__(self, work: Callable[[Session], Any], future: "asyncio.Future[Any]", repeatable: bool) -> None:
        self.work, self.repeatable = work, repeatable
        self._future = future
        self._loop = future.get_loop()

    def finish(self, result: object) -> None:
        self._tell(lambda: None if self._future.done() else self._future.set_result(result))

    def fail(self, error: Exception) -> None:
        self._tell(lambda: None if self._future.done() else self._future.set_exception(error))

    def _tell(self, answer: Callable[[], None]) -> None:
        # A caller may have closed its event loop; this thread serves others.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(answer)


def _fail(group: Sequence[_Job], error: Exception) -> None:
    for job in group:
        job.fail(error)
