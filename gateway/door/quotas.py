"""How many requests an address and a key may make in a minute, and the headers that tell how many are left."""

import time
from collections import OrderedDict
from math import ceil
from typing import Final

from gateway.client.headers import Headers
from gateway.door.errors import Refused
from kit.caller import Caller

SECONDS: Final = 60
MOST_CALLERS: Final = 100_000
"""Remembered at once; the one that was away longest is forgotten, and begins anew."""


class Quotas:
    """Counts by the generic cell rate algorithm: a caller may use the whole quota at once, and gets it back evenly.

    The address "" is a trusted proxy's own, such as of a program on this machine: it and the keys used there have a
    quota of their own. Everything raises `Refused` 429 if nothing is left, and else returns headers that say what is.
    """

    def __init__(self, of_address: int, of_key: int, from_here: int, most: int = MOST_CALLERS) -> None:
        self._of_address, self._of_key, self._from_here = of_address, of_key, from_here
        self._whole_at: OrderedDict[tuple[str, ...], float] = OrderedDict()
        """When the quota of each caller is whole again."""
        self._most = most

    def of_address(self, address: str) -> Headers:
        """Count a request from an address."""
        return self._take(("address", address), self._of_address if address else self._from_here)

    def of_caller(self, caller: Caller, address: str) -> Headers:
        """Count a request with a key. The token of a channel is not counted: a provider sends for many people."""
        if caller.role == "channel":
            return []
        who = ("key", caller.role, caller.agency or caller.key or "")
        if caller.a_minute is not None:
            return self._take(who, caller.a_minute)
        return self._take(who if address else (*who, "here"), self._of_key if address else self._from_here)

    def _take(self, who: tuple[str, ...], quota: int) -> Headers:
        now, each = time.monotonic(), SECONDS / quota
        used = max(0.0, self._whole_at.pop(who, now) - now)
        is_refused = used > SECONDS - each
        if not is_refused:
            used += each
        self._whole_at[who] = now + used
        if len(self._whole_at) > self._most:
            self._whole_at.popitem(last=False)
        headers = _told(who[0], quota, int((SECONDS - used) / each + 1e-6), ceil(used))
        if is_refused:
            retry = {"retry-after": str(max(1, ceil(used + each - SECONDS)))}
            told = {name.decode(): value.decode() for name, value in headers}
            raise Refused(429, f"Your {who[0]} may make {quota} requests a minute", {**told, **retry})
        return headers

    def __len__(self) -> int:
        return len(self._whole_at)


def _told(policy: str, quota: int, left: int, seconds: int) -> Headers:
    """The headers of the IETF's draft "RateLimit header fields for HTTP"."""
    return [
        (b"ratelimit-policy", f'"{policy}";q={quota};w={SECONDS}'.encode()),
        (b"ratelimit", f'"{policy}";r={max(0, left)};t={seconds}'.encode()),
    ]
