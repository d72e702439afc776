"""Tiles: the Merkle tree's hashes in files of 256, as C2SP's tlog-tiles lays them out and names them.

https://c2sp.org/tlog-tiles, "Merkle Tree" and "Paths". Tile (L, N) holds the hashes of the complete subtrees of
256**L leaves, from number N * 256 on; the last tile of a level may be partial.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from services.publish.log import merkle
from services.publish.log.merkle import Node, Read

WIDTH = 256
HASH = 32


class Tile(NamedTuple):
    level: int
    number: int


class TilePath(NamedTuple):
    """The tile that a path names (`level` None: a bundle of entries), and how many of its hashes or entries."""

    level: int | None
    number: int
    width: int


_PATH = re.compile(r"(entries|[0-5]?[0-9])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


def read_path(path: str) -> TilePath | None:
    """The tile that the path after `tile/` names; null if it names no tile.

    >>> read_path("0/x001/x234/067")
    TilePath(level=0, number=1234067, width=256)
    >>> read_path("entries/000.p/17")
    TilePath(level=None, number=0, width=17)
    >>> read_path("0/x000/001") is None
    True
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level, digits, width = match.groups()
    number = int(digits.replace("x", "").replace("/", ""))
    address = TilePath(None if level == "entries" else int(level), number, int(width or WIDTH))
    # Each tile has only one name, or caches and mirrors would store it twice.
    return address if address.width < WIDTH + (width is None) and tile_path(address) == path else None


def tile_path(address: TilePath) -> str:
    """The path after `tile/`.

    >>> tile_path(TilePath(level=1, number=1234067, width=3))
    '1/x001/x234/067.p/3'
    """
    number = address.number
    name = f"{number % 1000:03d}"
    while number := number // 1000:
        name = f"x{number % 1000:03d}/{name}"
    kind = "entries" if address.level is None else str(address.level)
    return f"{kind}/{name}" + ("" if address.width == WIDTH else f".p/{address.width}")


def bundle(entries: Sequence[bytes]) -> bytes:
    """Log entries as a bundle: each behind its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def edge(size: int) -> list[Tile]:
    """The partial tiles of a tree of `size` leaves: they are needed to extend it and to compute its root."""
    partial, level = [], 0
    while size:
        if size % WIDTH:
            partial.append(Tile(level, size // WIDTH))
        size, level = size // WIDTH, level + 1
    return partial


def extend(partial: Mapping[Tile, bytes], size: int, leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """The tiles that change when these leaf hashes follow the first `size`, given the `edge` of that tree."""
    changed: dict[Tile, bytes] = {}
    hashes, level, position = list(leaves), 0, size
    while hashes:
        full: list[bytes] = []
        at = 0
        while at < len(hashes):
            tile = Tile(level, position // WIDTH)
            take = min(WIDTH - position % WIDTH, len(hashes) - at)
            changed[tile] = partial.get(tile, b"") + b"".join(hashes[at : at + take])
            at, position = at + take, position + take
            if position % WIDTH == 0:
                full.append(merkle.root_of(_cut(changed[tile])))
        hashes, level, size = full, level + 1, size // WIDTH
        position = size
    return changed


def reader(load: Callable[[set[Tile]], Mapping[Tile, bytes]]) -> Read:
    """A `Read` of the tree whose tiles `load` returns, each loaded once."""
    loaded: dict[Tile, bytes] = {}

    def read(nodes: Sequence[Node]) -> list[bytes]:
        missing = {_tile(node) for node in nodes} - loaded.keys()
        if missing:
            loaded.update(load(missing))
        return [_hash(node, loaded[_tile(node)]) for node in nodes]

    return read


def _tile(node: Node) -> Tile:
    return Tile(node.level // 8, (node.number << node.level % 8) // WIDTH)


def _hash(node: Node, data: bytes) -> bytes:
    count = 1 << node.level % 8
    start = (node.number * count) % WIDTH
    hashes = _cut(data[start * HASH : (start + count) * HASH])
    if len(hashes) != count:
        raise LookupError(f"the tile does not hold {node}")
    return merkle.root_of(hashes)


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + HASH] for at in range(0, len(data), HASH)]
