"""What the command line's tests share."""

import shutil
from pathlib import Path

import pytest

from contracts.region import Region, load_region
from kit.db import open_engine
from tests.publish import releasing

TINY = Path(__file__).parents[1] / "regions" / "tiny"


@pytest.fixture(scope="session")
def tiny() -> Region:
    return load_region(TINY)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of 20 invented reports."""
    folder = tmp_path_factory.mktemp("release")
    engine = open_engine(f"sqlite:///{folder}/rows.sqlite")
    releasing.fill(engine, 20)
    cut = releasing.cut(engine, folder)
    engine.dispose()
    return cut


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    """The release in a folder of its own, to be changed."""
    return Path(shutil.copytree(release, tmp_path / "copy"))
