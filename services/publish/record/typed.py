"""Erases the addresses that people typed, which a process of the version before goes on writing while it runs."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from contracts.region import Region
from services.publish.log import leaves
from services.publish.log.checkpoint import Signer
from services.publish.record import store
from services.publish.record.store import WrittenRecord
from services.publish.tables import FaceRow

LOOK_EACH = 5.0
"""Seconds between two looks. An index holds only what is to be erased, so that a look costs next to nothing."""
_BATCH = 500
_FACE = FaceRow.__table__  # type: ignore[attr-defined]


def erase(session: Session, region: Region, signer: Signer, now: datetime) -> None:
    """Render the records again whose answers have a typed address, and grow the version: no older answer is right."""
    typed = select(_FACE.c.id).where(_FACE.c.address.is_not(None)).limit(_BATCH)
    if session.scalar(typed) is None:
        return
    leaves.lock(session, now, signer)  # before the records are read, as every writer does
    stored = store.load(session, list(session.scalars(typed)))
    store.write(session, [WrittenRecord(each.number, each.record, each.leaves) for each in stored.values()], region)
    leaves.bump(session, now, signer)
