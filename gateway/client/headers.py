"""Which of a caller's headers go on to a service."""

from collections.abc import Iterable
from typing import Final

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"host"}
)
_PRIVATE: Final = frozenset({b"authorization", b"cookie", b"x-request-id", b"expect", b"content-length"})


def forwarded(headers: Iterable[tuple[bytes, bytes]], body: bytes | None) -> Headers:
    """The caller's headers that may go on: nothing of the connection's, no key, nothing that only we may say."""
    kept = [
        (name, value)
        for name, value in headers
        if name not in HOP_BY_HOP and name not in _PRIVATE and not name.startswith(b"x-pendapa-")
    ]
    return kept if body is None else [*kept, (b"content-length", b"%d" % len(body))]
