"""The version before this one, taken from git, to run its processes beside ours."""

import compileall
import io
import re
import subprocess
import sys
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.lacking import lacking
from tests.servers import Servers

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "cabd195"
_LOCK = "requirements.lock"


@dataclass(frozen=True)
class Before:
    """Its source tree, and a Python with what its requirements.lock lists."""

    source: Path
    python: str


def before(servers: Servers) -> Before:
    """Made once a run. Skips, or fails if REQUIRE_LIVE=1, where git does not have it."""
    source = servers.folder / "before"
    with servers.once("before") as first:
        if first:
            _unpack(source)
        python = _python(source, first)
    return Before(source, python)


def _unpack(folder: Path) -> None:
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", BEFORE]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        lacking(f"git does not have the version before, {BEFORE}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    # Or else each of a system's processes, which start at once, compiles all that it imports.
    for package in ("contracts", "gateway", "kit", "pendapa", "services"):
        compileall.compile_dir(folder / package, quiet=2)


def _python(source: Path, first: bool) -> str:
    """This one, if our lock pins all that its lock pins, as it does; or else one in an environment of its own."""
    if _pins(source / _LOCK) <= _pins(ROOT / _LOCK):
        return sys.executable
    environment = source / ".venv"
    interpreter = str(environment / "bin" / "python")
    if first:
        venv.create(environment)
        bin = Path(sys.executable).parent
        install = ("install", "-q", "--require-hashes", "-r", str(source / _LOCK))
        # As the Makefile does: uv is fast, but reads no configuration of pip, and so may reach no registry.
        uv = [str(bin / "uv"), "pip", *install, "--system-certs", "--compile-bytecode", "--python", interpreter]
        pip = [sys.executable, "-m", "pip", "--python", interpreter, "--disable-pip-version-check", *install]
        if subprocess.run(uv, capture_output=True, check=False).returncode != 0:
            subprocess.run(pip, check=True)
    return interpreter


def _pins(lock: Path) -> set[str]:
    """Each `name==version` of a lock file."""
    return set(re.findall(r"^[^\s#]+==[^\s;]+", lock.read_text(), re.MULTILINE))
