"""Headers as bytes, to keep a record in a database."""

from collections.abc import Sequence

import orjson


def pack_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as JSON; Latin-1 maps every byte to a character and back.

    >>> unpack_headers(pack_headers((("a", bytes([0, 255])),)))
    (('a', b'\\x00\\xff'),)
    """
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers])


def unpack_headers(packed: bytes) -> tuple[tuple[str, bytes], ...]:
    """The inverse of `pack_headers`."""
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(packed))
