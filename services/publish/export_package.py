"""What a release says about itself: datapackage.json (Frictionless), SHA256SUMS and README.txt."""

from collections.abc import Mapping, Sequence

import orjson

from services.publish import export
from services.publish.export import Column
from services.publish.export_files import FileMade

LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0 International",
}
SCHEMA_VERSION = "1.0.0"
"""Of the columns: the last number grows when a description changes, the first when a column goes or changes meaning."""

_ABOUT: Mapping[str, tuple[str, str, str]] = {
    "reports.csv": ("csv", "text/csv", "Every public report, a row each, oldest first."),
    "reports.csv.gz": ("csv", "application/gzip", "reports.csv, compressed with gzip."),
    "reports.jsonl": (
        "jsonl",
        "application/jsonl",
        "The same reports, each line as the API answers it; the three columns of the place are one member, place.",
    ),
    "reports.parquet": (
        "parquet",
        "application/vnd.apache.parquet",
        "The same reports and columns, typed: strings, doubles, and timestamps in UTC.",
    ),
    "history.csv": ("csv", "text/csv", "Every fact of the transparency log, a row each, in the log's order."),
    "history.jsonl": (
        "jsonl",
        "application/jsonl",
        "The same facts, each line as it was committed to (see docs/log.md of the software).",
    ),
    "leaves.bin": ("bin", "application/octet-stream", "The log's leaves: 32 bytes for each fact, in order."),
    "checkpoint": ("txt", "text/plain", "The log's signed head when the release was cut (C2SP tlog-checkpoint)."),
    "key": ("txt", "text/plain", "The key that signed it, for information: take it from elsewhere to verify."),
}
_SCHEMAS: Mapping[str, Sequence[Column]] = {
    "reports.csv": export.REPORTS,
    "reports.csv.gz": export.REPORTS,
    "history.csv": export.HISTORY,
}


def media_type(name: str) -> str:
    """Of a file of a release."""
    if name == "datapackage.json":
        return "application/json"
    return _ABOUT[name][1] if name in _ABOUT else "text/plain"


def datapackage(origin: str, number: int, made_at: str, counts: Mapping[str, int], made: Sequence[FileMade]) -> bytes:
    """The descriptor of the release; `counts`: the rows of `reports` and of `history`."""
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "reports",
        "id": f"{origin}/reports/{number}",
        "title": f"Reports of residents, and what became of them ({origin})",
        "description": "Every public report and every public fact about it, provable against the transparency log.",
        "version": f"{number}.0.0",
        "schema_version": SCHEMA_VERSION,
        "created": made_at,
        "licenses": [LICENCE],
        "resources": [_resource(file, counts[file.name.split(".")[0]]) for file in made if "." in file.name],
        "proof": [_described(file) for file in made if "." not in file.name],
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2) + b"\n"


def sums(made: Sequence[FileMade]) -> bytes:
    """SHA256SUMS, as `sha256sum -c` reads it."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in made).encode()


def _described(file: FileMade) -> dict[str, object]:
    format, media, about = _ABOUT[file.name]
    return {
        "name": file.name.replace(".", "-"),
        "path": file.name,
        "description": about,
        "format": format,
        "mediatype": media,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }


def _resource(file: FileMade, rows: int) -> dict[str, object]:
    columns = _SCHEMAS.get(file.name)
    if columns is None:
        return {**_described(file), "type": "file"}
    resource = {**_described(file), "type": "table", "rows": rows, "encoding": "utf-8"}
    if file.name.endswith(".gz"):
        resource["compression"] = "gz"
    return {**resource, "dialect": {"lineTerminator": "\r\n"}, "schema": _schema(columns)}


def _schema(columns: Sequence[Column]) -> dict[str, object]:
    fields = [{"name": column.name, "type": column.type, "description": column.about} for column in columns]
    return {"fields": fields, "primaryKey": [columns[0].name], "missingValues": [""]}


def readme(origin: str, number: int, made_at: str, rows: int, size: int) -> bytes:
    """README.txt, for who opens the folder without having read anything."""
    return _README.format(origin=origin, number=number, made_at=made_at, rows=rows, size=size).encode()


_README = """\
Release {number} of the reports of {origin}, cut {made_at}: {rows} public reports, {size} facts.
Licence: CC-BY-4.0. Times are in UTC.

reports.csv       one row for each public report, oldest first (UTF-8, RFC 4180)
reports.csv.gz    the same, compressed
reports.jsonl     the same, each line as the API answers it
reports.parquet   the same, with typed columns
history.csv       one row for each public fact: what happened to which report, when, by which agency
history.jsonl     the same, as the transparency log committed to it
leaves.bin        the log's leaves, 32 bytes for each fact
checkpoint        the log's signed head
key               the key that signed it; to verify, take it from a place that you trust
datapackage.json  every column described (Frictionless Data Package)
SHA256SUMS        the checksums of all of these

In the CSV files, a text that begins with = + - @ or a tab has an apostrophe before it, so that no spreadsheet runs
it as a formula. The other formats hold the text as it is.

A confidential report has a row without words and place. A hidden report has no row; the fact that hid it says when and
why, and which of the log's facts were erased. Those are the rows of history.csv that have nothing but an index.

To verify all of it, offline:  pendapa verify THIS_FOLDER --key KEY_FILE
"""
