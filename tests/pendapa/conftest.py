"""What the command line's tests share."""

from pathlib import Path

import pytest

from contracts.region import Region, load_region

TINY = Path(__file__).parents[1] / "regions" / "tiny"


@pytest.fixture(scope="session")
def tiny() -> Region:
    return load_region(TINY)
