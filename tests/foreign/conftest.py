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

HERE = Path(__file__).parent
BUILT = HERE.parents[1] / ".live" / "foreign"
"""What the toolchains brought and built is kept there between runs."""


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    """A system with three public reports and a release."""
    with running("embedded") as system:
        for number in range(3):
            system.public(system.report_of(system.sms(TAPELAN, id=f"foreign-{number}")), "disposed")
        system.release()
        yield system


def tool(name: str, package: str) -> str:
    """The path of a program; where it is not installed the test is skipped in one line."""
    path = shutil.which(name)
    if path is None:
        lacking(f"{name} is not here: apt-get install {package}")
    return path


def run(*command: str | Path, folder: Path = HERE, **environment: str) -> str:
    """What a program printed; its failure is the test's, with all that it said."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def node() -> Path:
    """The folder of the npm packages that package-lock.json names, installed once."""
    npm = tool("npm", "npm")
    folder = BUILT / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILT / "node.lock"):
        lock = (HERE / "node" / "package-lock.json").read_text()
        done = folder / "installed"
        if not done.exists() or done.read_text() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / "node" / name, folder)
            run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
            done.write_text(lock)
    return folder
