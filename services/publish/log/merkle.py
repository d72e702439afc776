"""The Merkle tree of RFC 6962: root, inclusion and consistency proofs, and their verification.

A tree is read through a `Read`, a function that returns the hashes of nodes, wherever they are stored.
Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2 (the same tree as RFC 6962).
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

EMPTY = sha256(b"").digest()
"""The root of the tree without leaves."""


class Node(NamedTuple):
    """A complete subtree of 2**level leaves that begins at leaf number * 2**level; level 0 is a leaf."""

    level: int
    number: int


Read = Callable[[Sequence[Node]], Sequence[bytes]]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf.

    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


def root(size: int, read: Read) -> bytes:
    """The root of the first `size` leaves."""
    return _range(0, size, read) if size else EMPTY


def root_of(hashes: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes; memory grows with the logarithm of their number."""
    peaks: list[tuple[int, bytes]] = []
    for hash in hashes:
        level = 0
        while peaks and peaks[-1][0] == level:
            hash = node_hash(peaks.pop()[1], hash)
            level += 1
        peaks.append((level, hash))
    return _join([hash for _, hash in peaks]) if peaks else EMPTY


def inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return [_range(low, high, read) for low, high in _siblings(index, size)]


def consistency(old: int, new: int, read: Read) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves cannot come before one of {new}")
    if old in (0, new):
        return []
    return [_range(low, high, read) for low, high in _subproof(old, 0, new, True)]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that the leaf with this hash stands at `index` under `root`."""
    if not 0 <= index < size:
        return False
    position, last, hash = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            hash = node_hash(sibling, hash)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            hash = node_hash(hash, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and hash == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the tree of `old` leaves is the beginning of the tree of `new` leaves."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    return _climb(old - 1, new - 1, hashes) == (old_root, new_root)


def _climb(position: int, last: int, hashes: list[bytes]) -> tuple[bytes, bytes] | None:
    while position & 1:
        position, last = position >> 1, last >> 1
    if not hashes:
        return None
    older = newer = hashes[0]
    for hash in hashes[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            older, newer = node_hash(hash, older), node_hash(hash, newer)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            newer = node_hash(newer, hash)
        position, last = position >> 1, last >> 1
    return (older, newer) if last == 0 else None


def _split(low: int, high: int) -> int:
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    low, high, ranges = 0, size, []
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return ranges[::-1]


def _subproof(old: int, low: int, high: int, whole: bool) -> list[tuple[int, int]]:
    # SUBPROOF of RFC 6962, section 2.1.2; `whole`: the old tree's root is this very subtree's, and known.
    if old == high:
        return [] if whole else [(low, high)]
    middle = _split(low, high)
    if old <= middle:
        return [*_subproof(old, low, middle, whole), (middle, high)]
    return [*_subproof(old, middle, high, False), (low, middle)]


def _range(low: int, high: int, read: Read) -> bytes:
    return _join(read(_nodes(low, high)))


def _nodes(low: int, high: int) -> list[Node]:
    """The complete subtrees that make up the leaves from `low` to `high`, left to right; `low` begins a subtree."""
    nodes = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append(Node(level, low >> level))
        low += 1 << level
    return nodes


def _join(hashes: Sequence[bytes]) -> bytes:
    hash = hashes[-1]
    for left in reversed(hashes[:-1]):
        hash = node_hash(left, hash)
    return hash
