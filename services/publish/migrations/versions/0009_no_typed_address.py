"""Erases the addresses that people typed: the first versions published them in Open311's answers.

The column stays, empty, as the version before this one reads and writes it; the worker finds by an index what it wrote.
"""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FACE = sa.table(
    "face",
    sa.column("number", _NUMBER),
    sa.column("address", sa.String),
    sa.column("o311_json", sa.LargeBinary),
    sa.column("o311_xml", sa.LargeBinary),
)
_RECORD = sa.table("record", sa.column("number", _NUMBER), sa.column("doc", sa.LargeBinary))
_KEPT = ("waiting", "parked")
"""Tables of events that were not handled yet."""
_BATCH = 500


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is replaced leaves the file, too
    columns = (_FACE.c.number, _FACE.c.o311_json, _FACE.c.o311_xml, _RECORD.c.doc)
    typed = sa.select(*columns).join(_RECORD, _RECORD.c.number == _FACE.c.number).where(_FACE.c.address.is_not(None))
    erase = (
        sa.update(_FACE)
        .where(_FACE.c.number == sa.bindparam("of"))
        .values(address=None, o311_json=sa.bindparam("json"), o311_xml=sa.bindparam("xml"))
    )
    erased = False
    while rows := connection.execute(typed.limit(_BATCH)).all():
        connection.execute(erase, [_without(*row) for row in rows])
        erased = True
    for name in _KEPT:
        _erase_in_events(connection, name)
    if erased:  # answers that callers hold with their ETags are not the newest any more
        connection.execute(sa.text("UPDATE log_state SET version = version + 1"))
    is_typed = sa.text("address IS NOT NULL")
    op.create_index("face_typed", "face", ["number"], sqlite_where=is_typed, postgresql_where=is_typed)


def downgrade() -> None:
    op.drop_index("face_typed", "face")


def _without(number: int, json: bytes, xml: bytes, doc: bytes) -> dict[str, object]:
    place = orjson.loads(doc).get("place")
    name = place and (
        place["name"] if place["name"] == place["kecamatan"] else f"{place['name']}, {place['kecamatan']}"
    )
    before, _, rest = bytes(xml).partition(b"<address>")
    _, _, after = rest.partition(b"</address>")
    element = f"<address>{escape(name)}</address>" if name else "<address/>"
    return {
        "of": number,
        "json": orjson.dumps({**orjson.loads(json), "address": name}),
        "xml": before + element.encode() + after,
    }


def _erase_in_events(connection: sa.Connection, name: str) -> None:
    table = sa.table(name, sa.column("number", _NUMBER), sa.column("value", sa.LargeBinary))
    for number, value in list(_with_address(connection, table)):
        change = sa.update(table).where(table.c.number == number).values(value=orjson.dumps({**value, "address": None}))
        connection.execute(change)


def _with_address(connection: sa.Connection, table: Any) -> Iterator[tuple[int, dict[str, object]]]:
    for number, value in connection.execute(sa.select(table.c.number, table.c.value)):
        try:
            event = orjson.loads(value)
        except orjson.JSONDecodeError:
            continue
        if isinstance(event, dict) and event.get("address"):
            yield number, event
