"""The commands of the README's five minutes, run unchanged."""

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
    with running("embedded", ROOT / "regions/bojonegoro") as system:
        (tmp_path / "var").symlink_to(system.data)
        for text, replacement in (
            ("http://localhost:8000", f"http://127.0.0.1:{system.port}"),
            (".venv/bin/pendapa", f"{sys.executable} -m pendapa.main"),
            ("https://dpu.example/", "https://dpu.invalid/"),
        ):
            assert walk.count(text) == 1
            walk = walk.replace(text, replacement)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        result = subprocess.run(["bash"], input=walk, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert (result.returncode, result.stderr.strip()) == (0, "")
    assert '"reading":{"model":' in result.stdout
    assert re.search(r"^Laporan \w{8}: diteruskan ke ", result.stdout, re.MULTILINE)
    assert '"status":"responded"' in result.stdout
    assert '"type":"report.disposed"' in result.stdout
    assert re.search(r'"secret":"whsec_', result.stdout)
    assert "Ditambal hari ini" in (tmp_path / "release" / "history.csv").read_text()
