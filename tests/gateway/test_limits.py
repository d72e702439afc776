"""The gateway limits how long it waits for a body, and how many bytes of bodies it holds."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from pydantic import ValidationError
from starlette.types import Message, Scope

from gateway.door import limits
from gateway.door.address import Addresses
from gateway.door.errors import Refused
from gateway.door.limits import SMALL, Body, BodyPatience, InFlight
from gateway.door.shape import check_json
from gateway.settings import Settings

SCOPE: Scope = {"type": "http", "headers": []}


class Caller:
    """Sends its parts, and then nothing more until `let_go` is called."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = list(parts)
        self.silent, self._let_go = asyncio.Event(), asyncio.Event()

    async def receive(self) -> Message:
        if not self._parts:
            self.silent.set()
            await self._let_go.wait()
        return {"type": "http.request", "body": self._parts.pop(0) if self._parts else b"", "more_body": not self.left}

    @property
    def left(self) -> bool:
        return self._let_go.is_set()

    def let_go(self) -> None:
        self._let_go.set()


@pytest.mark.parametrize(
    "patience", [BodyPatience(grace=0.05), BodyPatience(least_speed=1, total=0.05)], ids=["too slow", "too long in all"]
)
def test_a_body_that_stops_coming_is_waited_for_no_longer(patience: BodyPatience) -> None:
    async def ask() -> None:
        await asyncio.wait_for(Body(SCOPE, Caller([b"a"]).receive, 100, patience).whole(), 30)

    with pytest.raises(Refused) as refused:
        asyncio.run(ask())
    assert refused.value.status == 408


def test_a_body_gets_the_time_that_its_bytes_earn() -> None:
    """Four bytes at a hundredth of a second each are far more than the grace, and are read."""

    async def ask() -> bytes:
        parts = [b"a"] * 4

        async def receive() -> Message:
            await asyncio.sleep(0.1)
            return {"type": "http.request", "body": parts.pop(), "more_body": bool(parts)}

        return await Body(SCOPE, receive, 100, BodyPatience(grace=0.2, least_speed=0.1)).whole()

    assert asyncio.run(ask()) == b"aaaa"


def test_a_key_is_looked_for_in_the_beginning_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEYLESS_SECONDS", 0.05)

    async def ask() -> None:
        large = Caller([b"a" * SMALL, b"b"])
        assert await body(large, 10 * SMALL).beginning() == b"a" * SMALL
        with pytest.raises(Refused) as refused:
            await body(Caller([b"a"]), 100).beginning()
        assert refused.value.status == 408

    asyncio.run(asyncio.wait_for(ask(), 30))


def test_large_bodies_leave_room_for_small_ones_and_free_theirs_when_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LARGE_AT_ONCE", 3 * SMALL)
    large, small = [b"a" * SMALL] * 3, [b"a" * SMALL]

    async def ask() -> None:
        first, second, third, fourth = Caller(large), Caller(large), Caller(small), Caller(large)
        held = asyncio.create_task(body(first, 10 * SMALL).whole())
        await first.silent.wait()
        with pytest.raises(Refused) as refused:  # two of the three are the first's
            await body(second, 10 * SMALL).whole()
        assert (refused.value.status, refused.value.headers["retry-after"]) == (503, "10")
        third.let_go()
        assert await body(third, 10 * SMALL).whole() == b"a" * SMALL
        first.let_go()
        assert len(await held) == 3 * SMALL
        again = asyncio.create_task(body(fourth, 10 * SMALL).whole())
        await fourth.silent.wait()
        fourth.let_go()
        assert len(await again) == 3 * SMALL

    asyncio.run(asyncio.wait_for(ask(), 30))


def body(caller: Caller, limit: int) -> Body:
    return Body(SCOPE, caller.receive, limit, BodyPatience())


def test_requests_under_way_are_bounded_by_address_and_forgotten_when_done() -> None:
    in_flight = InFlight(2)
    with in_flight.counted("a"), in_flight.counted("a"):
        with pytest.raises(Refused) as refused, in_flight.counted("a"):
            pass
        with in_flight.counted("b"), in_flight.counted(""), in_flight.counted(""), in_flight.counted(""):
            assert len(in_flight) == 2
    assert (refused.value.status, refused.value.headers["retry-after"]) == (429, "2")
    assert len(in_flight) == 0


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("::1", ""),
        ("a unix socket", "a unix socket"),
    ],
)
def test_a_request_is_counted_by_the_address_that_one_customer_has(host: str, name: str) -> None:
    assert Addresses("127.0.0.1, ::1, 10.0.0.0/8").name(host) == name


@pytest.mark.parametrize("value", ["nowhere", "10.0.0.0/99"])
def test_trusted_proxies_that_are_no_addresses_are_refused(settings: Settings, value: str) -> None:
    with pytest.raises(ValidationError):
        Settings(**{**settings.model_dump(), "trusted_proxies": value})


@pytest.mark.parametrize(
    ("path", "kind", "content", "fits"),
    [
        ("/v1/reports", b"application/json", b'{"text": "%s"}' % (b'[{,\\"' * 20_000), True),
        ("/v1/reports", b"", b'{"text": "%s' % (b'\\"' * 100_000), True),
        ("/v1/reports", b"text/plain", b"{%s}" % (b'"a":1,' * 2_000), False),
        ("/agency/v1/x", b"application/json; charset=utf-8", b"[" * 33 + b"]" * 33, False),
        ("/agency/v1/x", b"application/json", b"[" * 32 + b"]" * 32, True),
        ("/v1/reports", b"application/x-ndjson", (b"{%s}\n" % (b'"a":1,' * 30)) * 200, True),
        ("/v1/reports", b"application/x-ndjson", (b"{%s}\n" % (b'"a":1,' * 200)) * 200, False),
        ("/open311/v2/requests.json", b"application/x-www-form-urlencoded", b"," * 2_000, True),
    ],
)
def test_json_of_too_many_parts_is_refused_unread(path: str, kind: bytes, content: bytes, fits: bool) -> None:
    with nullcontext() if fits else pytest.raises(Refused) as refused:
        check_json(path, kind, content)
    assert fits or (refused is not None and refused.value.status == 413)
