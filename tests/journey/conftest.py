"""One running system per footing for all journeys; each journey sends its own messages."""

from collections.abc import Iterator

import pytest

from tests.journey.system import System, running
from tests.lacking import lacking


@pytest.fixture(scope="package", params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    if request.param == "distributed":
        require_servers()
    with running(request.param) as system:
        yield system


def require_servers() -> None:
    """Skip (or, in CI, fail) where Kafka or PostgreSQL is missing, and say what to install."""
    from pendapa.live import LiveUnavailable
    from pendapa.live.kafka import fetch
    from pendapa.live.postgres import find

    try:
        fetch()
        find()
    except LiveUnavailable as error:
        lacking(str(error))
