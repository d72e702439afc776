"""Keeps child processes running: one that ends or hangs is started again, later each time if it ends soon."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from pendapa.live.process import die_with_parent

_YOUNG_SECONDS = 60
_LONGEST_WAIT = 30.0
ASK_EACH = 10.0
"""Seconds between two questions to a child; also how long its answer may take."""
SILENCES = 6
"""A child that leaves so many questions in a row unanswered, for about a minute, is killed."""


LOG_BYTES = 50 * 1024 * 1024
"""Of a child's log; as many more are kept beside it."""


@dataclass
class _Pulse:
    """Whether a process answers. Until its first answer it may still be migrating, so silences are not counted."""

    answered: bool = False
    silences: int = 0


@dataclass
class Child:
    """One process of ours: `python -m module` with its settings, its log in `log`."""

    name: str
    module: str
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    process: subprocess.Popen[bytes] | None = None
    wait: float = 0.0
    due: float = 0.0
    """When it may be started again, on the monotonic clock."""
    since: float = 0.0
    address: tuple[str, int] | None = None
    """Host and port where it serves HTTP; null if it does not."""
    ask_each: float = ASK_EACH
    _pulse: _Pulse = field(default_factory=_Pulse, init=False)

    def start(self) -> None:
        """Only from the main thread: the child dies with the thread that started it."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # our own modules
                [sys.executable, "-m", self.module],
                env={**_inherited(), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        self.since = time.monotonic()
        self._pulse = _Pulse()

    def watch(self, stop: threading.Event) -> None:
        """Ask it again and again until `stop`; `attend` acts on the answers. Runs on a thread of its own."""
        wait = self.ask_each
        while not stop.wait(wait):
            began = time.monotonic()
            self.ask()
            wait = max(0.0, began + self.ask_each - time.monotonic())

    def ask(self) -> bool:
        """Whether it answers, with whatever status."""
        # Not /readyz: that asks its database and its bus, and would wait for one that hangs with it.
        pulse, answers = self._pulse, self.address is not None and _answers(*self.address, self.ask_each)
        if answers:
            pulse.answered, pulse.silences = True, 0
        elif pulse.answered:
            pulse.silences += 1
        return answers

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def attend(self) -> str | None:
        """Kill it if it hangs; start it again if it ended and its wait is over. Return a notice to print, or null."""
        bound(self.log)
        if self.alive:
            return self._kill_hung()
        now = time.monotonic()
        if self.process is not None:
            code, self.process = self.process.returncode, None
            self.wait = min(max(self.wait * 2, 0.5), _LONGEST_WAIT) if now - self.since < _YOUNG_SECONDS else 0.5
            self.due = now + self.wait
            return f"{self.name} ended ({code}); again in {self.wait:.1f} s, see {self.log}"
        if now >= self.due:
            self.start()
        return None

    def _kill_hung(self) -> str | None:
        if self.process is None or self._pulse.silences < SILENCES:
            return None
        self._pulse = _Pulse()
        self.process.kill()
        return f"{self.name} did not answer {SILENCES} times in a row; killed"

    def terminate(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self, seconds: float) -> None:
        """Wait for its end; after `seconds` it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def bound(log: Path, limit: int = LOG_BYTES) -> None:
    """Move what a log holds aside when it has `limit` bytes. Its writer appends, so it goes on at the begin."""
    if log.exists() and log.stat().st_size >= limit:
        shutil.copyfile(log, log.with_suffix(".1.jsonl"))
        os.truncate(log, 0)


def _answers(host: str, port: int, timeout: float) -> bool:
    connection = HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
        return True
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _inherited() -> dict[str, str]:
    """Our environment without anything that one of the services would take for a setting."""
    settings = ("INTAKE_", "ROUTING_", "PUBLISH_", "GATEWAY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(settings)}
