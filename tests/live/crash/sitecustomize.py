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
    from kit import db, outbox, side_work, worker

    relay: Callable[..., int] = outbox.relay

    class Watched:
        def __init__(self, producer: Any, service: str) -> None:
            self._producer, self._service = producer, service

        def send(self, messages: Any) -> None:
            reached(self._service, "before-send")
            self._producer.send(messages)
            reached(self._service, "after-send")

    def watched_relay(engine: Any, producer: Any, source: str, **options: Any) -> int:
        return relay(engine, Watched(producer, source), source, **options)  # type: ignore[arg-type]

    side_work.outbox.relay = watched_relay  # type: ignore[attr-defined]

    transact = worker.Worker._transact

    def watched_transact(self: worker.Worker, readings: Any) -> None:
        handle = self._handle

        def watched_handle(session: Any, events: Any) -> None:
            handle(session, events)
            session.flush()
            reached(self.service, "before-commit")

        self._handle = watched_handle
        try:
            transact(self, readings)
        finally:
            self._handle = handle
        reached(self.service, "after-commit")

    worker.Worker._transact = watched_transact  # type: ignore[method-assign]

    finish = db._Job.finish

    def watched_finish(self: Any, result: object) -> None:
        reached("app", "before-answer")
        finish(self, result)

    db._Job.finish = watched_finish  # type: ignore[method-assign]


if "CRASH_FILE" in os.environ and any(word.startswith(("services.", "pendapa")) for word in sys.orig_argv):
    sys.path.insert(0, os.environ["CRASH_ROOT"])
    arm()
