"""Refuses to sign a tree that does not contain the last one that was published."""

from collections.abc import Iterable

from kit.outage import Held
from services.publish.log import merkle
from services.publish.log.checkpoint import Head, Signer
from services.publish.log.copies import KeepingSigner
from services.publish.log.merkle import Read


class Behind(Held):
    """The log in the database is older than what was published of it, or is another one."""


def published(signer: Signer) -> list[tuple[Head, str]]:
    """The newest tree that each of the signer's copies knows now, and which copy that is."""
    copies = signer.copies if isinstance(signer, KeepingSigner) else ()
    known = [(copy.head(signer.verifier), str(copy)) for copy in copies]
    return [(each.head, where) for each, where in known if each is not None]


def check(size: int, root: bytes, read: Read, known: Iterable[tuple[Head, str]]) -> None:
    """Raise `Behind` unless this tree contains each that is `known`.

    A snapshot of the database is checked against what was `published` before it began: the log goes on meanwhile.
    """
    for head, where in known:
        contains(size, root, read, head, where)


def contains(size: int, root: bytes, read: Read, head: Head, where: str) -> None:
    """Raise `Behind` unless the tree of `size` leaves, which `read` reads, begins with that of the `head`."""
    if head.size > size:
        raise older(size, head, where)
    if (root if head.size == size else merkle.root(head.size, read)) != head.root:
        raise Behind(
            f"publish signs nothing: the first {head.size} facts of its log are not those that were published, as "
            f"{where} shows (docs/stores.md, publish's database)"
        )


def older(size: int, head: Head, where: str) -> Behind:
    return Behind(
        f"publish signs nothing: its log has {size} facts, and {head.size} were published, as {where} shows "
        "(docs/stores.md, publish's database)"
    )
