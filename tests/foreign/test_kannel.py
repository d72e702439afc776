"""A real Kannel, set up by docs/kannel.conf, brings residents' SMS in and the replies back."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest

from pendapa.live.process import free_port
from tests.foreign.conftest import tool
from tests.journey.system import ROOT, System

pytestmark = pytest.mark.foreign
CONFIGURATION = ROOT / "docs" / "kannel.conf"
SENDER = "62811000000"
LONG = (
    "BJN Jalan desa Tapelan kecamatan Kapas rusak parah sejak musim hujan tahun lalu, banyak lubang yang dalam dekat "
    "balai desa dan sudah tiga orang jatuh, mohon segera diperbaiki karena anak sekolah lewat setiap pagi dan sore."
)


_READY = {"bearerbox": "Start-up done", "smsbox": "Connected to bearerbox"}


@dataclass
class Operator:
    """The operator's side of Kannel's fake connection: sends SMS, and gets the replies."""

    connection: socket.socket

    def sends(self, text: bytes, sender: str = SENDER) -> None:
        self.connection.sendall(f"{sender} 1708 data {quote_from_bytes(text, safe='')}\n".encode())

    def gets(self) -> str:
        """The next reply: `1708 SENDER text WORDS`, or `data` and the URL-encoded bytes."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self.connection.recv(1)
            assert byte, "Kannel has closed the connection"
            line += byte
        _, _, kind, words = line.rstrip(b"\n").split(b" ", 3)
        return (words if kind == b"text" else unquote_to_bytes(words)).decode()


@contextmanager
def kannel(system: System, folder: Path, form: str) -> Iterator[Operator]:
    """Kannel with this form of the sms-service, until the end of the block."""
    programs = [tool(name, "kannel") for name in ("bearerbox", "smsbox")]
    with ExitStack() as stack:
        while (port := started(programs, system, folder, form, stack)) is None:
            stack.close()  # another program has taken one of the ports meanwhile: once more, with others
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        yield Operator(connection)


def started(programs: list[str], system: System, folder: Path, form: str, stack: ExitStack) -> int | None:
    """The port of the operator's connection once both programs run; None if one of them has ended."""
    configuration, port = adapted(system, folder, form)
    for name, program in zip(("bearerbox", "smsbox"), programs, strict=True):
        log = stack.enter_context((folder / f"{name}.out").open("wb"))
        process = stack.enter_context(subprocess.Popen([program, configuration], stdout=log, stderr=log))
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        until_said(folder / f"{name}.out", _READY[name], process)
        if process.poll() is not None:
            return None
    return port


def until_said(log: Path, words: str, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until the log has the words, or the process has ended."""

    def said() -> bool:
        return words in log.read_text(errors="replace") or (process is not None and process.poll() is not None)

    try:
        System.until(said, 60, words)
    except AssertionError as error:
        raise AssertionError(f"{error}; it said:\n{log.read_text(errors='replace')}") from error


def adapted(system: System, folder: Path, form: str) -> tuple[Path, int]:
    """docs/kannel.conf for this test: other ports, an address, a token and a folder, and the chosen form."""
    text = CONFIGURATION.read_text()
    if form != "get-url":
        text = re.sub(r"(?m)^get-url", "# get-url", text)
        text = re.sub(rf"(?m)^# {form} =", f"{form} =", text)
    fake = free_port()
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{system.port}",
        "token=TOKEN": f"token={system.keys['channels']['kannel']}",
        "13000": str(free_port()),
        "13001": str(free_port()),
        "port = 10000": f"port = {fake}",
        "/var/log/kannel": str(folder),
        "http-queue-delay = 20": "http-queue-delay = 1",
        "CHANGE": "test",
    }
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    path = folder / "kannel.conf"
    path.write_text(text)
    return path, fake


@pytest.mark.parametrize("form", ["get-url", "post-url", "post-xml"])
def test_an_sms_through_kannel_is_public_and_answered(system: System, tmp_path: Path, form: str) -> None:
    words = f"Jalan desa Tapelan rusak \u00e9 {form}, banyak lubang; 5% & lebih + 1"
    with kannel(system, tmp_path, form) as operator:
        operator.sends(f"BJN {words}".encode())
        reply = operator.gets()
        assert reply.startswith("Laporan diterima, kode ")
        official = system.bearer("official")
        report = system.report_of(reply)
        system.until(lambda: system.http.get(f"/agency/v1/reports/{report}", headers=official).is_success, 30, "filed")
        filed = system.http.get(f"/agency/v1/reports/{report}", headers=official).json()
        assert filed["text"] == words
        operator.sends(f"CEK {system.code_of(reply)}".encode())
        assert system.code_of(operator.gets()) == system.code_of(reply)


@pytest.mark.parametrize("form", ["get-url", "post-url"])
def test_the_pieces_of_a_long_sms_through_kannel_are_one_report(system: System, tmp_path: Path, form: str) -> None:
    words = LONG.replace("Jalan", f"{form}: jalan")
    with kannel(system, tmp_path, form) as operator:
        for piece in (words[:153], words[153:]):
            operator.sends(piece.encode(), sender="62811000001")
        codes = {system.code_of(operator.gets()) for _ in range(2)}
        assert len(codes) == 1
        public = system.public(system.report_of(codes.pop()))
    assert public["text"] == words.removeprefix("BJN ")


def test_kannel_delivers_again_what_pendapa_could_not_take(system: System, tmp_path: Path) -> None:
    with kannel(system, tmp_path, "post-url") as operator:
        system.end()
        operator.sends(b"BJN Lampu jalan mati di desa Tapelan", sender="62811000002")
        until_said(tmp_path / "smsbox.out", "Retrying request")
        system.start()
        assert operator.gets().startswith("Laporan diterima, kode ")
