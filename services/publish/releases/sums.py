"""The sizes and checksums of a release's files, as SHA256SUMS lists them."""

from collections.abc import Sequence
from typing import NamedTuple


class FileMade(NamedTuple):
    name: str
    bytes: int
    sha256: str


def sums(made: Sequence[FileMade]) -> bytes:
    """SHA256SUMS, as `sha256sum -c` reads it."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in made).encode()
