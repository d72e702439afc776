"""Releases: immutable, numbered cuts of the open data, each provable against the log as it then stood."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import Engine, func, insert, select
from sqlmodel import Session

from kit.db import exclusive, snapshot, transaction
from services.publish import checkpoint, export_files, export_package, merkle
from services.publish.checkpoint import Signer
from services.publish.export_files import FileMade, Folder
from services.publish.files import Files
from services.publish.log_tables import LOG_STATE, RELEASE
from services.publish.rendering import utc

logger = logging.getLogger(__name__)

DATASET = "reports"
_ASIDE = f"{DATASET}/.aside"


class CutUnderway(Exception):
    """Another cut of this database's release has not ended yet."""


class _Cut(NamedTuple):
    rows: int
    size: int
    made: Sequence[FileMade]


def folder(number: int) -> str:
    """Where a release's files are, in the file store."""
    return f"{DATASET}/{number}"


def cut(engine: Engine, files: Files, signer: Signer, now: datetime) -> int:
    """Cut a release; return its number once it is there for good. Raises `CutUnderway`: there is one at a time.

    The files are written aside, then moved, then the release's row is inserted: whatever a crash leaves
    has no row, so it is no release, and the next cut takes its place.
    """
    with exclusive(engine, "release") as alone:
        if not alone:
            raise CutUnderway("A release is being cut")
        files.delete(_ASIDE)
        with snapshot(engine) as session:
            number = (session.scalar(select(func.max(RELEASE.c.number))) or 0) + 1
            done = _write(session, Folder(files, _ASIDE), signer, number, now)
        files.rename(_ASIDE, folder(number), [file.name for file in done.made])
        with transaction(engine) as session:
            session.execute(insert(RELEASE), _row(number, done, now))
        return number


def is_due(session: Session, every: timedelta, now: datetime) -> bool:
    """Whether the newest release is `every` old or there is none, and the log has grown since."""
    size = session.scalar(select(LOG_STATE.c.size)) or 0
    newest = session.execute(
        select(RELEASE.c.made_at, RELEASE.c.size).order_by(RELEASE.c.number.desc()).limit(1)
    ).first()
    if newest is None:
        return size > 0
    return bool(newest.size != size and newest.made_at + every <= now)


class Schedule:
    """The worker's tick that cuts releases.

    A cut takes as long as the data is large, and a tick holds a transaction: so the tick
    only asks whether one is due, and a thread of its own cuts it.
    """

    def __init__(self, engine: Engine, files_url: str, signer: Signer, every: timedelta) -> None:
        self._engine, self._files_url, self._signer, self._every = engine, files_url, signer, every
        self._thread: threading.Thread | None = None

    @property
    def tick(self) -> tuple[float, Callable[[Session, datetime], None]]:
        """For `Worker(ticks=...)`."""
        return min(60.0, self._every.total_seconds()), self.release_when_due

    def release_when_due(self, session: Session, now: datetime) -> None:
        under_way = self._thread is not None and self._thread.is_alive()
        if not under_way and is_due(session, self._every, now):
            self._thread = threading.Thread(target=self._cut, name="release", daemon=True)
            self._thread.start()

    def join(self) -> None:
        """Wait for a cut that is under way."""
        if self._thread is not None:
            self._thread.join()

    def _cut(self) -> None:
        try:
            number = cut(self._engine, Files(self._files_url), self._signer, datetime.now(UTC))
            logger.info("release %d is cut", number)
        except CutUnderway:
            return
        except Exception as error:
            # The worker goes on without this release: it is due again at the next tick.
            logger.error("no release was cut", exc_info=error)


def _write(session: Session, folder: Folder, signer: Signer, number: int, now: datetime) -> _Cut:
    state = session.execute(select(LOG_STATE.c.size, LOG_STATE.c.checkpoint)).first()
    size, signed = state or (0, checkpoint.sign(signer, 0, merkle.EMPTY))
    rows = export_files.write_reports(session, folder)
    export_files.write_history(session, folder, size)
    folder.put("checkpoint", signed.encode())
    folder.put("key", f"{signer.verifier}\n".encode())
    counts = {"reports": rows, "history": size, "leaves": size}
    package = export_package.datapackage(signer.name, number, utc(now), counts, folder.made())
    folder.put("datapackage.json", package)
    folder.put("README.txt", export_package.readme(signer.name, number, utc(now), rows, size))
    folder.put("SHA256SUMS", export_package.sums(folder.made()))
    return _Cut(rows, size, folder.made())


def _row(number: int, done: _Cut, now: datetime) -> dict[str, object]:
    made = orjson.dumps([file._asdict() for file in done.made])
    return {"number": number, "made_at": now, "rows": done.rows, "size": done.size, "files": made}
