"""Keeps child processes running: what dies is started again, more slowly each time it dies young."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pendapa.live.process import die_with_parent

_YOUNG_SECONDS = 60
_LONGEST_WAIT = 30.0


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

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def attend(self) -> str | None:
        """Start it again if it died and its wait is over; what there is to tell about it."""
        if self.alive:
            return None
        now = time.monotonic()
        if self.process is not None:
            code, self.process = self.process.returncode, None
            self.wait = min(max(self.wait * 2, 0.5), _LONGEST_WAIT) if now - self.since < _YOUNG_SECONDS else 0.5
            self.due = now + self.wait
            return f"{self.name} ended ({code}); again in {self.wait:.1f} s, see {self.log}"
        if now >= self.due:
            self.start()
        return None

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


def _inherited() -> dict[str, str]:
    """Our environment without anything that one of the services would take for a setting."""
    settings = ("INTAKE_", "ROUTING_", "PUBLISH_", "GATEWAY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(settings)}
