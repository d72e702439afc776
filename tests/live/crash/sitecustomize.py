"""On the path of a system under test: kills the process, once, at the point that the file in CRASH_FILE names.

The code under test knows nothing of it. A point is `service:place`, for example `routing:after-commit`.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ARMED = Path(os.environ.get("CRASH_FILE", "/nonexistent"))


def reached(service: str, place: str) -> None:
    """Die here if this point is armed; the file is taken away first, so only one process dies, once."""
    point = f"{service}:{place}"
    try:
        if ARMED.read_text() != point:
            return
        ARMED.rename(ARMED.with_suffix(".fired"))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def arm() -> None:
    arm_sending()
    arm_handling()
    arm_answering()


class Watched:
    """A producer that dies before or after it sends `what`."""

    def __init__(self, producer: Any, service: str, what: str) -> None:
        self._producer, self._service, self._what = producer, service, what

    def send(self, messages: Any) -> None:
        reached(self._service, f"before-{self._what}")
        self._producer.send(messages)
        reached(self._service, f"after-{self._what}")

    def close(self) -> None:
        self._producer.close()


def arm_sending() -> None:
    """`send`: of the outbox. `park`: of what nobody can read, which is all that a loop's own producer sends."""
    from kit import outbox, side_work, worker

    relay: Callable[..., int] = outbox.relay
    open_both = worker.Worker._open

    def watched_relay(engine: Any, producer: Any, source: str, **options: Any) -> int:
        return relay(engine, Watched(producer, source, "send"), source, **options)

    def watched_open(self: Any) -> Any:
        consumer, producer = open_both(self)
        return consumer, Watched(producer, self.service, "park")

    side_work.outbox.relay = watched_relay  # type: ignore[attr-defined]
    worker.Worker._open = watched_open  # type: ignore[method-assign]


def arm_handling() -> None:
    """`commit`: of what a worker did with a batch."""
    from kit import delivery, worker

    run = worker.Worker.run
    deliver = delivery.Delivery.deliver

    def watched_run(self: Any, stop: Any) -> None:
        handle = self._handle

        def watched_handle(session: Any, events: Any) -> None:
            handle(session, events)
            session.flush()
            reached(self.service, "before-commit")

        watched_handle.service = self.service  # type: ignore[attr-defined]
        self._handle = watched_handle
        run(self, stop)

    def watched_deliver(self: Any, readings: Any) -> None:
        deliver(self, readings)
        reached(self._handle.service, "after-commit")

    worker.Worker.run = watched_run  # type: ignore[method-assign]
    delivery.Delivery.deliver = watched_deliver  # type: ignore[method-assign]


def arm_answering() -> None:
    """`answer`: to whoever asked an app for a change, which is committed by then."""
    from kit import writer

    commit, finish = writer.Writer._commit, writer._Job.finish

    def watched_commit(self: Any, group: Any) -> None:
        for job in group:
            job.service = Path(self._engine.url.database).stem
        commit(self, group)

    def watched_finish(self: Any, result: object) -> None:
        reached(self.service, "before-answer")
        finish(self, result)

    writer.Writer._commit = watched_commit  # type: ignore[method-assign]
    writer._Job.finish = watched_finish  # type: ignore[method-assign]


if "CRASH_FILE" in os.environ and any(word.startswith(("services.", "pendapa")) for word in sys.orig_argv):
    sys.path.insert(0, os.environ["CRASH_ROOT"])
    arm()
