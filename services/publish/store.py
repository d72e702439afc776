"""Records in and out of their rows, many at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlmodel import Session

from contracts.region import Region
from kit.rows import among, insert_all, insert_returning
from services.publish import rendering, search
from services.publish.domain import Record
from services.publish.tables import FaceRow, HiddenRow, RecordRow

_RECORD: Table = RecordRow.__table__  # type: ignore[attr-defined]
_FACE: Table = FaceRow.__table__  # type: ignore[attr-defined]
_HIDDEN: Table = HiddenRow.__table__  # type: ignore[attr-defined]


class Stored(NamedTuple):
    """A record as it stands, with its row's number and the log's leaves of it."""

    number: int
    record: Record
    leaves: tuple[int, ...]


class Written(NamedTuple):
    """A record to be written; `number` is null for a new one."""

    number: int | None
    record: Record
    leaves: Sequence[int]


def load(session: Session, ids: Sequence[str]) -> dict[str, Stored]:
    """The records with these ids that are public now."""
    columns = (_RECORD.c.number, _RECORD.c.doc, _RECORD.c.withheld, _FACE.c.history, _FACE.c.address, _FACE.c.log)
    rows = session.execute(
        select(*columns).join(_FACE, _FACE.c.number == _RECORD.c.number).where(among(session, _RECORD.c.id, ids))
    )
    found = [
        Stored(number, rendering.read(doc, history, address, withheld), tuple(orjson.loads(log)))
        for number, doc, withheld, history, address, log in rows
    ]
    return {stored.record.id: stored for stored in found}


def hidden(session: Session, ids: Sequence[str]) -> set[str]:
    """Which of these ids were hidden."""
    return set(session.scalars(select(_HIDDEN.c.id).where(among(session, _HIDDEN.c.id, ids))))


def count_hidden(session: Session) -> int:
    """How many reports were hidden so far."""
    return session.scalar(select(func.count()).select_from(_HIDDEN)) or 0


def write(session: Session, records: Sequence[Written], region: Region) -> None:
    """Insert the new ones and replace the others, with all their rendered answers."""
    rows = {one.record.id: _row(one.record, region) for one in records}
    new = [one for one in records if one.number is None]
    known = [one for one in records if one.number is not None]
    numbers = _insert(session, [rows[one.record.id][0] for one in new])
    if new:
        insert_all(
            session,
            _FACE,
            [
                {**rows[one.record.id][1], "number": numbers[one.record.id], "log": orjson.dumps(list(one.leaves))}
                for one in new
            ],
        )
        search.index(session, [search.Words(numbers[r.id], r.text) for _, r, _ in new if r.text])
    if known:
        record_rows = [{**rows[one.record.id][0], "of": one.number} for one in known]
        face_rows = [
            {**rows[one.record.id][1], "of": one.number, "log": orjson.dumps(list(one.leaves))} for one in known
        ]
        connection = session.connection()
        connection.execute(update(_RECORD).where(_RECORD.c.number == bindparam("of")), record_rows)
        connection.execute(update(_FACE).where(_FACE.c.number == bindparam("of")), face_rows)


def take_out(session: Session, gone: Sequence[Stored]) -> None:
    """Take records out of everything that is read."""
    if not gone:
        return
    numbers = [stored.number for stored in gone]
    search.forget(session, [search.Words(number, record.text) for number, record, _ in gone if record.text])
    session.execute(delete(_FACE).where(among(session, _FACE.c.number, numbers)))
    session.execute(delete(_RECORD).where(among(session, _RECORD.c.number, numbers)))


def note_hidden(session: Session, hidden: Sequence[tuple[str, datetime, str]]) -> None:
    """Remember of these ids that they were public, when they left and why."""
    insert_all(session, _HIDDEN, [{"id": id, "hidden_at": at, "reason": reason} for id, at, reason in hidden])


def _insert(session: Session, rows: Sequence[Mapping[str, object]]) -> dict[str, int]:
    return dict(insert_returning(session, _RECORD, rows, "id", "number"))


def _row(record: Record, region: Region) -> tuple[dict[str, object], dict[str, object]]:
    """The columns of a record's row, and those of its faces."""
    rendered = rendering.render(record, region)
    place = record.place
    known = region.places.get(place.code) if place else None
    row: dict[str, object] = {
        "id": record.id,
        "received_at": record.received_at,
        "updated_at": record.updated_at,
        "verified_at": record.verified_at,
        "kind": record.kind,
        "channel": record.channel,
        "category": record.category,
        "agency": record.agency,
        "place_code": place and place.code,
        "kecamatan_code": known.kecamatan_code if known else None,
        "lat": record.lat,
        "long": record.long,
        "status": record.status,
        "due_at": record.due_at,
        "closed_at": record.closed_at,
        "closure": record.closure,
        "withheld": record.withheld,
        "doc": rendered.doc,
    }
    face: dict[str, object] = {
        "id": record.id,
        "address": record.address,
        "history": rendered.history,
        "o311_json": rendered.o311_json,
        "o311_xml": rendered.o311_xml,
    }
    return row, face
