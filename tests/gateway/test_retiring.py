"""What will be taken away says so in every answer, a year ahead; what stays says nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from contracts.region import Region
from deploy.compose import ROOT
from gateway.app import Gateway
from gateway.door.retiring import AHEAD, RETIRING, Retiring
from gateway.settings import Settings
from tests.gateway.conftest import echo

NOW = datetime(2027, 1, 1, tzinfo=UTC)
OLD = Retiring(re.compile(r"/v1/places(?:/[^/]*)?"), NOW, NOW + AHEAD, "/v1/areas")


@pytest.fixture
def retired(settings: Settings, tiny: Region) -> Iterator[TestClient]:
    upstreams = {name: echo(name) for name in ("intake", "routing", "publish")}
    with TestClient(Gateway(settings, upstreams, tiny, retiring=[OLD])) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/places"), ("HEAD", "/v1/places/3"), ("DELETE", "/v1/places")]
)
def test_each_answer_of_a_retiring_path_says_since_when_until_when_and_what_comes_instead(
    retired: TestClient, method: str, path: str
) -> None:
    headers = retired.request(method, path).headers
    assert headers["deprecation"] == f"@{int(NOW.timestamp())}"
    assert headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert '</v1/areas>; rel="successor-version"' in headers["link"]
    shown = {each.strip().lower() for each in headers["access-control-expose-headers"].split(",")}
    assert {"deprecation", "sunset", "link"} <= shown


def test_an_answer_that_did_not_change_says_it_too(retired: TestClient) -> None:
    answer = retired.get("/v1/places", headers={"if-none-match": "*"})
    assert (answer.status_code, answer.headers["sunset"][:3]) == (304, "Sat")


def test_other_paths_say_nothing(retired: TestClient) -> None:
    assert not {"deprecation", "sunset"} & set(retired.get("/v1/agencies").headers)


def test_less_than_a_year_is_refused() -> None:
    with pytest.raises(ValueError, match="a year ahead"):
        Retiring(re.compile("/v1/x"), NOW, NOW + AHEAD - timedelta(seconds=1), "/v1/y")


def test_what_retires_now_has_a_line_in_the_change_log() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert [each.successor for each in RETIRING if each.successor not in changes] == []
