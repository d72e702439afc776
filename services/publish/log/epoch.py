"""The epoch of the public record: a random name, drawn anew when the database is found to have gone back.

A program that keeps a copy sees by it that what it has read before may not hold.
"""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from contracts.ids import random_bytes
from services.publish.log import leaves
from services.publish.log.checkpoint import Signer
from services.publish.tables import LOG_STATE


def draw(session: Session, now: datetime, signer: Signer) -> str:
    """Draw a new epoch, and return it. No answer of the old one is taken for current."""
    state, name = leaves.lock(session, now, signer), random_bytes(8).hex()
    version = state.version + leaves.VERSIONS_LOST
    session.execute(update(LOG_STATE).values(epoch=name, version=version))
    return name
