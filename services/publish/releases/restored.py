"""Finds out at a start whether the log is behind what was published of it, and takes back what it lacks.

What was published is known to the log's own copies, to the newest release, and to witnesses. A commitment can be taken
back from them; the fact that it commits to, and its salt, cannot.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import select
from sqlmodel import Session

from services.publish.log import behind, checkpoint, epoch, leaves
from services.publish.log.checkpoint import BadCheckpoint, Verifier
from services.publish.log.copies import LEAF_BYTES, KeepingSigner, LogCopy, SignedHead
from services.publish.log.leaves import LogState
from services.publish.record import entries
from services.publish.releases.files import Files
from services.publish.releases.numbers import folder, newest, numbers
from services.publish.releases.witness import Witness
from services.publish.tables import LOG_STATE

_NOTED = "log/checkpoint"
_NAMED_AT_ONCE = 1000
"""Lost leaves that one fact names."""


class LogSource(Protocol):
    """A place that knows how far the log was."""

    def head(self, verifier: Verifier) -> SignedHead | None: ...

    def commitments(self, first: int, last: int) -> bytes | None:
        """Of the leaves from `first` to before `last`; null if it has not all of them."""

    def release(self) -> int:
        """The highest number of a release up to its head; 0 if it does not know."""


class NotedHead:
    """The newest checkpoint, in a store of files that is no folder; a worker puts it there every few seconds."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def __str__(self) -> str:
        return f"{_NOTED} in the store of releases"

    def head(self, verifier: Verifier) -> SignedHead | None:
        return _head(self._files, _NOTED, verifier)

    def commitments(self, first: int, last: int) -> bytes | None:
        return None

    def release(self) -> int:
        return 0

    def note(self, session: Session, signer: KeepingSigner) -> None:
        """Put the checkpoint there, unless that one is as new."""
        signed = session.scalar(select(LOG_STATE.c.checkpoint))
        noted = self.head(signer.verifier)
        if signed is not None and (noted is None or noted.head.size < checkpoint.verify(signer.verifier, signed).size):
            self._files.put(_NOTED, signed.encode())


class ReleaseCopy:
    """A release, in the store of files."""

    def __init__(self, files: Files, number: int) -> None:
        self._files, self._number = files, number

    def __str__(self) -> str:
        return f"release {self._number}"

    def head(self, verifier: Verifier) -> SignedHead | None:
        return _head(self._files, f"{folder(self._number)}/checkpoint", verifier)

    def commitments(self, first: int, last: int) -> bytes | None:
        length = (last - first) * LEAF_BYTES
        name = f"{folder(self._number)}/leaves.bin"
        try:
            data = b"".join(self._files.read(name, first * LEAF_BYTES, length))
        except FileNotFoundError:
            return None
        return data if len(data) == length else None

    def release(self) -> int:
        return self._number


class Known(NamedTuple):
    """A head that was published, and who knows it."""

    published: SignedHead
    source: LogSource

    @property
    def size(self) -> int:
        return self.published.head.size


def known(signer: KeepingSigner, files: Files, witnesses: Sequence[str]) -> list[Known]:
    """All heads that were published, as far as anyone can be asked, the smallest first."""
    sources: list[LogSource] = [*signer.copies, NotedHead(files), *map(_witness, witnesses)]
    heads = [Known(head, source) for source in sources if (head := source.head(signer.verifier)) is not None]
    for number in sorted(numbers(files), reverse=True):
        release = ReleaseCopy(files, number)
        if (head := release.head(signer.verifier)) is not None:
            heads.append(Known(head, release))
            break  # the newest that was not withdrawn holds all that those before it hold
    return sorted(heads, key=lambda each: each.size)


def catch_up(session: Session, signer: KeepingSigner, heads: Sequence[Known], now: datetime) -> int:
    """Take back the leaves that the database lacks, and note them as lost; return how many these were.

    Raises `Behind` if they cannot be had, or if the database has another history than the one that was published.
    """
    state = before = leaves.lock(session, now, signer)
    for each in heads:
        if each.size > state.size:
            _take_back(session, state, each, heads, now)
            state = leaves.lock(session, now, signer)
        else:
            behind.contains(state.size, state.root, leaves.reader(session), each.published.head, str(each.source))
    gone = range(before.size, state.size)
    if gone:
        number = _highest(newest(session), before.size, heads)
        named = (gone[at : at + _NAMED_AT_ONCE] for at in range(0, len(gone), _NAMED_AT_ONCE))
        leaves.append(session, [entries.lost(list(some), number, now) for some in named], now, signer)
    if gone or state.epoch is None:
        epoch.draw(session, now, signer)
    return len(gone)


def told(lost: int) -> str:
    """One line for the operator."""
    return (
        f"publish was older than what it had published. Facts of its log that were taken back without their words and "
        f"salts: {lost}. `pendapa replay publish` sends their events again (docs/stores.md)"
    )


def _take_back(session: Session, state: LogState, wanted: Known, heads: Sequence[Known], now: datetime) -> None:
    for each in heads:
        data = each.source.commitments(state.size, wanted.size) if each.size >= wanted.size else None
        if data is None:
            continue
        commitments = [data[at : at + LEAF_BYTES] for at in range(0, len(data), LEAF_BYTES)]
        if leaves.take_back(session, state, wanted.published, commitments, now):
            return
    raise behind.older(state.size, wanted.published.head, str(wanted.source))


def _highest(number: int, size: int, heads: Sequence[Known]) -> int:
    """The highest number that a release of the log so far may have. Each release is a leaf, so those between count."""
    last = max(each.size for each in heads)
    noted = [(each.source.release(), each.size) for each in heads if each.source.release()]
    return min(number + last - size for number, size in [(number, size), *noted])


def _head(files: Files, name: str, verifier: Verifier) -> SignedHead | None:
    try:
        signed = (files.get(name) or b"").decode()
        return SignedHead(checkpoint.verify(verifier, signed), signed)
    except (BadCheckpoint, UnicodeDecodeError):
        return None


def _witness(where: str) -> LogSource:
    return Witness(where) if "://" in where else LogCopy(Path(where))
