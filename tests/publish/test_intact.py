"""A release's file that is missing, short or damaged is never sent as the one that was cut, and /readyz says so."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.publish.faces.downloads import Downloads
from services.publish.releases.files import Files
from tests.publish.conftest import Desk

OFFICIAL = {"x-pendapa-gateway": "secret", "x-pendapa-role": "official"}
CUT = "/v1/datasets/reports/releases"
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture
def cut(desk: Desk, client: TestClient, tmp_path: Path) -> Path:
    """The folder of a release."""
    desk.open()
    assert client.post(CUT, headers=OFFICIAL).status_code == 201
    return tmp_path / "files" / "reports" / "1"


def lose(file: Path) -> None:
    file.unlink()


def shorten(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))  # a coarse clock may give the same time


SAID = {lose: "is missing", shorten: "has ", damage: "is damaged"}


@pytest.mark.parametrize("harm", [lose, shorten, damage])
@pytest.mark.parametrize("read_before", [True, False])
@pytest.mark.parametrize(("asked", "sent"), [("identity", "reports.csv"), ("gzip", "reports.csv.gz")])
def test_a_file_that_is_not_the_one_that_was_cut_is_no_200_and_mends_itself(
    client: TestClient, cut: Path, harm: Any, read_before: bool, asked: str, sent: str
) -> None:
    client.headers["accept-encoding"] = asked
    url, file = f"{CUT}/1/reports.csv", cut / sent
    content, whole = file.read_bytes(), (cut / "reports.csv").read_bytes()
    if read_before:
        assert client.get(url).content == whole
        assert client.get("/readyz").status_code == 200
    harm(file)
    for part in (url, f"{CUT}/1/{sent}"):
        answer = client.get(part, headers={} if part == url else {"range": "bytes=0-3"})
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/damaged-file")
        assert answer.json()["detail"].startswith(f"{sent} of release 1 {SAID[harm]}")
    assert client.head(url).status_code == 503
    assert client.get(f"{CUT}/1/history.csv").status_code == 200
    said = [client.get("/readyz") for _ in range(2)][-1]  # a file of the same size is read at the second look
    assert said.status_code == 503
    assert f"{sent} of release 1" in said.text
    file.write_bytes(content)
    assert client.get(url).content == whole
    assert [client.get("/readyz").status_code for _ in range(2)][-1] == 200


def test_a_full_disk_answers_a_cut_with_507_and_keeps_nothing_of_it(
    desk: Desk, client: TestClient, cut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Files.write

    def full(files: Files, name: str) -> Any:
        if name.endswith("leaves.bin"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(files, name)

    with monkeypatch.context() as patched:
        patched.setattr(Files, "write", full)
        answer = client.post(CUT, headers=OFFICIAL)
        assert (answer.status_code, answer.json()["type"]) == (507, "/problems/insufficient-storage")
    assert [each.name for each in cut.parent.iterdir()] == ["1"]
    assert client.post(CUT, headers=OFFICIAL).json()["number"] == 2


def test_bytes_that_cannot_be_read_after_the_first_break_the_answer_off(
    client: TestClient, cut: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def some(*_: object) -> Any:
        yield b"id"
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Downloads, "_read_file", some)
    with pytest.raises((OSError, RuntimeError)):
        client.get(f"{CUT}/1/reports.csv", headers=PLAIN)
    assert "could not be read to its end" in caplog.text


def test_a_file_that_ends_early_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"123")
    with pytest.raises(OSError, match="2 bytes too early"):
        list(Files(tmp_path.as_uri()).read("short", 0, 5))
