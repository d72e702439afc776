"""One running system for other people's programs, and the toolchains that build them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.journey.system import TAPELAN, System, running
from tests.lacking import lacking

collect_ignore_glob = ["clients/*"]
"""Programs of others, which pytest would import to look for examples."""
HERE = Path(__file__).parent
BUILT = HERE.parents[1] / ".live" / "foreign"
"""The downloads and builds of the toolchains, kept between runs."""


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    """A system with three public reports and a release."""
    with running("embedded") as system:
        for number in range(3):
            system.public(system.report_of(system.sms(f"{TAPELAN} {number}", id=f"foreign-{number}")), "disposed")
        system.release()
        yield system


def tool(name: str, package: str) -> str:
    """The path of a program; if it is not installed, the test is skipped."""
    path = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if path is None:
        lacking(f"{name} is not here: apt-get install {package}")
    return path


def run(*command: str | Path, folder: Path = HERE, **environment: str) -> str:
    """The output of a program; if it fails, the test fails with its output."""
    result = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command[0]}: {result.stdout[-4000:]}\n{result.stderr[-4000:]}"
    return result.stdout


@pytest.fixture(scope="session")
def node() -> Path:
    """The folder of the npm packages that package-lock.json names, installed once."""
    npm = tool("npm", "npm")
    folder = BUILT / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILT / "node.lock"):
        lock = (HERE / "node" / "package-lock.json").read_text()
        installed = folder / "installed"
        if not installed.exists() or installed.read_text() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / "node" / name, folder)
            run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
            installed.write_text(lock)
    return folder
