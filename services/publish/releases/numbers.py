"""The numbers of releases, and where their files are. A number is never used twice."""

import re

import orjson
from sqlalchemy import func, select
from sqlmodel import Session

from services.publish.log.checkpoint import Signer
from services.publish.log.copies import KeepingSigner
from services.publish.releases.files import Files
from services.publish.tables import LEAF, RELEASE

PLACE = "reports"
"""The folder of all releases. It has the name of one dataset because processes of the version before use it."""
NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def folder(number: int) -> str:
    """Where a release's files are, in the file store."""
    return f"{PLACE}/{number}"


def numbers(files: Files) -> list[int]:
    """The numbers of the releases that have a folder, withdrawn ones too."""
    return [int(name) for name in files.folders(PLACE) if NUMBER.fullmatch(name)]


def newest(session: Session) -> int:
    """The highest number in the database; 0 if it has no release."""
    return session.scalar(select(func.max(RELEASE.c.number))) or 0


def following(session: Session, files: Files, signer: Signer) -> int:
    """A number that no release had, not even a release that the database lost when a backup was restored."""
    copied = [copy.release() for copy in signer.copies] if isinstance(signer, KeepingSigner) else []
    return 1 + max([newest(session), _lost(session), *copied, *numbers(files)])


def _lost(session: Session) -> int:
    """The highest number that the releases among the lost facts may have; each fact of a loss says it."""
    query = select(LEAF.c.entry).where(LEAF.c.report == "", LEAF.c.entry.is_not(None))
    return max((int(orjson.loads(entry).get("number", 0)) for entry in session.scalars(query)), default=0)
