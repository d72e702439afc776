"""Whether a process is ready: checks that may hang, but that no caller waits long for."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

Check = Callable[[], str | None]
"""Raises if a part does not work: `NotReady` with words for whoever reads /readyz. May return a warning."""

PATIENCE = 3.0
"""Seconds that all checks together may take; a check that takes longer counts as failed until it has ended."""


class NotReady(RuntimeError):
    """A part does not work; the message says so to anyone who reads /readyz, so it holds nothing private."""


class Findings(NamedTuple):
    """What the checks found: lines for those that failed, and what the others warn of."""

    failed: list[str]
    """The names of the checks that failed."""
    reasons: list[str]
    """For each of them what is wrong, and since when."""
    warnings: list[str]


class Health:
    """Runs checks, each on a thread of its own and never twice at a time: one that hangs costs one thread."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._probes = [_Probe(check) for check in checks]

    def look(self) -> Findings:
        end = time.monotonic() + PATIENCE
        running = [(probe, probe.start()) for probe in self._probes]
        for probe, run in running:
            probe.settle(run, end)
        failed = [probe for probe in self._probes if probe.failure]
        reasons = [f"{probe.name}: {probe.failure}, since {probe.since:%Y-%m-%dT%H:%M:%SZ}" for probe in failed]
        return Findings([probe.name for probe in failed], reasons, [p.warning for p in self._probes if p.warning])


class _Run:
    def __init__(self) -> None:
        self.ended = threading.Event()
        self.failure, self.warning = "", ""


class _Probe:
    def __init__(self, check: Check) -> None:
        self._check = check
        self.name = str(getattr(check, "__name__", type(check).__name__))
        self.failure, self.warning = "", ""
        self.since = datetime.now(UTC)
        """When the check was first seen to fail; meaningless while it does not."""
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def start(self) -> _Run:
        """The run under way, or a new one."""
        with self._lock:
            if self._run is None or self._run.ended.is_set():
                self._run = _Run()
                threading.Thread(target=self._work, args=(self._run,), name=f"check {self.name}", daemon=True).start()
            return self._run

    def settle(self, run: _Run, end: float) -> None:
        ended = run.ended.wait(max(0.0, end - time.monotonic()))
        failure = run.failure if ended else f"does not answer within {PATIENCE:g} s"
        with self._lock:
            if failure and not self.failure:
                self.since = datetime.now(UTC)
            self.failure, self.warning = failure, run.warning if ended else ""

    def _work(self, run: _Run) -> None:
        try:
            run.warning = self._check() or ""
        except NotReady as error:
            run.failure = str(error)
        except Exception as error:  # its words are not for everyone: they may name a host or quote a statement
            run.failure = type(error).__name__
        run.ended.set()
