"""The files that describe a release: datapackage.json (Frictionless), manifest.json, SHA256SUMS and README.txt."""

from collections.abc import Iterator, Mapping, Sequence

import orjson

from services.publish.datasets.all import DATASETS
from services.publish.datasets.dataset import Dataset
from services.publish.datasets.field import Field, Type
from services.publish.datasets.forms import FORMS
from services.publish.datasets.spelling import SPELLING
from services.publish.formats import FORMATS
from services.publish.formats.format import Format
from services.publish.releases.sums import FileMade

LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0 International",
}
SCHEMA_VERSION = "3.1.0"
"""Of the package: the last number grows when a description changes, the first when a column goes or changes meaning."""

_FURTHER: Mapping[str, tuple[str, str]] = {
    "leaves.bin": ("application/octet-stream", "The log's leaves: 32 bytes for each fact, in order."),
    "checkpoint": ("text/plain", "The log's signed head when the release was cut (C2SP tlog-checkpoint)."),
    "key": ("text/plain", "The key that signed it, for information: take it from elsewhere to verify."),
}
_MEDIA = {format.suffix: format.media_type for format in FORMATS}


def media_type(name: str) -> str:
    """The media type of a file of a release."""
    if name in ("datapackage.json", "manifest.json"):
        return "application/json"
    return _FURTHER[name][0] if name in _FURTHER else _MEDIA.get(name.partition(".")[2], "text/plain")


def datapackage(
    origin: str, number: int, made_at: str, counts: Mapping[str, int], written: Sequence[FileMade]
) -> bytes:
    """The descriptor of the release; `counts`: the rows of each dataset."""
    files = {file.name: file for file in written}
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "open-data",
        "id": f"{origin}/releases/{number}",
        "title": f"Reports of residents, and what became of them ({origin})",
        "description": "Every public report and every public fact about it, provable against the transparency log, "
        "with the lists that their codes point to.",
        "version": f"{number}.0.0",
        "schema_version": SCHEMA_VERSION,
        "created": made_at,
        "licenses": [LICENCE],
        "spelling": SPELLING,
        "forms": [{"form": form.number, "record": form.record, "entry": form.entry} for form in FORMS.values()],
        "datasets": [_dataset(dataset, counts[dataset.name]) for dataset in DATASETS.values()],
        "resources": [*_resources(files, counts), {**_further(files["leaves.bin"]), "type": "file"}],
        "proof": [_further(file) for name, file in files.items() if name in ("checkpoint", "key")],
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2) + b"\n"


def manifest(number: int, made_at: str, size: int, root: bytes, written: Sequence[FileMade]) -> bytes:
    """manifest.json: every file so far, and the tree that the release holds. Its SHA-256 becomes a leaf of the log."""
    described = {"number": number, "made_at": made_at, "size": size, "root": root.hex()}
    files = [file._asdict() for file in written]
    return orjson.dumps({**described, "files": files}, option=orjson.OPT_INDENT_2) + b"\n"


def _resources(files: Mapping[str, FileMade], counts: Mapping[str, int]) -> Iterator[dict[str, object]]:
    for dataset in DATASETS.values():
        for format in FORMATS:
            yield _resource(dataset, format, files[f"{dataset.name}.{format.suffix}"], counts[dataset.name])


def _resource(dataset: Dataset, format: Format, file: FileMade, rows: int) -> dict[str, object]:
    described = _described(file, format.media_type, f"{dataset.about.en} {format.says.en}")
    described |= {"format": format.name, "dataset": dataset.name}
    if format.name != "csv":
        return {**described, "type": "file"}
    resource = {**described, "type": "table", "rows": rows, "encoding": "utf-8"}
    resource["dialect"] = {"lineTerminator": "\r\n"}
    if format.suffix.endswith(".gz"):
        resource["compression"] = "gz"
    return {**resource, "schema": _schema(dataset)}


def _schema(dataset: Dataset) -> dict[str, object]:
    fields = [{"name": field.name, "type": field.type, "description": field.says.en} for field in dataset.fields]
    return {"fields": fields, "primaryKey": [dataset.key], "missingValues": [""]}


def _dataset(dataset: Dataset, rows: int) -> dict[str, object]:
    return {
        "name": dataset.name,
        "title": dataset.title._asdict(),
        "description": dataset.about._asdict(),
        "key": dataset.key,
        "committed": dataset.committed,
        "rows": rows,
        "fields": [_field(field) for field in dataset.fields],
    }


def _field(field: Field) -> dict[str, object]:
    """A field as it is declared: the verifier reads this, and Frictionless has no word for most of it."""
    declared: dict[str, object] = {
        "name": field.name,
        "type": Type(field.type),
        "description": field.says._asdict(),
        "empty": field.empty,
        "since": field.since,
        "proof": field.proof,
    }
    if field.path:
        declared["path"] = field.path
    if field.choices:
        declared["choices"] = field.choices
    if field.refers:
        declared["refers"] = field.refers
    if field.derived is not None:
        declared["derived"] = field.derived._asdict()
    return declared


def _further(file: FileMade) -> dict[str, object]:
    return _described(file, *_FURTHER[file.name]) | {"format": file.name.partition(".")[2] or "txt"}


def _described(file: FileMade, media: str, about: str) -> dict[str, object]:
    return {
        "name": file.name.replace(".", "-"),
        "path": file.name,
        "description": about,
        "mediatype": media,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }


def readme(origin: str, number: int, made_at: str, counts: Mapping[str, int]) -> bytes:
    """README.txt, for a person who opens the folder first."""
    datasets = "\n".join(f"{each.name:<12} {counts[each.name]:>9} rows  {each.about.en}" for each in DATASETS.values())
    formats = "\n".join(f".{each.suffix:<12} {each.says.en}" for each in FORMATS)
    return _README.format(
        origin=origin, number=number, made_at=made_at, datasets=datasets, formats=formats, spelling=SPELLING
    ).encode()


_README = """\
Release {number} of the open data of {origin}, cut {made_at}.
Licence: CC-BY-4.0. Every time is in UTC and written in one way, with milliseconds: 2026-11-24T05:00:00.000Z.

{datasets}

Each of them in each of these formats, with the same rows:

{formats}

leaves.bin        the log's leaves, 32 bytes for each fact
checkpoint        the log's signed head
key               the key that signed it; to verify, take it from a place that you trust
datapackage.json  every column described (Frictionless Data Package), and what the log commits to
manifest.json     the checksums of all of these; its own is a leaf of the log
SHA256SUMS        the checksums of all of these

Facts of forms 1 and 2 are written here as those of later forms are. To hash one as the log did, leave out the .000 of
its times that have no milliseconds, write what "responded" as "acted" or "answered" by its member acted, and the
closure of "closed" in reason. datapackage.json declares this as spelling {spelling}.

In the CSV files, an apostrophe stands before each place in a text where a spreadsheet could begin a formula: before
= + - @ and their full-width forms at the beginning of the text, and behind a semicolon, a tab or a line break in it,
also with spaces or quotation marks between; and before a text that begins with a tab or a line break. Where a text has
apostrophes of its own there, there is one more. The other formats hold the text as it is.

A confidential report has a row without words and place. A hidden report has no row; the fact that hid it says when and
why, and which of the log's facts were erased. Those are the rows of history.csv that have nothing but an index.

To verify all of it, offline:  pendapa verify THIS_FOLDER --key KEY_FILE
"""
