"""Notes whose answers a change touches, so that an answer to a filter lives on while nothing in it changes.

A change touches what its report was before and what it is after. A process of the version before notes nothing: its
changes leave `touched_to` behind, and then no answer from before the next note lives on.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import and_, case, update
from sqlmodel import Session

from contracts.region import Region
from kit.rows import insert_or_set
from services.publish.query import touched
from services.publish.record.facts import Record
from services.publish.tables import LOG_STATE, TOUCHED


def note(session: Session, before: int, records: Iterable[Record], region: Region) -> None:
    """Note that these records, as they were and as they are, changed in the version that follows `before`.

    Call it in the transaction of the change, after the version has grown.
    """
    version = before + 1
    values = sorted({each for record in records for each in _values(record, region)})
    insert_or_set(
        session, TOUCHED, [{"value": each, "version": version} for each in values], keys=["value"], value="version"
    )
    is_whole = and_(LOG_STATE.c.touched_to == before, LOG_STATE.c.version == version)
    known_from = case((is_whole, LOG_STATE.c.touched_from), else_=LOG_STATE.c.version)
    session.execute(update(LOG_STATE).values(touched_from=known_from, touched_to=LOG_STATE.c.version))


def _values(record: Record, region: Region) -> Iterator[str]:
    code = record.part("place", "code")
    place = region.places.get(code) if code else None
    columns = {
        "agency": record.word("agency"),
        "category": record.word("category"),
        "status": record.status,
        "place_code": code,
        "kecamatan_code": place.kecamatan_code if place else None,
    }
    for column in touched.COLUMNS:
        if (value := columns[column]) is not None:
            yield touched.value(column, value)
    if columns["agency"] and columns["status"]:
        yield touched.both(columns["agency"], columns["status"])
