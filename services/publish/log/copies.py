"""Copies of the log that are kept apart from its database: how far the log was, and what it committed to.

A copy is a folder with `checkpoint`, the newest signed head, and `leaves.bin`, the commitments, 32 bytes each. A
release's folder has both too, so it is read in the same way.
"""

import fcntl
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, event, func, select
from sqlmodel import Session

from kit.db import snapshot
from services.publish.log import checkpoint
from services.publish.log.checkpoint import BadCheckpoint, Head, Signer, Verifier
from services.publish.tables import LEAF, LOG_STATE, RELEASE

logger = logging.getLogger(__name__)

LEAF_BYTES = 32
_AT_ONCE = 65_536
"""Commitments that are read from the database and written at a time."""


class SignedHead(NamedTuple):
    """A head of the log, and the checkpoint that signs it."""

    head: Head
    checkpoint: str


class LogCopy:
    """A copy in a folder of this machine, written after each commit that grew the log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem: str | None = None
        """Why it could not be written the last time."""

    def __str__(self) -> str:
        return str(self.folder)

    def head(self, verifier: Verifier) -> SignedHead | None:
        """The newest head that it knows; null if it has none that this key signed."""
        try:
            signed = (self.folder / "checkpoint").read_bytes().decode()
            return SignedHead(checkpoint.verify(verifier, signed), signed)
        except (FileNotFoundError, NotADirectoryError, BadCheckpoint, UnicodeDecodeError):
            return None

    def commitments(self, first: int, last: int) -> bytes | None:
        """The commitments of the leaves from `first` to before `last`; null if it has not all of them."""
        try:
            with (self.folder / "leaves.bin").open("rb") as leaves:
                leaves.seek(first * LEAF_BYTES)
                data = leaves.read((last - first) * LEAF_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return data if len(data) == (last - first) * LEAF_BYTES else None

    def release(self) -> int:
        """The highest number of a release up to its head; 0 if it does not know."""
        try:
            return int((self.folder / "release").read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return 0

    def keep(self, engine: Engine, verifier: Verifier) -> None:
        """Bring it up to what the database has committed. A copy that knows more stays as it is.

        Never raises an error of the file system: the commit is done, and the next one tries again.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(self.folder / "lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._keep(engine, verifier)
        except OSError as error:
            if self.problem is None:
                logger.warning("the copy of the log in %s cannot be written: %s", self, error.strerror)
            self.problem = f"the copy of the log in {self} cannot be written: {error.strerror}"
        else:
            self.problem = None

    def _keep(self, engine: Engine, verifier: Verifier) -> None:
        known = self.head(verifier)
        with snapshot(engine) as session:
            state = session.execute(select(LOG_STATE.c.size, LOG_STATE.c.checkpoint)).first()
            if state is None or (known is not None and known.head.size >= state.size):
                return
            with open(self.folder / "leaves.bin", "ab") as file:
                whole = file.tell() // LEAF_BYTES
                # What a crash left after the last checkpoint may be of a commit that never was.
                whole = min(whole, known.head.size if known else 0)
                file.truncate(whole * LEAF_BYTES)
                for first in range(whole, state.size, _AT_ONCE):
                    file.write(commitments(session, first, min(first + _AT_ONCE, state.size)))
                file.flush()
                os.fsync(file.fileno())
            newest = session.scalar(select(func.max(RELEASE.c.number))) or 0
        if newest > self.release() or not (self.folder / "release").exists():
            self._put("release", str(max(newest, self.release())))
        self._put("checkpoint", state.checkpoint)

    def _put(self, name: str, content: str) -> None:
        part = self.folder / f"{name}.part"
        with part.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / name)


@dataclass(frozen=True)
class KeepingSigner(Signer):
    """A signer whose log has copies: before each signature they are asked how far the log was."""

    copies: Sequence[LogCopy] = field(default=(), compare=False)

    def keep(self, engine: Engine) -> None:
        for copy in self.copies:
            copy.keep(engine, self.verifier)

    def keep_after(self, session: Session) -> None:
        """Bring the copies up to date once the transaction of `session` is committed."""
        engine = session.get_bind()
        assert isinstance(engine, Engine)  # noqa: S101  # for mypy: every session of the kit is bound to one
        event.listen(session, "after_commit", lambda _: self.keep(engine), once=True)


def commitments(session: Session, first: int, last: int) -> bytes:
    """The commitments of the leaves from `first` to before `last`, as the database has them."""
    query = select(LEAF.c.commitment).where(LEAF.c.index >= first, LEAF.c.index < last).order_by(LEAF.c.index)
    return b"".join(bytes(commitment) for commitment in session.scalars(query))
