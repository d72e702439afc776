"""Whether the log holds together with the record, with its copies and with its releases."""

from collections.abc import Iterator, Mapping, Sequence

import orjson
from sqlalchemy import Engine, select
from sqlmodel import Session

from kit.db import snapshot
from services.publish.log import behind, leaves, merkle
from services.publish.log.behind import Behind
from services.publish.log.copies import LEAF_BYTES, LogCopy, SignedHead
from services.publish.record import sound
from services.publish.record.sound import CutFact
from services.publish.releases.cut import WITHDRAWN
from services.publish.releases.files import Files
from services.publish.releases.intact import Damaged, Intact
from services.publish.releases.numbers import folder
from services.publish.releases.sums import FileMade
from services.publish.settings import Settings
from services.publish.tables import LOG_STATE, RELEASE

Heads = Sequence[tuple[LogCopy, SignedHead | None]]


def faults(engine: Engine, settings: Settings) -> Iterator[str]:
    """A line for each fault."""
    signer = settings.signer()
    # Before the database: a copy is written after the commit, so none is ahead of what is read afterwards.
    heads = [(copy, copy.head(signer.verifier)) for copy in signer.copies]
    with snapshot(engine, long=True) as session:
        yield from (f"publish: {fault}" for fault in sound.faults(session, signer.verifier))
        yield from _copy_faults(session, heads)
        yield from _release_faults(session, Files(settings.files_url))


def _copy_faults(session: Session, heads: Heads) -> Iterator[str]:
    state = session.execute(select(LOG_STATE.c.size, LOG_STATE.c.root)).first()
    if state is None or state.size == 0:
        return
    for copy, signed in heads:
        if signed is None:
            yield f"{copy} has no copy of the log: without one, stores that went back are noticed by releases alone"
            continue
        try:
            behind.contains(state.size, bytes(state.root), leaves.reader(session), signed.head, str(copy))
        except Behind as error:
            yield str(error)
        data = copy.commitments(0, signed.head.size) or b""
        hashes = (merkle.leaf_hash(data[at : at + LEAF_BYTES]) for at in range(0, len(data), LEAF_BYTES))
        if merkle.root_of(hashes) != signed.head.root:
            yield f"{copy} has other commitments than its checkpoint signs"


def _release_faults(session: Session, files: Files) -> Iterator[str]:
    cuts, intact = sound.cuts(session), Intact(lambda: files)
    columns = (RELEASE.c.number, RELEASE.c.files, RELEASE.c.withdrawn_at, RELEASE.c.removed)
    for row in session.execute(select(*columns).order_by(RELEASE.c.number)).all():
        made = [FileMade(**file) for file in orjson.loads(bytes(row.files))]
        if row.withdrawn_at is None:
            yield from _file_faults(intact, row.number, made)
        elif row.removed:
            yield from _left_faults(files, row.number, made)
        yield from _cut_faults(session, row.number, made, cuts)


def _file_faults(intact: Intact, number: int, made: Sequence[FileMade]) -> Iterator[str]:
    for each in made:
        try:
            intact.check(f"{folder(number)}/{each.name}", each.bytes, each.sha256)
        except Damaged as error:
            yield str(error)


def _left_faults(files: Files, number: int, made: Sequence[FileMade]) -> Iterator[str]:
    left = [each.name for each in made if files.stamp(f"{folder(number)}/{each.name}") is not None]
    if left:
        yield f"release {number} was withdrawn, and {len(left)} of its files are still there, such as {left[0]}"
    elif files.stamp(f"{folder(number)}/{WITHDRAWN}") is None:
        yield f"release {number} was withdrawn, and its folder is gone"


def _cut_faults(session: Session, number: int, made: Sequence[FileMade], cuts: Mapping[int, CutFact]) -> Iterator[str]:
    """What the log says of the release; it says nothing of one that a version before cut, or that it lost."""
    if (cut := cuts.get(number)) is None:
        return
    if cut.manifest not in [each.sha256 for each in made if each.name == "manifest.json"]:
        yield f"release {number} has another manifest.json than the log commits to"
    if merkle.root(cut.size, leaves.reader(session)) != cut.root:
        yield f"release {number} was cut from another log"
