"""How the log commits to a fact."""

from hashlib import sha256


def commitment(salt: bytes, entry: bytes) -> bytes:
    """The log's entry for a fact: 32 bytes that tell nothing without the salt."""
    return sha256(salt + entry).digest()
