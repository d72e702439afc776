"""Filing keys of applications: made once, listed, limited, and revoked while the server runs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.callers import keys
from gateway.settings import Settings
from pendapa.home import Home
from tests.gateway.conftest import echo
from tests.pendapa.conftest import TINY


@pytest.fixture
def home(tmp_path: Path, tiny: Region) -> Home:
    home = Home(tmp_path, "embedded")
    home.prepare(tiny)
    return home


@pytest.fixture
def gateway(home: Home, tiny: Region, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(keys, "LOOK_EACH", 0.0)
    upstreams = {name: echo(name) for name in ("intake", "routing", "publish")}
    settings = Settings(gateway_secret=SecretStr("s"), keys_file=home.hashes_file, region=TINY)
    with TestClient(create_app(settings, upstreams, tiny)) as client:
        yield client


def call(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pendapa.main", "key", *words, "--data", str(home.folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def file_report(gateway: TestClient, key: str) -> int:
    answer = gateway.post("/v1/reports", json={"text": "x"}, headers={"authorization": f"Bearer {key}"})
    return answer.status_code


def test_a_key_is_shown_once_works_is_listed_limited_and_revoked(home: Home, gateway: TestClient, tiny: Region) -> None:
    made = call(home, "new", "peta-jalan", "--a-minute", "2")
    key = made.stdout.strip()
    assert made.returncode == 0
    assert key not in home.hashes_file.read_text()
    assert json.loads(home.hashes_file.read_text())["applications"]["peta-jalan"]["a_minute"] == 2

    headers = gateway.post("/v1/reports", json={}, headers={"authorization": f"Bearer {key}"}).json()["headers"]
    assert (headers["x-pendapa-role"], headers["x-pendapa-key"]) == ("filing", "peta-jalan")
    assert [file_report(gateway, key), file_report(gateway, key)] == [200, 429]
    assert gateway.get("/agency/v1/reports", headers={"authorization": f"Bearer {key}"}).status_code == 403

    listed = call(home, "list").stdout
    assert "peta-jalan" in listed
    assert "requests a minute: 2" in listed
    assert key not in listed

    home.prepare(tiny)  # as the next start does
    assert file_report(gateway, key) == 429
    assert call(home, "revoke", "peta-jalan").returncode == 0
    assert file_report(gateway, key) == 401
    assert "peta-jalan" not in call(home, "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "a b"), "is no name"),
        (("new", ""), "is no name"),
        (("new", "x" * 65), "is no name"),
        (("new", "filing"), "take another"),
        (("new", "official"), "take another"),
        (("revoke", "nobody"), "there is no application"),
    ],
)
def test_wrong_words_are_told_in_one_line_and_change_nothing(home: Home, words: tuple[str, ...], said: str) -> None:
    before = home.hashes_file.read_bytes()
    done = call(home, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert home.hashes_file.read_bytes() == before


def test_a_name_has_one_key(home: Home) -> None:
    assert call(home, "new", "peta").returncode == 0
    assert call(home, "new", "peta").returncode == 2


def test_a_folder_without_a_server_is_told(tmp_path: Path) -> None:
    done = call(Home(tmp_path, "embedded"), "list")
    assert done.returncode == 2
    assert "start the server first" in done.stderr
