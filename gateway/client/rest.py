"""Leaves a service alone for a while after it did not answer, so that its callers are refused at once."""

import time

FAILURES = 3
"""Calls in a row without an answer, after which a service is left alone."""
SECONDS = 5.0
"""How long; then one call tries, and the others are refused until it is answered."""


class Rest:
    """The calls of one service. Each passed `may_call` is followed by `answered` or `silent`, or by neither."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    def may_call(self) -> bool:
        now = time.monotonic()
        if self._failures < FAILURES:
            return True
        if now < self._until:
            return False
        self._until = now + SECONDS  # this call tries; a next one may, if this one is never answered
        return True

    def answered(self) -> None:
        self._failures = 0

    def silent(self) -> None:
        self._failures += 1
        self._until = time.monotonic() + SECONDS
