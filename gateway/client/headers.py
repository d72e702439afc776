"""Decides which of a caller's headers are forwarded to a service."""

from collections.abc import Iterable
from typing import Final

from gateway.door import accept
from kit.conditions import without_codings

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"host"}
)
_NORMAL: Final = b"accept"
_TAGS: Final = frozenset({b"if-match", b"if-none-match"})
_PRIVATE: Final = frozenset({b"authorization", b"cookie", b"x-request-id", b"expect", b"content-length"})


def forwarded(headers: Iterable[tuple[bytes, bytes]], body: bytes | None) -> Headers:
    """The caller's headers without those of the connection, of keys, and those that only the gateway may set.

    `Accept` comes in its normal form, since answers are kept by it.
    """
    passed = [
        (name, _as_services_know_it(name, value))
        for name, value in headers
        if name not in HOP_BY_HOP and name not in _PRIVATE and not name.startswith(b"x-pendapa-")
    ]
    return passed if body is None else [*passed, (b"content-length", b"%d" % len(body))]


def _as_services_know_it(name: bytes, value: bytes) -> bytes:
    if name == _NORMAL:
        return accept.normal(value)
    if name in _TAGS:  # the gateway compresses, and gives what it compressed an ETag of its own
        return without_codings(value.decode("latin-1")).encode("latin-1")
    return value
