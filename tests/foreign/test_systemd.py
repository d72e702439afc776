"""deploy/systemd/pendapa.service: systemd itself reads it, and the command that it runs is a server."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pendapa.live.process import free_port
from tests.foreign.conftest import run, tool
from tests.journey.system import ROOT, System
from tests.servers import memory

pytestmark = pytest.mark.foreign
UNIT = ROOT / "deploy" / "systemd" / "pendapa.service"


def test_systemd_reads_the_unit_and_finds_little_that_it_leaves_open(tmp_path: Path) -> None:
    program = tool("systemd-analyze", "systemd")
    here = tmp_path / "pendapa.service"
    text = UNIT.read_text()
    here.write_text(re.sub(r"/opt/pendapa/venv/bin/pendapa", sys.executable, text).replace("=pendapa\n", "=root\n"))
    verified = subprocess.run([program, "verify", "--man=no", here], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    run(program, "security", "--offline=true", "--threshold=20", "--no-pager", UNIT)  # 2.0 of 10


def test_the_command_of_the_unit_is_a_server_that_keeps_its_data_and_its_log_apart() -> None:
    unit = UNIT.read_text()
    settings = dict(re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^Environment=(.*)$", unit, re.MULTILINE))))
    [line] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    with TemporaryDirectory(prefix="pendapa-", dir=memory()) as folder:
        settings |= {"PENDAPA_REGION": str(ROOT / "regions/bojonegoro"), "PENDAPA_PORT": str(free_port())}
        settings["PUBLISH_LOG_COPY"] = f"{folder}/log"
        words = [re.sub(r"\$\{(\w+)\}", lambda match: settings[match[1]], word) for word in shlex.split(line)]
        words = [word.replace("/var/lib/pendapa", f"{folder}/data") for word in words]
        assert words[0] == "/opt/pendapa/venv/bin/pendapa"
        system = System(Path(folder) / "data", "embedded", ROOT, port=int(settings["PENDAPA_PORT"]))
        program = str(Path(sys.executable).with_name("pendapa"))
        system.process = subprocess.Popen([program, *words[1:]], env={"PATH": "/usr/bin:/bin", **settings}, cwd="/")
        try:
            System.until(system.ready, 120, "ready")
            system.opened(system.report_of(system.sms("BJN Jalan desa Tapelan kecamatan Kapas rusak", id="unit-1")))
            assert list(Path(folder, "log").iterdir())
        finally:
            assert system.end() == 0
            system.http.close()
