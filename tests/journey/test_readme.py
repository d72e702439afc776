"""The README's five minutes, run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.journey.system import ROOT, running
from tests.lacking import lacking


def blocks(heading: str) -> list[str]:
    """The commands under one heading of the README."""
    section = (ROOT / "README.md").read_text().split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def test_the_walk_in_the_readme_works_when_it_is_copied_into_bash(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        lacking("The README's walk needs curl: apt-get install curl")
    walk = "echo\n".join([*blocks("Five minutes"), *blocks("An agency's own program"), ""])
    with running("embedded") as system:
        (tmp_path / "var").symlink_to(system.data)
        for written, here in (
            ("http://localhost:8000", f"http://127.0.0.1:{system.port}"),
            (".venv/bin/pendapa", f"{sys.executable} -m pendapa.main"),
            ("https://dpu.example/", "https://dpu.invalid/"),
        ):
            assert walk.count(written) == 1
            walk = walk.replace(written, here)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(["bash"], input=walk, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert (ran.returncode, ran.stderr.strip()) == (0, "")
    assert re.search(r"^Laporan \w{8}: diteruskan ke ", ran.stdout, re.MULTILINE)
    assert '"status":"responded"' in ran.stdout
    assert '"type":"report.disposed"' in ran.stdout
    assert re.search(r'"secret":"whsec_', ran.stdout)
    assert "Ditambal hari ini" in (tmp_path / "release" / "history.csv").read_text()
