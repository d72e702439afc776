"""A whole Pendapa, started as a user starts it, on either footing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psutil

from kit.db import Reader, open_engine
from pendapa.live.process import free_port
from tests.regions.eager import eager
from tests.servers import memory

ROOT = Path(__file__).parents[2]
TAPELAN = "BJN Jalan desa Tapelan kecamatan Kapas rusak parah, banyak lubang besar"


@dataclass
class System:
    """A running system and the keys that its start made."""

    data: Path
    footing: str
    region: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    code: Path = ROOT
    """The source that it runs from."""
    python: str = sys.executable

    def __post_init__(self) -> None:
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def start(self) -> None:
        arguments = [self.python, "-m", "pendapa.main", "up", "--footing", self.footing, "--port", str(self.port)]
        arguments += ["--data", str(self.data), "--region", str(self.region), *self.options]
        with (self.data.parent / "system.log").open("ab") as log:
            # Its own, as a copy of the log is kept there: two systems that began as the same folder must not meet.
            own = {**os.environ, "XDG_STATE_HOME": str(self.data.parent / "state")}
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=self.code, env=own)
        self.until(self.ready, 180, "ready")

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data.parent / "system.log").read_text()[-4000:]
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(60)

    @staticmethod
    def until(holds: Callable[[], Any], seconds: float, what: str) -> Any:
        """The first true result of `holds`. Fails after `seconds`, a guard against waiting for ever."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := holds():
                return answer
            time.sleep(0.02)
        raise AssertionError(f"not {what} after {seconds} s")

    @property
    def keys(self) -> dict[str, Any]:
        keys: dict[str, Any] = json.loads((self.data / "keys.json").read_text())
        return keys

    def bearer(self, role: str, agency: str | None = None) -> dict[str, str]:
        key = self.keys["agencies"][agency] if agency else self.keys[role]
        return {"authorization": f"Bearer {key}"}

    def sms(self, text: str, *, id: str, sender: str = "+62811000001") -> str:
        """Deliver an SMS; the reply that the handset shows."""
        query = {"token": self.keys["channels"]["kannel"], "from": sender, "to": "1708", "text": text, "id": id}
        answer = self.http.get("/channels/kannel", params=query)
        assert answer.status_code == 200, answer.text
        return answer.text

    @staticmethod
    def code_of(reply: str) -> str:
        """The code that stands in an SMS reply."""
        code = re.search(r"\b[23456789ABCDEFGHJKMNPQRSTVWXYZ]{8}\b", reply)
        assert code, reply
        return code[0]

    def report_of(self, reply: str) -> str:
        """The id of the report whose code stands in an SMS reply."""
        [token] = self.http.get(f"/open311/v2/tokens/{self.code_of(reply)}.json").json()
        return str(token["service_request_id"])

    def public(self, report: str, status: str | None = None) -> dict[str, Any]:
        """The public record, once it exists (and has that status)."""

        def record() -> Any:
            answer = self.http.get(f"/v1/reports/{report}")
            return answer.status_code == 200 and status in (None, answer.json()["status"]) and answer.json()

        public: dict[str, Any] = self.until(record, 60, f"public {status or ''}")
        return public

    def opened(self, report: str, **body: object) -> dict[str, Any]:
        """The public record, once an official has verified the report, if the desk holds it."""
        official, path = self.bearer("official"), f"/agency/v1/reports/{report}"
        seen = self.until(lambda: _found(self.http.get(path, headers=official)), 60, "on the desk")
        if seen["status"] == "held":
            assert self.act(report, "verify", official, **body).is_success
        return self.public(report)

    def all_reports(self, **filters: str) -> Iterator[dict[str, Any]]:
        url: str | None = str(httpx2.URL("/v1/reports", params={"limit": "1000", **filters}))
        while url:
            page = self.http.get(url).raise_for_status().json()
            yield from page["reports"]
            url = page["next"]

    def parked(self) -> int:
        """How many records are parked, in all three databases together."""
        return sum(rows[0][0] for rows in self.ask("SELECT count(*) FROM parked").values())

    def ask(self, sql: str) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of `sql` from each service's database."""
        answers = {}
        for service, url in self.databases().items():
            engine = open_engine(url)
            answers[service] = Reader(engine).rows_now(sql)
            engine.dispose()
        return answers

    def databases(self) -> dict[str, str]:
        """The URLs of the services' databases; on the distributed footing, from the environment of their processes."""
        services = ("intake", "routing", "publish")
        if self.footing == "embedded":
            return {service: f"sqlite:///{self.data}/embedded/{service}.sqlite" for service in services}
        return {service: self.process_setting(f"{service.upper()}_DATABASE_URL") for service in services}

    def bus(self) -> str:
        """The address of the bus."""
        return (
            f"sqlite:///{self.data}/embedded/bus.sqlite"
            if self.footing == "embedded"
            else self.process_setting("ROUTING_BUS_URL")
        )

    def process_setting(self, name: str) -> str:
        """A setting from the environment of a process of the distributed footing; ended processes are skipped."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):
                if setting := child.environ().get(name):
                    return str(setting)
        raise AssertionError(f"no process has the setting {name}")

    def act(self, report: str, move: str, who: dict[str, str], **body: object) -> httpx2.Response:
        return self.http.post(f"/agency/v1/reports/{report}/{move}", headers=who, json=body)

    def release(self) -> dict[str, Any]:
        def cut() -> Any:
            answer = self.http.post("/v1/datasets/reports/releases", headers=self.bearer("official"), timeout=120)
            assert answer.status_code in (201, 409), answer.text  # 409: another release is being cut
            return answer.status_code == 201 and answer.json()

        release: dict[str, Any] = self.until(cut, 60, "cut")
        return release

    def download(self, release: dict[str, Any], folder: Path) -> Path:
        folder.mkdir()
        for file in release["files"]:
            (folder / file["name"]).write_bytes(self.http.get(file["url"]).raise_for_status().content)
        return folder


def _found(answer: httpx2.Response) -> Any:
    return answer.json() if answer.status_code == 200 else None


@contextmanager
def running(footing: str, region: Path | None = None, *options: str) -> Iterator[System]:
    """A system until the block ends, in a folder of its own; without a `region`, one that opens what it can.

    Not in pytest's: it closes that to other users, and PostgreSQL does not run as root.
    """
    with (
        TemporaryDirectory(prefix="pendapa-", dir=memory()) as folder,
        started(System(Path(folder) / "data", footing, region or eager(), options)) as system,
    ):
        yield system


@contextmanager
def started(system: System) -> Iterator[System]:
    """The system, started, until the block ends."""
    try:
        system.start()
        yield system
    finally:
        if system.process is not None and system.process.poll() is None:
            system.end()
        system.http.close()
