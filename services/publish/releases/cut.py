"""Cuts releases: all datasets at one moment, provable against the log; never changed, only withdrawn."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import Engine, func, insert, select, update
from sqlmodel import Session

from contracts.region import Region
from contracts.times import utc
from kit.db import snapshot, transaction
from kit.locks import exclusive
from services.publish.datasets.dataset import Snapshot
from services.publish.datasets.forms import NEWEST
from services.publish.log import behind, checkpoint, leaves, merkle
from services.publish.log.checkpoint import Signer
from services.publish.releases import contents, package, withdrawal
from services.publish.releases.contents import Folder
from services.publish.releases.files import Files
from services.publish.releases.numbers import NUMBER, PLACE, folder, following
from services.publish.releases.sums import FileMade, sums
from services.publish.tables import LEAF, LOG_STATE, RELEASE

logger = logging.getLogger(__name__)

WITHDRAWN = "withdrawn"
"""The only file in the folder of a withdrawn release."""
_ASIDE = f"{PLACE}/.aside"
_MOVED = f"{PLACE}/.moved"
"""A file with the number of a folder that was moved to its final name, until its release has a row."""


Also = Callable[[Session, int], None]
"""Gets the number of the release, which it can read in the session."""


class CutUnderway(Exception):
    """Another cut of this database is under way."""


class NewerForms(CutUnderway):
    """A newer version writes to this database; it must cut the release, as this version's would not verify."""


class _Head(NamedTuple):
    """The head of the log that the release holds."""

    size: int
    root: bytes
    signed: str
    changed_at: datetime | None


class _Cut(NamedTuple):
    rows: dict[str, int]
    head: _Head
    made: Sequence[FileMade]


def cut(engine: Engine, files: Files, signer: Signer, region: Region, now: datetime, also: Also | None = None) -> int:
    """Cut a release; return its number once its row is committed. Raises `CutUnderway` and `Behind`.

    `also`: further work in the transaction of that row.
    The files are written to a folder aside, which is moved, and then the release's row is inserted. Files that
    a crash leaves have no row, so they are no release, and the next cut removes them.
    """
    with exclusive(engine, "release") as alone:
        if not alone:
            raise CutUnderway("A release is being cut")
        _clear(engine, files)
        try:
            while (number := _try(engine, files, signer, region, now, also)) is None:
                logger.info("a report was hidden while the release was cut; cutting it again")
        except OSError:  # such as a full disk, on which half a release would keep the space from everything else
            files.delete(_ASIDE)
            raise
        return number


def remove_withdrawn(engine: Engine, files: Files) -> None:
    """Remove the files of withdrawn releases, again after a crash. Their folders stay: their numbers are used."""
    with snapshot(engine) as session:
        numbers = to_be_removed(session)
    for number in numbers:
        files.empty(folder(number), WITHDRAWN)
        with transaction(engine) as session:
            session.execute(update(RELEASE).where(RELEASE.c.number == number).values(removed=True))
        logger.info("the files of release %d, which was withdrawn, are removed", number)


def to_be_removed(session: Session) -> Sequence[int]:
    """The withdrawn releases whose files may still be there."""
    left = RELEASE.c.withdrawn_at.is_not(None) & RELEASE.c.removed.is_(False)
    return session.scalars(select(RELEASE.c.number).where(left).order_by(RELEASE.c.number)).all()


def is_due(session: Session, every: timedelta, now: datetime, *, timed: bool = True) -> bool:
    """Whether the newest release is withdrawn; or there is a new fact, and the newest change in it is `every` old.

    A release of a version that did not note its newest change is timed by when it was made. One that is dated in the
    future, by a clock that was wrong, keeps no release away. `timed`: whether the time is right.
    """
    columns = (RELEASE.c.made_at, RELEASE.c.changed_at, RELEASE.c.size, RELEASE.c.withdrawn_at)
    newest = session.execute(select(*columns).order_by(RELEASE.c.number.desc()).limit(1)).first()
    if newest is not None and newest.withdrawn_at is not None:
        return True
    changed_at = now if newest is None else newest.changed_at or newest.made_at
    if not timed or (newest is not None and changed_at <= now < changed_at + every):
        return False
    since = 0 if newest is None else newest.size
    return (
        session.execute(select(LEAF.c.index).where(LEAF.c.index >= since, LEAF.c.report != "").limit(1)).first()
        is not None
    )


