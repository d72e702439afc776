"""The columns of the open data and their values, one definition for every format and for `pendapa verify`."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    import pyarrow as pa

Value = str | float | int | None


class Column(NamedTuple):
    """`type` is a Frictionless type; `about` says what the values mean."""

    name: str
    type: str
    about: str


REPORTS = (
    Column("id", "string", "The report's public id, a random UUID."),
    Column("kind", "string", "complaint, aspiration (an idea) or information (a request for it)."),
    Column("channel", "string", "The channel it came by: sms, whatsapp, web, open311, radio, and so on."),
    Column("category", "string", "The code of its category; what Open311 calls a service code."),
    Column("agency", "string", "The id of the agency that must act, or did."),
    Column("place_code", "string", "The official code of its desa, kelurahan or kecamatan."),
    Column("place", "string", "The name of that place."),
    Column("kecamatan", "string", "The name of the kecamatan (subdistrict)."),
    Column("lat", "number", "Latitude in degrees, WGS 84; only if the reporter gave one."),
    Column("long", "number", "Longitude in degrees, WGS 84; only if the reporter gave one."),
    Column("status", "string", "verified, disposed, in_progress, responded, closed or reopened."),
    Column("text", "string", "The words of the report, personal data removed; empty if it is confidential."),
    Column("received_at", "datetime", "When the report was received, in UTC."),
    Column("verified_at", "datetime", "When it was verified and became public, in UTC."),
    Column("due_at", "datetime", "When the agency's next answer is due, in UTC."),
    Column("updated_at", "datetime", "When it last changed, in UTC."),
    Column("closed_at", "datetime", "When it was closed, in UTC; empty while it is open."),
    Column("closure", "string", "done, explained, not_our_authority, duplicate, cannot, withdrawn or silence."),
)
HISTORY = (
    Column("index", "integer", "The fact's position in the transparency log, from 0, without gaps."),
    Column("salt", "string", "16 bytes in hex that the commitment is salted with; empty if the fact was erased."),
    Column("id", "string", "The report's public id; empty if the fact was erased."),
    Column("at", "datetime", "When the fact became true, in UTC."),
    Column("what", "string", "verified, disposed, acknowledged, answered, acted, closed, reopened, escalated, hidden."),
    Column("agency", "string", "The id of the agency concerned."),
    Column("text", "string", "The agency's public answer, personal data removed."),
    Column("reason", "string", "Why."),
    Column("record", "string", "SHA-256 in hex of the report's line in reports.jsonl as this fact left it."),
    Column("erased", "string", "Of a hidden report: the indexes of its facts that were erased, separated by spaces."),
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_row(doc: Mapping[str, object]) -> list[Value]:
    """The values of `REPORTS` of a report's document; its place becomes three columns."""
    place = doc["place"]
    where: Mapping[str, object] = place if isinstance(place, dict) else {}
    flat = {**doc, "place_code": where.get("code"), "place": where.get("name"), "kecamatan": where.get("kecamatan")}
    return [_value(flat[column.name]) for column in REPORTS]


def history_row(fact: Mapping[str, object]) -> list[Value]:
    """The values of `HISTORY` of a line of history.jsonl."""
    erased = fact.get("erased")
    if isinstance(erased, list):
        fact = {**fact, "erased": " ".join(map(str, erased))}
    return [_value(fact.get(column.name)) for column in HISTORY]


def header(columns: Sequence[Column]) -> bytes:
    """The first line of a CSV file."""
    return ",".join(column.name for column in columns).encode() + b"\r\n"


def csv_lines(rows: Iterable[Sequence[Value]]) -> bytes:
    r"""Rows as CSV (RFC 4180, UTF-8), each cell of text made harmless to a spreadsheet.

    >>> csv_lines([["=1+1", -7.15, None, "a, b"]]).decode()
    '\'=1+1,-7.15,,"a, b"\r\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[harmless(value) for value in row] for row in rows])
    return text.getvalue().encode()


def harmless(value: Value) -> Value:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it; all else is left as it is."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


def history_line(index: int, salt: bytes | None, entry: bytes | None) -> bytes:
    """A line of history.jsonl: `index` and `salt`, then the members of the entry to the byte."""
    if salt is None or entry is None:
        return b'{"index":%d,"salt":null}\n' % index
    return b'{"index":%d,"salt":"%s",%s\n' % (index, salt.hex().encode(), entry[1:])


def history_entry(line: bytes) -> tuple[bytes, bytes] | None:
    """Salt and entry of a line of history.jsonl; null if it was erased. Raises `ValueError` if the line is none."""
    fact = orjson.loads(line)
    if not isinstance(fact, dict) or not isinstance(fact.get("index"), int) or "salt" not in fact:
        raise ValueError("the line is no fact")
    if fact["salt"] is None:
        if line != history_line(fact["index"], None, None):
            raise ValueError("the line of an erased fact holds more than its index")
        return None
    salt = bytes.fromhex(fact["salt"])
    entry = b"{" + line.removesuffix(b"\n").partition(b",")[2].partition(b",")[2]
    if line != history_line(fact["index"], salt, entry):
        raise ValueError("the line is not written as a fact is")
    return salt, entry


def table(rows: Sequence[Sequence[Value]]) -> "pa.Table":
    """Rows of `REPORTS` as an Arrow table."""
    import pyarrow as pa

    schema = arrow_schema()
    columns = list(zip(*rows, strict=True)) or [()] * len(REPORTS)
    arrays = []
    for values, field in zip(columns, schema, strict=True):
        time = pa.types.is_timestamp(field.type)
        arrays.append(pa.array(values, pa.string()).cast(field.type) if time else pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def arrow_schema() -> "pa.Schema":
    """The types of reports.parquet."""
    import pyarrow as pa

    kinds = {"datetime": pa.timestamp("us", "UTC"), "number": pa.float64(), "string": pa.string()}
    return pa.schema([pa.field(column.name, kinds[column.type]) for column in REPORTS])


def _value(value: object) -> Value:
    if value is None or isinstance(value, str | float | int):
        return value
    raise ValueError("a value of a document is neither text nor a number")
