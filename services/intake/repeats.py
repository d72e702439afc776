"""Knows a report that says again what its reporter said before, by a hash of the words and the sender."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select, update
from sqlmodel import Session

from kit.retention import of_rows
from kit.rows import among, insert_missing
from services.intake.domain import Receipt
from services.intake.folding import fold
from services.intake.tables import Base

AGAIN = timedelta(minutes=10)
"""The same words within this time are the same report."""
KEPT = timedelta(days=7)
"""The same words within this time make a report that an official compares with the earlier one first."""
_ENDED = ("closed", "rejected")

FINGERPRINT, REPORT, STANDING = (Base.metadata.tables[name] for name in ("fingerprint", "report", "standing"))


class Fingerprint(NamedTuple):
    """A row of the table `fingerprint`."""

    digest: str
    report: str
    source: str | None
    at: datetime


def digest_of(sender: str, text: str) -> str:
    """A hash of the sender and of the words without case, accents and punctuation.

    >>> digest_of("+62811000000", "Jalan  RUSAK!") == digest_of("+62811000000", "jalan, rusak")
    True
    """
    return sha256(f"{sender}\0{_words(text)}".encode(errors="replace")).hexdigest()


def again(session: Session, digest: str, source: str | None, at: datetime) -> Receipt | None:
    """The report of the same words that came from the same source some minutes ago."""
    row = session.execute(_known().where(FINGERPRINT.c.digest == digest)).first()
    if row is None or row.source != source or not _is_open(row, at, AGAIN):
        return None
    return Receipt(row.report, row.code, again=True)


def note(session: Session, fingerprints: Sequence[Fingerprint]) -> dict[str, str]:
    """Keep the fingerprints of new reports; for those that repeat an earlier report which has not ended, its id."""
    # Sorted, so that two processes insert the same digests in the same order and cannot deadlock.
    rows = [each._asdict() for each in sorted(fingerprints)]
    first = insert_missing(session, FINGERPRINT, rows, "report") if rows else set()
    others = [each for each in fingerprints if each.report not in first]
    if not others:
        return {}
    query = _known().where(among(session, FINGERPRINT.c.digest, [each.digest for each in others]))
    known = {row.digest: row for row in session.execute(query)}
    repeats: dict[str, str] = {}
    for each in others:
        earlier = known[each.digest]
        if earlier.report == each.report:
            continue
        if _is_open(earlier, each.at, KEPT):
            repeats[each.report] = earlier.report
        else:
            session.execute(update(FINGERPRINT).where(FINGERPRINT.c.digest == each.digest).values(each._asdict()))
    return repeats


forget = of_rows(FINGERPRINT.c.digest, FINGERPRINT.c.at, order=FINGERPRINT.c.at)
"""Deletes the fingerprints that no new report is compared with."""


def _known() -> Select[Any]:
    joined = FINGERPRINT.join(REPORT, REPORT.c.id == FINGERPRINT.c.report)
    joined = joined.outerjoin(STANDING, STANDING.c.report == FINGERPRINT.c.report)
    return select(FINGERPRINT, REPORT.c.code, STANDING.c.status).select_from(joined)


def _is_open(earlier: Row[Any], at: datetime, within: timedelta) -> bool:
    return abs(at - earlier.at) <= within and earlier.status not in _ENDED


def _words(text: str) -> str:
    kept = (" " if unicodedata.category(each)[0] in "ZPC" else each for each in fold(text))
    return " ".join("".join(kept).split()) or text
