"""A server is backed up while it works, is lost, and goes on from the backup."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.publish.verify.release import verify_release
from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, TAPELAN, System, running


def command(system: System, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command of `pendapa` as an operator of this server does."""

    own = {**os.environ, "XDG_STATE_HOME": str(system.data.parent / "state")}
    words = [str(each) for each in (*arguments, "--data", system.data)]
    if arguments[0] != "restore":
        words += ["--footing", system.footing]
    return subprocess.run(
        [sys.executable, "-m", "pendapa.main", *words], capture_output=True, text=True, cwd=ROOT, env=own, check=False
    )


class Load:
    """Residents who send messages without a pause; `acknowledged` has the codes of those that were taken."""

    def __init__(self, system: System) -> None:
        self._system, self._stop, self._begun = system, threading.Event(), threading.Event()
        self.acknowledged: list[str] = []
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(3)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        assert self._begun.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, resident: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            words = f"{TAPELAN} nomor {resident} {number}"
            reply = self._system.sms(words, id=f"load-{resident}-{number}", sender=f"+6281100{resident:02}{number:04}")
            self.acknowledged.append(self._system.code_of(reply))
            if number == 5:
                self._begun.set()


@pytest.fixture(params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def footing(request: pytest.FixtureRequest) -> str:
    if request.param == "distributed":
        require_servers()
    return str(request.param)


def test_a_server_that_was_lost_goes_on_from_a_backup_that_was_made_under_load(footing: str, tmp_path: Path) -> None:
    with running(footing) as system:
        first = system.report_of(system.sms(TAPELAN, id="first"))
        system.public(first, "disposed")
        system.release()
        with Load(system) as load:
            before = list(load.acknowledged)
            made = command(system, "backup", tmp_path / "backup")
            assert made.returncode == 0, made.stdout + made.stderr
        after = system.report_of(system.sms(f"{TAPELAN} sesudahnya", id="after", sender="+62811999999"))
        system.public(after)
        system.end(signal.SIGKILL)
        _lose(system)

        done = command(system, "restore", tmp_path / "backup")
        assert done.returncode == 0, done.stdout + done.stderr
        system.start()
        for code in before:
            [answer] = system.http.get(f"/open311/v2/tokens/{code}.json").raise_for_status().json()
            assert answer["service_request_id"]
        assert system.public(first)["due_at"]
        again = system.report_of(system.sms(f"{TAPELAN} lagi", id="again", sender="+62811888888"))
        system.public(again, "disposed")
        verified = verify_release(
            system.download(system.release(), tmp_path / "release"), system.http.get("/log/key").content
        )
        assert verified.faults == []
        assert verified.lost > 0, "the report after the backup had been published, and its facts are named as lost"
        assert system.parked() == 0
        checked = command(system, "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr


def _lose(system: System) -> None:
    """The disk with the stores is gone; the copy of the log, which is elsewhere, is not."""
    shutil.rmtree(system.data)
