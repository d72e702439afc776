"""Reads records from their rows and writes them, many at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlmodel import Session

from contracts.region import Region
from kit.rows import among, insert_all, insert_returning
from services.publish.datasets import reports
from services.publish.query import search
from services.publish.query.filters import FACETS
from services.publish.record import rendering, values
from services.publish.record.facts import Record
from services.publish.tables import RECORD, FaceRow, FacetRow, HiddenRow

_FACE: Table = FaceRow.__table__  # type: ignore[attr-defined]
_FACET: Table = FacetRow.__table__  # type: ignore[attr-defined]
_HIDDEN: Table = HiddenRow.__table__  # type: ignore[attr-defined]
_AT_ONCE = 500


class Stored(NamedTuple):
    """A record as it is stored, with the number of its row and the indexes of its leaves in the log."""

    number: int
    record: Record
    leaves: tuple[int, ...]


class WrittenRecord(NamedTuple):
    """A record to be written; `number` is null for a new one."""

    number: int | None
    record: Record
    leaves: Sequence[int]


def load(session: Session, ids: Sequence[str]) -> dict[str, Stored]:
    """The records with these ids that are public now, whichever version wrote them."""
    columns = (RECORD.c.number, RECORD.c.doc, RECORD.c.withheld, RECORD.c.text_salt)
    rows = session.execute(
        select(*columns, _FACE.c.history, _FACE.c.log)
        .join(_FACE, _FACE.c.number == RECORD.c.number)
        .where(among(session, RECORD.c.id, ids))
    )
    records = [
        Stored(
            number,
            Record(values.read(doc), withheld, salt, values.read_steps(history)),
            tuple(orjson.loads(log)),
        )
        for number, doc, withheld, salt, history, log in rows
    ]
    return {stored.record.id: stored for stored in records}


def each(session: Session) -> Iterator[Record]:
    """All public records, some at a time."""
    last = 0
    query = select(RECORD.c.number, RECORD.c.id).order_by(RECORD.c.number).limit(_AT_ONCE)
    while rows := session.execute(query.where(RECORD.c.number > last)).all():
        last = rows[-1].number
        yield from (stored.record for stored in load(session, [row.id for row in rows]).values())


def duplicates(session: Session, mains: Sequence[str]) -> dict[str, set[str]]:
    """The public reports that are merged into each of these, by its id."""
    found: dict[str, set[str]] = {}
    if mains:
        columns = (RECORD.c.duplicate_of, RECORD.c.id)
        for main, id in session.execute(select(*columns).where(among(session, RECORD.c.duplicate_of, mains))):
            found.setdefault(main, set()).add(id)
    return found


def hidden(session: Session, ids: Sequence[str]) -> set[str]:
    """Which of these ids were hidden."""
    return set(session.scalars(select(_HIDDEN.c.id).where(among(session, _HIDDEN.c.id, ids))))


def count_hidden(session: Session) -> int:
    """How many reports were hidden so far."""
    return session.scalar(select(func.count()).select_from(_HIDDEN)) or 0


def write(session: Session, records: Sequence[WrittenRecord], region: Region) -> None:
    """Insert the new ones and replace the others, with all their rendered answers."""
    rows = {each.record.id: _row(each.record, region) for each in records}
    new = [each for each in records if each.number is None]
    old = [each for each in records if each.number is not None]
    numbers = _insert(session, [rows[each.record.id][0] for each in new])
    if new:
        insert_all(
            session,
            _FACE,
            [
                {**rows[each.record.id][1], "number": numbers[each.record.id], "log": orjson.dumps(list(each.leaves))}
                for each in new
            ],
        )
        search.index(session, [search.Words(numbers[r.id], text) for _, r, _ in new if (text := r.word("text"))])
    if old:
        record_rows = [{**rows[each.record.id][0], "of": each.number} for each in old]
        face_rows = [
            {**rows[each.record.id][1], "of": each.number, "log": orjson.dumps(list(each.leaves))} for each in old
        ]
        connection = session.connection()
        connection.execute(update(RECORD).where(RECORD.c.number == bindparam("of")), record_rows)
        connection.execute(update(_FACE).where(_FACE.c.number == bindparam("of")), face_rows)
    # Of new ones too: a process that did not know a field may have taken out a record that had this number.
    _forget_facets(session, [*numbers.values(), *(each.number for each in old if each.number is not None)])
    insert_all(session, _FACET, [row for each in records for row in _facets(each, numbers)])


def take_out(session: Session, gone: Sequence[Stored]) -> None:
    """Delete records, their rendered answers, facets and words."""
    if not gone:
        return
    numbers = [stored.number for stored in gone]
    search.forget(session, [search.Words(number, text) for number, record, _ in gone if (text := record.word("text"))])
    _forget_facets(session, numbers)
    session.execute(delete(_FACE).where(among(session, _FACE.c.number, numbers)))
    session.execute(delete(RECORD).where(among(session, RECORD.c.number, numbers)))


def note_hidden(session: Session, hidden: Sequence[tuple[str, datetime, str]]) -> None:
    """Keep when and why the reports with these ids were hidden."""
    insert_all(session, _HIDDEN, [{"id": id, "hidden_at": at, "reason": reason} for id, at, reason in hidden])


def _insert(session: Session, rows: Sequence[Mapping[str, object]]) -> dict[str, int]:
    return dict(insert_returning(session, RECORD, rows, "id", "number"))


def _row(record: Record, region: Region) -> tuple[dict[str, object], dict[str, object]]:
    """The columns of a record's row, and those of its faces."""
    doc, fragments = values.document(record.values), rendering.service_request(record, region)
    steps = values.steps(record.history)
    code = record.part("place", "code")
    place = region.places.get(code) if code else None
    row: dict[str, object] = {
        **{name: record.values.get(name) for name in _SAME},
        "place_code": code,
        "kecamatan_code": place.kecamatan_code if place else None,
        "withheld": record.withheld,
        "doc": doc,
        "edition": values.edition(doc),
        "text_salt": record.text_salt,
    }
    face: dict[str, object] = {
        "id": record.id,
        "address": None,  # a process of the version before may have written one
        "history": steps,
        "history_edition": values.steps_edition(steps),
        "o311_json": fragments.json,
        "o311_xml": fragments.xml,
    }
    return row, face


_SAME = tuple(member for member in reports.MEMBERS if member in RECORD.c)
"""The columns that hold a stored value as it is, to order and filter by."""


def _facets(written: WrittenRecord, numbers: Mapping[str, int]) -> list[dict[str, object]]:
    if not FACETS:
        return []
    number = numbers[written.record.id] if written.number is None else written.number
    stored = {name: written.record.values.get(name) for name in FACETS}
    return [
        {"field": name, "value": facet_value(value), "number": number}
        for name, value in stored.items()
        if value is not None
    ]


def facet_value(value: object) -> str:
    """The text that a filter gives for this value."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _forget_facets(session: Session, numbers: Sequence[int]) -> None:
    if FACETS:
        session.execute(delete(_FACET).where(among(session, _FACET.c.number, numbers)))
