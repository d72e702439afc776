"""`pendapa up --sandbox`: a record and a log of its own, keys that say so, and each night an empty one."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.region import Region
from pendapa.home import Home
from pendapa.live.process import free_port
from pendapa.sandbox import empty_if_of_another_day
from tests.pendapa.conftest import TINY

ROOT = Path(__file__).parents[2]
YESTERDAY = 86_400


class Sandbox:
    """A running one, whose first night comes after `seconds`."""

    def __init__(self, data: Path, seconds: float) -> None:
        self.port, self.folder = free_port(), data / "sandbox"
        code = (
            f"import pendapa.sandbox as s; s.until_night = lambda *_: {seconds}\nfrom pendapa.main import main\nmain()"
        )
        words = ["up", "--sandbox", "--port", str(self.port), "--data", str(data), "--region", str(TINY)]
        self.process = subprocess.Popen([sys.executable, "-c", code, *words], cwd=ROOT)

    def origin(self) -> str:
        """The origin of the log of the server that answers now."""
        end = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/log/checkpoint", timeout=30) as answer:
                    assert answer.headers["x-pendapa-sandbox"] == "true"
                    return str(answer.read().decode().split("\n")[0])
            except OSError:
                assert self.process.poll() is None
                assert time.monotonic() < end, "never ready"
                time.sleep(0.1)

    def age(self) -> None:
        """Make all that is there be of yesterday."""
        before = time.time() - YESTERDAY
        os.utime(self.folder / "embedded" / "secrets.json", (before, before))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path, 8)
    yield sandbox
    sandbox.process.send_signal(signal.SIGTERM)
    sandbox.process.wait(30)


def test_at_night_the_record_and_the_log_begin_anew_and_the_keys_stay(sandbox: Sandbox) -> None:
    first = sandbox.origin()
    sandbox.age()
    keys = (sandbox.folder / "keys.json").read_text()
    assert "/pendapa/sandbox-" in first
    assert json.loads(keys)["filing"].startswith("sandbox-")
    with urllib.request.urlopen(f"http://127.0.0.1:{sandbox.port}/open311/v2/discovery.json", timeout=30) as answer:
        endpoints = {(each["type"], each["url"]) for each in json.load(answer)["endpoints"]}
    assert endpoints == {("test", f"http://localhost:{sandbox.port}/open311/v2")}

    end = time.monotonic() + 120
    while (second := sandbox.origin()) == first:
        assert time.monotonic() < end, "no night"
        time.sleep(0.2)
    assert "/pendapa/sandbox-" in second
    assert (sandbox.folder / "keys.json").read_text() == keys


def test_only_what_is_of_another_day_is_emptied(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path / "sandbox", "embedded")
    home.folder.mkdir()
    _, first = home.prepare(tiny)
    (home.store / "files" / "x").write_text("x")
    empty_if_of_another_day(home, tiny.zone)
    assert home.prepare(tiny)[1] == first
    before = time.time() - YESTERDAY
    os.utime(home.store / "secrets.json", (before, before))
    empty_if_of_another_day(home, tiny.zone)
    assert [each.name for each in home.store.iterdir()] == ["key-hashes.json"]
    assert home.prepare(tiny)[1].origin != first.origin


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--data", "sandbox"), "say --sandbox"), (("--sandbox", "--footing", "distributed"), "embedded footing only")],
)
def test_what_would_empty_the_wrong_folder_is_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    command = [sys.executable, "-m", "pendapa.main", "up", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
