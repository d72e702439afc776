"""Whether a process is ready: checks that may hang, but that no caller waits long for."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from kit import outage

Check = Callable[[], str | None]
"""Raises if a part does not work: `NotReady` with words for whoever reads /readyz. May return a warning."""

PATIENCE = 3.0
"""Seconds that all checks together may take; a check that takes longer counts as failed until it has ended."""


class NotReady(RuntimeError):
    """A part does not work; the message says so to anyone who reads /readyz, so it holds nothing private."""


class Slow:
    """A check that takes long, as a check of its own: it runs beside, and each look is told what it last found.

    After a run that found nothing it rests `share` times as long as that took, and `rest` seconds at least.
    """

    def __init__(self, check: Check, rest: float = 60.0, share: float = 50.0, wait: float = 1.0) -> None:
        self.__name__ = str(getattr(check, "__name__", type(check).__name__))
        self._check, self._rest, self._share, self._wait = check, rest, share, wait
        self._lock = threading.Lock()
        self._run = _Run()
        self._run.ended.set()
        self._found = self._run
        self._due = float("-inf")

    def __call__(self) -> str | None:
        with self._lock:
            if self._run.ended.is_set() and time.monotonic() >= self._due:
                self._run = _Run()
                threading.Thread(
                    target=self._work, args=(self._run,), name=f"check {self.__name__}", daemon=True
                ).start()
            run = self._run
        run.ended.wait(self._wait)
        if self._found.failure:
            raise NotReady(self._found.failure)
        return self._found.warning or None

    def soon(self) -> None:
        """Run it at the next look, without the rest."""
        self._due = float("-inf")

    def _work(self, run: "_Run") -> None:
        began = time.monotonic()
        run.work(self._check)
        if not run.failure:
            self._due = time.monotonic() + max(self._rest, self._share * (time.monotonic() - began))
        self._found = run
        run.ended.set()


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

    def failing(self) -> dict[str, bool]:
        """Whether each check fails now, by its name: for a metric."""
        failed = self.look().failed
        return {probe.name: probe.name in failed for probe in self._probes}

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

    def work(self, check: Check) -> None:
        try:
            self.warning = check() or ""
        except NotReady as error:
            self.failure = str(error)
        except Exception as error:  # its words are not for everyone: they may name a host or quote a statement
            self.failure = outage.words(error) or type(error).__name__


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
        run.work(self._check)
        run.ended.set()
