"""What all tests on real servers share."""

from collections.abc import Iterator

import pytest

from tests import sockets
from tests.journey.conftest import require_servers
from tests.journey.system import System, running


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    """One running system for the tests that only end and start its processes."""
    require_servers()
    with running("distributed") as system:
        yield system


@pytest.fixture(autouse=True)
def no_sockets_left() -> Iterator[None]:
    """kafka-python leaves sockets open on which it reached no broker; their warning belongs to no other test."""
    with sockets.collected():
        yield
