"""The gateway limits how long it waits for a body, and how many bytes of bodies it holds."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Scope

from gateway.door import limits
from gateway.door.errors import Refused
from gateway.door.limits import SMALL, read_body

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


@pytest.mark.parametrize("bound", ["PIECE_SECONDS", "BODY_SECONDS"])
def test_a_body_that_stops_coming_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(limits, bound, 0.05)

    async def ask() -> None:
        await asyncio.wait_for(read_body(SCOPE, Caller([b"a"]).receive, 100), 30)

    with pytest.raises(Refused) as refused:
        asyncio.run(ask())
    assert refused.value.status == 408


def test_large_bodies_leave_room_for_small_ones_and_free_theirs_when_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LARGE_AT_ONCE", 3 * SMALL)
    large, small = [b"a" * SMALL] * 3, [b"a" * SMALL]

    async def ask() -> None:
        first, second, third, fourth = Caller(large), Caller(large), Caller(small), Caller(large)
        held = asyncio.create_task(read_body(SCOPE, first.receive, 10 * SMALL))
        await first.silent.wait()
        with pytest.raises(Refused) as refused:  # two of the three are the first's
            await read_body(SCOPE, second.receive, 10 * SMALL)
        assert (refused.value.status, refused.value.headers["retry-after"]) == (503, "10")
        third.let_go()
        assert await read_body(SCOPE, third.receive, 10 * SMALL) == b"a" * SMALL
        first.let_go()
        assert len(await held) == 3 * SMALL
        again = asyncio.create_task(read_body(SCOPE, fourth.receive, 10 * SMALL))
        await fourth.silent.wait()
        fourth.let_go()
        assert len(await again) == 3 * SMALL

    asyncio.run(asyncio.wait_for(ask(), 30))
