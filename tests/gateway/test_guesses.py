"""Wrong codes and tokens are limited for each address; right ones are not."""

import asyncio

import pytest
from starlette.types import Message, Scope

from gateway.door.errors import Refused
from gateway.door.guesses import Guesses

CODE = "/v1/codes/K7M2P9QA"


def ask(guesses: Guesses, address: str, status: int = 404, path: str = CODE) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "path": path}
    watched = guesses.watched(scope, address, send)

    async def answer() -> None:
        await watched({"type": "http.response.start", "status": status, "headers": [(b"cache-control", b"x")]})

    asyncio.run(answer())
    return sent


def test_an_address_may_guess_only_so_often_in_an_hour() -> None:
    now = [0.0]
    guesses = Guesses(2, lambda: now[0])
    for path in (CODE, "/v1/follow/q2v0mWJrT3uYkq8xN1cZ5A"):
        ask(guesses, "192.0.2.1", path=path)
    with pytest.raises(Refused) as refused:
        ask(guesses, "192.0.2.1", path="/open311/v2/tokens/x.json")
    assert refused.value.status == 429
    ask(guesses, "192.0.2.2")
    ask(guesses, "192.0.2.1", path="/v1/reports/x")
    now[0] = 3600
    ask(guesses, "192.0.2.1")


def test_right_codes_and_callers_without_an_address_are_not_counted() -> None:
    guesses = Guesses(1)
    for _ in range(3):
        ask(guesses, "192.0.2.1", status=200)
        ask(guesses, "")


def test_no_cache_keeps_an_answer_to_a_guess() -> None:
    (start,) = ask(Guesses(1), "192.0.2.1")
    assert start["headers"] == [(b"cache-control", b"no-store")]
    (other,) = ask(Guesses(1), "192.0.2.1", path="/v1/reports/x")
    assert other["headers"] == [(b"cache-control", b"x")]
