"""Regions whose machine opens whatever it has a candidate for: for tests of what comes after."""

import atexit
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.servers import memory

BOJONEGORO = Path(__file__).parents[2] / "regions" / "bojonegoro"


@cache
def eager(source: Path = BOJONEGORO) -> Path:
    """A copy of a region's folder, with its name, whose bar is 0; it is there until this process ends."""
    folder = Path(mkdtemp(prefix="pendapa-region-", dir=memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # PostgreSQL's user and others of a running system read it
    copy = folder / source.name
    shutil.copytree(source, copy)
    file = copy / "region.yaml"
    others = re.sub(r"(?m)^bar:.*\n", "", file.read_text("utf-8"))
    file.write_text(f"{others.rstrip()}\nbar: 0\n", "utf-8")
    return copy
