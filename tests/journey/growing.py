"""A copy of the source in which a test adds code as an engineer would, and a system that runs from it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journey.system import ROOT, System

FOLDERS = ("contracts", "gateway", "kit", "pendapa", "regions", "services", "tests/regions")


class Copy:
    """A copy of the source; it lists the files that a test changes or adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changed: list[str] = []
        """The files that were changed or added."""
        for name in FOLDERS:
            # With what is compiled, but not with what another process is just writing.
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        (folder / "docs").mkdir()

    def insert(self, file: str, before: str, text: str) -> None:
        """Put `text` before the first place in the file that reads `before`."""
        path = self.folder / file
        whole = path.read_text()
        assert before in whole, f"{file} has no {before!r}"
        path.write_text(whole.replace(before, text + before, 1))
        self.changed.append(file)

    def add(self, file: str, text: str) -> None:
        """Write a new file."""
        assert not (self.folder / file).exists()
        (self.folder / file).write_text(text)
        self.changed.append(file)

    def run(self, *arguments: str) -> str:
        """Run a module of the copy and return its output. Fails if the module fails."""
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def started(data: Path, code: Path, region: str) -> Iterator[System]:
    """A system that runs from a source, on a data folder; it must end well."""
    system = System(data, "embedded", code / region, code=code)
    try:
        system.start()
        yield system
    finally:
        running = system.process is not None and system.process.poll() is None
        ended = system.end() if running else None
        system.http.close()
    assert ended == 0
