"""One process of the distributed footing, on a port of its own."""

import os
import signal
import subprocess
from pathlib import Path

import httpx2

from pendapa.live.process import free_port
from pendapa.plan import Plan, environment
from tests.regions.eager import eager

ROOT = Path(__file__).parents[2]


class Process:
    """An app, a worker or the gateway, of either version, on a port of its own."""

    def __init__(self, module: str, python: str, source: Path, settings: Plan, log: Path, port: int = 0) -> None:
        prefix = module.split(".")[-2]
        self.port = port or free_port()
        variables = environment(getattr(settings, prefix), prefix)
        variables |= {f"{prefix}_PORT".upper(): str(self.port), "PYTHONPATH": str(source)}
        variables[f"{prefix}_REGION".upper()] = str(eager() if source == ROOT else source / "regions/bojonegoro")
        self._log = log / f"{module}-{self.port}.log"
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                [python, "-m", module],
                cwd=source,
                env={**os.environ, **variables},
                stdout=out,
                stderr=out,
                # As the supervisor does: Linux shares the processor among sessions (sched_autogroup), and in the
                # tests' own session a whole system would have one share together with them.
                start_new_session=True,
            )

    def ready(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    def says(self, path: str) -> tuple[int, str]:
        """What a probe hears, within its time."""
        answer = httpx2.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)
        return answer.status_code, answer.text

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, seconds: float = 60) -> None:
        """As a cluster ends a process that it has replaced."""
        self._process.terminate()
        # uvicorn ends cleanly, and then by the signal that ended it.
        assert self._process.wait(seconds) in (0, -signal.SIGTERM), self._log.read_text()[-4000:]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
