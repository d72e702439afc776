"""What all tests on real servers share."""

from collections.abc import Iterator

import pytest

from tests import sockets


@pytest.fixture(autouse=True)
def no_sockets_left() -> Iterator[None]:
    """kafka-python leaves sockets open on which it reached no broker; their warning belongs to no other test."""
    with sockets.collected():
        yield
