"""The version before this one, taken from git, to run its processes beside ours."""

import io
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

from tests.lacking import lacking

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "cabd195"


def unpack(folder: Path) -> Path:
    """Its source tree, in `folder`. Skips, or fails if REQUIRE_LIVE=1, where git does not have it."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", BEFORE]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        lacking(f"git does not have the version before, {BEFORE}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def python(source: Path) -> str:
    """A Python with what its requirements.lock lists: this one if ours lists the same."""
    lock = "requirements.lock"
    if (source / lock).read_bytes() == (ROOT / lock).read_bytes():
        return sys.executable
    environment = source / ".venv"
    venv.create(environment, with_pip=True)
    interpreter = str(environment / "bin" / "python")
    pip = [interpreter, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r"]
    subprocess.run([*pip, str(source / lock)], check=True)
    return interpreter
