"""Builds the wheel and the list of what it needs: `python -m deploy.wheel`, that is `make wheel`.

It is built of a copy of what git tracks: nothing that lies about in a work tree can enter it. The same commit gives the
same bytes.
"""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy import sbom
from deploy.compose import ROOT
from kit.version import VERSION

DIST = ROOT / "dist"


def build(into: Path) -> tuple[Path, Path]:
    """The wheel and its list of packages, alone in the folder `into`. Raises `CalledProcessError` with what uv said."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    made_at = int(_git("log", "-1", "--format=%ct"))
    with TemporaryDirectory() as folder:
        for name in _git("ls-files", "-z").split("\0"):
            if name and (ROOT / name).is_file():
                copy = Path(folder, name)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, copy)
        _build(Path(folder), into, made_at)
    listed = into / f"pendapa-{VERSION}.cdx.json"
    listed.write_text(
        sbom.make(VERSION, (ROOT / "requirements.lock").read_text(), datetime.fromtimestamp(made_at, UTC))
    )
    return into / f"pendapa-{VERSION}-py3-none-any.whl", listed


def _build(source: Path, into: Path, made_at: int) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    # With the setuptools that our lock pins, and no network.
    how = ("-q", "--wheel", "--no-build-isolation", "--no-create-gitignore", "--python", sys.executable)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(made_at)}
    subprocess.run([uv, "build", *how, "--out-dir", str(into), str(source)], env=environment, check=True)  # noqa: S603


def _git(*words: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607


def main() -> None:
    for file in build(DIST):
        sys.stdout.write(f"{file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
