"""`pendapa up` on the embedded footing, as a person runs it."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from pendapa.live.process import free_port
from services.publish.log import merkle
from tests.pendapa.conftest import TINY

ROOT = Path(__file__).parents[2]


def pendapa(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pendapa.main", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


class Server:
    def __init__(self, data: Path) -> None:
        self.port, self.data = free_port(), data
        words = ["up", "--port", str(self.port), "--data", str(data), "--region", str(TINY)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pendapa.main", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        end = time.monotonic() + 120
        while not self._ready():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, "never ready"
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return self.get("/readyz") == b"ok\n"
        except OSError:
            return False

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return bytes(answer.read())

    def post(self, path: str, key: str, body: object = None) -> Any:
        keys = json.loads((self.data / "keys.json").read_text())
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode() if body else b"",
            headers={"authorization": f"Bearer {keys[key]}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())

    def end(self, how: signal.Signals) -> str:
        self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said
        return said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_everything_is_and_ends_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    server = Server(tmp_path / "data")
    said = server.end(how)

    assert f"http://localhost:{server.port}/docs" in said
    assert str(tmp_path / "data" / "keys.json") in said
    assert "Traceback" not in said
    assert len(said.splitlines()) < 30


@pytest.mark.parametrize("public_url", ["pendapa.example", "ftp://pendapa.example", "https://"])
def test_a_public_url_that_is_none_stops_the_start_before_anything_is_made(tmp_path: Path, public_url: str) -> None:
    data = tmp_path / "data"
    done = pendapa("up", "--data", str(data), "--public-url", public_url)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{public_url}' is not the address of a server" in done.stderr
    assert not data.exists()


def test_what_was_filed_is_still_there_after_a_restart(tmp_path: Path) -> None:
    first = Server(tmp_path / "data")
    keys = json.loads((tmp_path / "data" / "keys.json").read_text())
    request = urllib.request.Request(
        f"http://127.0.0.1:{first.port}/v1/reports",
        data=b'{"text": "a street light is out"}',
        headers={"authorization": f"Bearer {keys['filing']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        code = json.loads(answer.read())["code"]
    first.end(signal.SIGINT)
    again = Server(tmp_path / "data")
    token = json.loads(again.get(f"/open311/v2/tokens/{code}.json"))
    again.end(signal.SIGINT)

    assert token[0]["token"] == code
    assert json.loads((tmp_path / "data" / "keys.json").read_text()) == keys


def test_an_older_copy_of_the_folder_continues_the_log_that_was_published(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    first = Server(data)
    publish_one(first)
    first.end(signal.SIGINT)
    shutil.copytree(data, copy)
    second = Server(data)
    publish_one(second)
    lost = cut(second)["number"]
    published = second.get("/log/checkpoint").decode().splitlines()
    second.end(signal.SIGINT)
    shutil.rmtree(data)
    copy.rename(data)

    third = Server(data)
    publish_one(third)
    release = cut(third)
    for file in release["files"]:
        (copy / file["name"]).parent.mkdir(exist_ok=True)
        (copy / file["name"]).write_bytes(third.get(file["url"]))
    (tmp_path / "key").write_bytes(third.get("/log/key"))
    said = third.end(signal.SIGINT)

    assert "publish was older than what it had published" in said
    assert release["number"] > lost, "that number was another release"
    leaves = (copy / "leaves.bin").read_bytes()
    size = int(published[1])
    assert len(leaves) // 32 > size
    assert b64encode(root(leaves[: size * 32])).decode() == published[2]
    assert pendapa("verify", str(copy), "--key", str(tmp_path / "key")).returncode == 0


def publish_one(server: Server) -> None:
    """File a report that the machine opens, and wait until it is public and disposed."""
    before = int(server.get("/log/checkpoint").decode().splitlines()[1])
    server.post("/v1/reports", "filing", {"text": "Jalan rusak di desa Sumberarum Dander"})
    end = time.monotonic() + 60
    while int(server.get("/log/checkpoint").decode().splitlines()[1]) < before + 2:
        assert time.monotonic() < end, "never public"
        time.sleep(0.05)


def cut(server: Server) -> Any:
    """Cut a release, after the scheduled one if that is under way."""
    while True:
        try:
            return server.post("/v1/datasets/reports/releases", "official")
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            time.sleep(0.1)


def root(leaves: bytes) -> bytes:
    return merkle.root_of(merkle.leaf_hash(leaves[at : at + 32]) for at in range(0, len(leaves), 32))


def test_the_log_holds_no_query(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    with pytest.raises(urllib.error.HTTPError):
        server.get("/channels/kannel?token=wrong&from=%2B62811000007")
    server.end(signal.SIGINT)

    logs = "".join(file.read_text() for file in (tmp_path / "data" / "embedded" / "log").iterdir())
    assert logs
    assert "62811000007" not in logs


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = pendapa("up", "--port", str(port), "--data", str(tmp_path), "--region", str(TINY))

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"Port {port} of 127.0.0.1 cannot be had: Address already in use. Choose another: make run PORT=8001"
    ]


@pytest.mark.parametrize("harm", ["a file", "a log that is no folder", "a database that is a folder", "no region"])
def test_a_data_folder_that_cannot_be_used_is_one_clear_line(tmp_path: Path, harm: str) -> None:
    data = tmp_path / "data"
    store = data / "embedded"
    if harm == "a file":
        data.write_text("")
    elif harm == "a log that is no folder":
        store.mkdir(parents=True)
        (store / "log").write_text("")
    elif harm == "a database that is a folder":
        (store / "intake.sqlite").mkdir(parents=True)
    else:
        data.mkdir()
        (data / "region").write_bytes(b"\xff")
    said = pendapa("up", "--port", "0", "--data", str(data), "--region", str(TINY))
    assert said.returncode in (1, 2)
    # From October on, the region's own warning of next year's holidays stands before it.
    [line] = [line for line in said.stderr.splitlines() if not line.startswith("Warning:")]
    assert str(data) in line


def test_a_region_that_contradicts_itself_names_file_and_fault(tmp_path: Path) -> None:
    region = tmp_path / "region"
    shutil.copytree(TINY, region)
    agencies = region / "agencies.csv"
    agencies.write_text(agencies.read_text() + "x-agency,X,office,nobody,,,,\n")
    done = pendapa("up", "--data", str(tmp_path / "data"), "--region", str(region))

    assert done.returncode == 2
    assert "agencies.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_channel_that_has_no_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    region = tmp_path / "region"
    shutil.copytree(TINY, region)
    settings = region / "region.yaml"
    settings.write_text(settings.read_text() + "channels: [kannel, pigeon]\n")
    done = pendapa("up", "--data", str(tmp_path / "data"), "--region", str(region))

    assert done.returncode == 2
    assert "there is no channel pigeon; there are kannel" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_region_is_one_clear_line(tmp_path: Path) -> None:
    done = pendapa("up", "--data", str(tmp_path), "--region", str(tmp_path))

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("command", ["up", "import", "demo", "verify"])
def test_each_command_explains_itself(command: str) -> None:
    done = pendapa(command, "--help")

    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_without_a_server_demo_says_so(tmp_path: Path) -> None:
    assert "keys.json is not there" in pendapa("demo", "--data", str(tmp_path)).stderr