def next_due(session: Session, every: timedelta, now: datetime) -> datetime | None:
    """When the newest change of the newest release will be `every` old; null if it is, or there is no release."""
    columns = (RELEASE.c.changed_at, RELEASE.c.made_at)
    newest = session.execute(select(*columns).order_by(RELEASE.c.number.desc()).limit(1)).first()
    due = now if newest is None else (newest.changed_at or newest.made_at) + every
    return due if due > now else None


def _try(engine: Engine, files: Files, signer: Signer, region: Region, now: datetime, also: Also | None) -> int | None:
    """One cut; null if a report that is in it was hidden meanwhile."""
    known = behind.published(signer)
    with snapshot(engine, long=True) as session:
        number = following(session, files, signer)
        if (session.scalar(select(func.max(LEAF.c.form))) or 1) > NEWEST:
            raise NewerForms("A newer version writes to this database, and cuts the next release")
        head = _head(session, signer)
        behind.check(head.size, bytes(head.root), leaves.reader(session), known)  # before any file is written
        state = Snapshot(session, region, now, head.size)
        done = _write(state, Folder(files, _ASIDE), signer, head, number)
    files.put(_MOVED, b"%d" % number)
    files.rename(_ASIDE, folder(number), [file.name for file in done.made])
    with transaction(engine) as session:
        # Hidings are appended under this lock: each is either seen here, or comes later and withdraws this release.
        leaves.lock(session, now, signer)
        overtaken = withdrawal.is_overtaken(session, done.head.size)
        if not overtaken:
            session.execute(insert(RELEASE), _row(number, done, now))
            leaves.append(session, [_fact(number, done, now)], now, signer)
            if also is not None:
                also(session, number)
    if overtaken:
        files.delete(folder(number))
    files.remove(_MOVED)
    return None if overtaken else number


def _clear(engine: Engine, files: Files) -> None:
    """Remove the files of a cut that died: a report in them may be hidden by now."""
    files.delete(_ASIDE)
    moved = (files.get(_MOVED) or b"").decode(errors="replace")
    if NUMBER.fullmatch(moved) and moved in files.folders(PLACE):
        with snapshot(engine) as session:
            row_of = session.scalar(select(RELEASE.c.number).where(RELEASE.c.number == int(moved)))
        if row_of is None:
            files.empty(folder(int(moved)), WITHDRAWN)
    files.remove(_MOVED)


def _head(session: Session, signer: Signer) -> _Head:
    columns = (LOG_STATE.c.size, LOG_STATE.c.root, LOG_STATE.c.checkpoint, LOG_STATE.c.updated_at)
    state = session.execute(select(*columns)).first()
    if state is None:
        return _Head(0, merkle.EMPTY, checkpoint.sign(signer, 0, merkle.EMPTY), None)
    head = _Head(*state)
    return head._replace(signed=checkpoint.signed_by_all(signer, head.signed))


def _write(state: Snapshot, folder: Folder, signer: Signer, head: _Head, number: int) -> _Cut:
    rows = contents.write_datasets(state, folder)
    contents.write_leaves(state, folder)
    folder.put("checkpoint", head.signed.encode())
    folder.put("key", f"{signer.newest}\n".encode())
    made_at = utc(state.now)
    folder.put("datapackage.json", package.datapackage(signer.name, number, made_at, rows, folder.made()))
    folder.put("README.txt", package.readme(signer.name, number, made_at, rows))
    folder.put("manifest.json", package.manifest(number, made_at, head.size, bytes(head.root), folder.made()))
    folder.put("SHA256SUMS", sums(folder.made()))
    return _Cut(rows, head, folder.made())


def _row(number: int, done: _Cut, now: datetime) -> dict[str, object]:
    return {
        "number": number,
        "made_at": now,
        "changed_at": done.head.changed_at,
        "rows": done.rows["reports"],
        "size": done.head.size,
        "files": orjson.dumps([file._asdict() for file in done.made]),
        "removed": False,
        "datasets": orjson.dumps(done.rows),
    }


def _fact(number: int, done: _Cut, now: datetime) -> leaves.LogFact:
    """The fact that the release was cut: a leaf too, so that no release can be exchanged, or denied, later."""
    manifest = next(file.sha256 for file in done.made if file.name == "manifest.json")
    size, root = done.head.size, bytes(done.head.root).hex()
    members = {"at": utc(now), "form": NEWEST, "number": number, "manifest": manifest, "size": size, "root": root}
    return leaves.LogFact("", orjson.dumps({**members, "what": "released"}, option=orjson.OPT_SORT_KEYS), NEWEST)
