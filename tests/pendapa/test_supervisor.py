"""What dies or hangs is started again, and nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pendapa import supervisor
from pendapa.live.process import free_port
from pendapa.supervisor import SILENCES, Child


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    (tmp_path / "sleeper.py").write_text("import os, time\nprint(os.environ['WORD'], flush=True)\ntime.sleep(600)\n")
    child = Child("sleeper", "sleeper", {"PYTHONPATH": str(tmp_path), "WORD": "hello"}, tmp_path / "log")
    child.start()
    yield child
    child.terminate()
    child.end(20)


def test_a_killed_child_comes_back(child: Child) -> None:
    assert child.process is not None
    first = child.process.pid
    until(lambda: child.log.read_text() == "hello\n")
    os.kill(first, signal.SIGKILL)
    until(lambda: not child.alive)

    assert "ended (-9)" in (child.attend() or "")
    until(lambda: child.attend() is None and child.alive)
    assert child.process.pid != first
    until(lambda: child.log.read_text() == "hello\nhello\n")


def test_a_child_that_dies_young_again_and_again_waits_longer(tmp_path: Path) -> None:
    child = Child("broken", "no_such_module", {}, tmp_path / "log")
    child.start()
    waits = []
    for _ in range(3):
        until(lambda: not child.alive)
        child.attend()
        waits.append(child.wait)
        child.due = 0.0
        child.attend()
    child.end(20)

    assert waits == [0.5, 1.0, 2.0]


UNREADY = """
import http.server, sys
class Unready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Unready).serve_forever()
"""


@pytest.fixture
def unready(tmp_path: Path) -> Iterator[Child]:
    """It answers, with 503, as a child does whose database is away."""
    port = free_port()
    (tmp_path / "unready.py").write_text(UNREADY.replace("PORT", str(port)))
    settings = {"PYTHONPATH": str(tmp_path)}
    child = Child("unready", "unready", settings, tmp_path / "log", address=("127.0.0.1", port), ask_each=0.3)
    child.start()
    until(child.ask)
    yield child
    child.terminate()
    child.end(20)


def test_a_child_that_stops_answering_is_killed_and_comes_back(unready: Child) -> None:
    stop = threading.Event()
    watch = threading.Thread(target=unready.watch, args=(stop,))
    watch.start()
    assert unready.process is not None
    first, told = unready.process.pid, ""
    os.kill(first, signal.SIGSTOP)

    def comes_back() -> bool:
        nonlocal told
        told += unready.attend() or ""
        return unready.process is not None and unready.process.pid != first

    try:
        until(comes_back)
    finally:
        stop.set()
        watch.join()
    assert "did not answer" in told
    assert "ended (-9)" in told
    until(unready.ask)


def test_a_child_that_answers_as_not_ready_is_left_alone(unready: Child) -> None:
    assert unready.process is not None
    first = unready.process.pid
    for _ in range(2 * SILENCES):
        until(unready.ask)
        assert unready.attend() is None
    assert unready.alive
    assert unready.process.pid == first


def test_a_child_that_misses_a_few_answers_is_left_alone(unready: Child) -> None:
    assert unready.process is not None
    for _ in range(2):
        os.kill(unready.process.pid, signal.SIGSTOP)
        for _ in range(SILENCES - 1):
            assert not unready.ask()
        os.kill(unready.process.pid, signal.SIGCONT)
        until(unready.ask)
        assert unready.attend() is None
    assert unready.alive


def test_a_child_that_is_still_starting_is_left_alone(child: Child) -> None:
    child.address = "127.0.0.1", free_port()
    for _ in range(2 * SILENCES):
        assert not child.ask()
    assert child.attend() is None
    assert child.alive


def test_a_child_is_told_nothing_meant_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH_LOG_KEY", "secret")
    (tmp_path / "teller.py").write_text("import os\nprint(os.environ.get('PUBLISH_LOG_KEY'))\n")
    child = Child("teller", "teller", {"PYTHONPATH": str(tmp_path)}, tmp_path / "log")
    child.start()
    until(lambda: not child.alive)

    assert child.log.read_text() == "None\n"


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom pendapa.supervisor import Child\n"
        f"child = Child('c', 'sleeper', {{'PYTHONPATH': {str(tmp_path)!r}}}, Path({str(tmp_path / 'log')!r}))\n"
        "child.start()\nprint(child.process.pid, flush=True)\ntime.sleep(600)\n"
    )
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(600)\n")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()

    until(lambda: gone(pid))


def gone(pid: int) -> bool:
    """Also when nobody has asked for its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_log_is_moved_aside_before_it_fills_the_disk(tmp_path: Path) -> None:
    log = tmp_path / "gateway.jsonl"
    with open(log, "ab") as writer:
        writer.write(b"one two")
        writer.flush()
        supervisor.bound(log, 8)
        assert log.read_bytes() == b"one two"
        supervisor.bound(log, 7)
        writer.write(b"three")
    assert log.read_bytes() == b"three"
    assert (tmp_path / "gateway.1.jsonl").read_bytes() == b"one two"
    supervisor.bound(tmp_path / "none", 1)
