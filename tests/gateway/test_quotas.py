"""How many requests an address and a key may make in a minute."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.door.errors import Refused
from gateway.door.quotas import Quotas
from gateway.settings import Settings
from kit.caller import Caller

FILING = Caller("filing")


def _left(headers: list[tuple[bytes, bytes]]) -> bytes:
    return dict(headers)[b"ratelimit"].split(b";")[1]


def test_a_quota_can_be_used_at_once_and_then_has_an_end() -> None:
    quotas = Quotas(3, 5, 1000)
    assert [_left(quotas.of_address("192.0.2.1")) for _ in range(3)] == [b"r=2", b"r=1", b"r=0"]
    with pytest.raises(Refused) as refused:
        quotas.of_address("192.0.2.1")
    assert refused.value.status == 429
    assert 1 <= int(refused.value.headers["retry-after"]) <= 20
    assert refused.value.headers["ratelimit"].startswith('"address";r=0;t=')
    assert quotas.of_address("192.0.2.2")


def test_a_quota_comes_back_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("gateway.door.quotas.time.monotonic", lambda: now[0])
    quotas = Quotas(2, 5, 1000)
    for _ in range(2):
        quotas.of_address("192.0.2.1")
    now[0] += 29
    with pytest.raises(Refused):
        quotas.of_address("192.0.2.1")
    now[0] += 1
    quotas.of_address("192.0.2.1")
    with pytest.raises(Refused):
        quotas.of_address("192.0.2.1")
    now[0] += 600
    assert _left(quotas.of_address("192.0.2.1")) == b"r=1"


def test_a_key_has_a_quota_wherever_it_is_used_from_and_a_provider_has_none() -> None:
    quotas = Quotas(100, 2, 1000)
    quotas.of_caller(FILING, "192.0.2.1")
    quotas.of_caller(FILING, "192.0.2.2")
    with pytest.raises(Refused):
        quotas.of_caller(FILING, "192.0.2.3")
    quotas.of_caller(Caller("agency", "dpu"), "192.0.2.3")
    assert all(quotas.of_caller(Caller("channel"), "192.0.2.3") == [] for _ in range(10))


def test_programs_on_this_machine_have_a_quota_of_their_own() -> None:
    quotas = Quotas(1, 1, 3)
    for _ in range(3):
        quotas.of_address("")
        quotas.of_caller(FILING, "")
    with pytest.raises(Refused):
        quotas.of_address("")
    with pytest.raises(Refused):
        quotas.of_caller(FILING, "")


def test_only_so_many_callers_are_remembered() -> None:
    quotas = Quotas(10, 10, 10, most=5)
    for number in range(50):
        quotas.of_address(f"192.0.2.{number}")
    assert len(quotas) == 5


def test_the_answers_tell_what_is_left_and_the_refusal_when_to_come_again(
    settings: Settings, upstreams: dict[str, Starlette], tiny: Region
) -> None:
    few = settings.model_copy(update={"requests_a_minute": 2})
    client = TestClient(create_app(few, upstreams, tiny), client=("192.0.2.1", 5000))
    assert client.get("/").headers["ratelimit-policy"] == '"address";q=2;w=60'
    assert client.get("/nowhere").status_code == 404
    assert client.get("/").headers["ratelimit"].startswith('"address";r=0')
    refused = client.get("/")
    assert refused.status_code == 429
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert int(refused.headers["retry-after"]) > 0
    assert client.get("/healthz").status_code == 200
