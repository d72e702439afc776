"""Refuses to sign a tree that does not contain the last one that was published."""

from kit.outage import Held
from services.publish.log import merkle
from services.publish.log.checkpoint import Head, Signer
from services.publish.log.copies import KeepingSigner
from services.publish.log.merkle import Read


class Behind(Held):
    """The log in the database is older than what was published of it, or is another one."""


def check(size: int, root: bytes, read: Read, signer: Signer) -> None:
    """Raise `Behind` unless this tree contains the newest one that each of the signer's copies knows."""
    if isinstance(signer, KeepingSigner):
        for copy in signer.copies:
            known = copy.head(signer.verifier)
            if known is not None:
                contains(size, root, read, known.head, str(copy))


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
