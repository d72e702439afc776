"""Limits how many wrong codes and tokens an address may try, so that nobody finds reports by trying them all.

A right one is not counted: many people may ask from one address of a mobile network.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.types import Message, Scope, Send

from gateway.door.errors import Refused

_GUESSED: Final = re.compile(r"/v1/(?:codes|follow)/.*|/open311/v2/tokens/.*", re.DOTALL)
_WINDOW: Final = 3600.0
_ADDRESSES: Final = 100_000
"""Counted at most; the one whose hour began first is forgotten."""


class Guesses:
    """`limit`: wrong guesses of one address in an hour."""

    def __init__(self, limit: int, now: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._now = limit, now
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def watched(self, scope: Scope, address: str, send: Send) -> Send:
        """The `send` of a request that may be a guess. Raises `Refused` 429 for an address with too many; "" has none.

        Answers to guesses are kept by no cache.
        """
        if not _GUESSED.fullmatch(scope["path"]):
            return send
        self._check(address)

        async def watching(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 404:
                    self._count(address)
                message = {**message, "headers": _not_stored(message["headers"])}
            await send(message)

        return watching

    def _check(self, address: str) -> None:
        began, count = self._counts.get(address, (0.0, 0))
        left = began + _WINDOW - self._now()
        if count >= self._limit and left > 0:
            detail = f"Your address tried {self._limit} wrong codes or tokens within an hour"
            raise Refused(429, detail, {"retry-after": str(int(left) + 1)})

    def _count(self, address: str) -> None:
        if not address:
            return
        now = self._now()
        began, count = self._counts.get(address, (now, 0))
        if now >= began + _WINDOW:
            began, count = now, 0
            self._counts.pop(address, None)
        self._counts[address] = began, count + 1
        if len(self._counts) > _ADDRESSES:
            self._counts.popitem(last=False)


def _not_stored(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [*((name, value) for name, value in headers if name != b"cache-control"), (b"cache-control", b"no-store")]
