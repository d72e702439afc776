"""The models of the log's and the datasets' answers, for OpenAPI only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from kit.openapi import errors
from services.publish.datasets.all import DATASETS
from services.publish.faces.documented import PublicAnswer
from services.publish.query.described import REPORT_ID, parameter

Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$", examples=["9f86d081884c7d65"])]
Index = Annotated[int, Field(ge=0, examples=[41])]


class Titles(PublicAnswer):
    """A title in two languages."""

    id: str
    """In Indonesian."""
    en: str
    """In English."""


class PublicDataset(PublicAnswer):
    """What can be downloaded."""

    id: Annotated[str, Field(examples=["reports"])]
    """Its id."""
    title: str
    """Its title in English."""
    titles: Titles
    """Its title in Indonesian and in English."""
    latest: Annotated[str, Field(examples=["/v1/datasets/reports/releases/latest"])]
    """The path of the newest release that stands."""
    releases: Annotated[str, Field(examples=["/v1/datasets/reports/releases"])]
    """The path of its releases."""


class Datasets(PublicAnswer):
    """All datasets."""

    datasets: list[PublicDataset]
    """The datasets, in the order in which they were added."""


class ReleaseFile(PublicAnswer):
    """A file of a release."""

    name: Annotated[str, Field(examples=["reports.csv"])]
    """Its name."""
    bytes: Annotated[int, Field(ge=0, examples=[73400])]
    """Its size in bytes."""
    sha256: Hex
    """SHA-256 of its content, in hex."""
    url: Annotated[str, Field(examples=["/v1/datasets/reports/releases/3/reports.csv"])]
    """Its path on this server."""


class Release(PublicAnswer):
    """One cut of all datasets at one moment."""

    number: Annotated[int, Field(ge=1, examples=[3])]
    """Its number, from 1 without a gap."""
    made_at: datetime
    """When it was cut, in UTC."""
    rows: Annotated[int, Field(ge=0, examples=[412])]
    """How many rows this dataset has in it."""
    withdrawn_at: datetime | None
    """When its files were taken away, in UTC; null: they are there."""
    reason: str | None
    """Why it was withdrawn."""
    url: Annotated[str, Field(examples=["/v1/datasets/reports/releases/3"])]
    """Its path on this server."""
    files: list[ReleaseFile]
    """The files of the whole cut: of all datasets."""


class Releases(PublicAnswer):
    """A page of the releases of a dataset."""

    releases: list[Release]
    """Newest first."""
    next: Annotated[str | None, Field(examples=["/v1/datasets/reports/releases?limit=100&cursor=12"])]
    """The address of the next page; null: there are no older releases."""


class ProvenLeaf(PublicAnswer):
    """One fact of a report, and the proof that it is in the log."""

    index: Index
    """Its position in the log, from 0."""
    salt: Hex | None
    """The 16 bytes that it is salted with, in hex; null: erased when its report was hidden."""
    entry: str | None
    """The exact text that was committed to; null: erased."""
    text: str | None
    """The fact's words, where its form leaves them out of the entry."""
    text_salt: Hex | None
    """In hex: SHA-256(text_salt || text) is the entry's text_hash."""
    leaf: Hex
    """What the log holds: SHA-256(salt || entry), in hex."""
    hash: Hex
    """The tree's hash of it, in hex."""
    hashes: list[Hex]
    """The audit path (RFC 6962, section 2.1.1), in hex."""


class Proof(PublicAnswer):
    """The proof of all facts of a report. `index`, `leaf`, `hash` and `hashes` are those of the newest of `leaves`."""

    id: str
    """The report's id, a UUID."""
    index: Index
    """The position of its newest fact in the log, from 0."""
    leaf: Hex
    """What the log holds of that fact, in hex."""
    hash: Hex
    """The tree's hash of it, in hex."""
    hashes: list[Hex]
    """Its audit path (RFC 6962, section 2.1.1), in hex."""
    size: Annotated[int, Field(ge=0, examples=[42])]
    """The size of the tree that the checkpoint signs."""
    text_salt: Hex | None
    """In hex: SHA-256(text_salt || text of the report) is report_text_hash."""
    leaves: list[ProvenLeaf]
    """Every fact of the report, oldest first."""
    checkpoint: str
    """The signed head of the log (C2SP tlog-checkpoint)."""


DATASET = parameter(
    "id", "The dataset's id.", "reports", where="path", required=True, type="string", enum=list(DATASETS)
)
NUMBER = parameter(
    "number", "A release's number, or `latest`: of those that stand.", "latest", where="path", required=True
)
BEFORE = parameter(
    "cursor", "A release's number: the page begins after it.", 12, type="integer", minimum=1, maximum=10**9
)
FILE = parameter("file", "A file's name, as the release lists it.", "reports.csv", where="path", required=True)
REPORT = parameter("id", "The report's id.", REPORT_ID, where="path", required=True, type="string", format="uuid")
TILE = parameter(
    "path", "As C2SP tlog-tiles names them, such as `0/x001/234.p/17`.", "0/000.p/1", where="path", required=True
)

_PROBLEMS: Mapping[int, str] = {
    400: "A parameter of the query is not valid, or the Idempotency-Key is none.",
    401: "A key is needed.",
    403: "This key is not for that.",
    404: "There is no such thing.",
    409: "A release is being cut.",
    410: "The release was withdrawn.",
    416: "The file has no such bytes.",
    422: "The Idempotency-Key came before with another request.",
    503: "Every release so far was withdrawn and the next is being cut; or the file is damaged.",
    507: "There is no space left for a release.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors with these statuses."""
    return errors({status: _PROBLEMS[status] for status in statuses})


def body(kind: str, description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """A documented answer that is not JSON: text, or bytes."""
    schema = {"type": "string"} if kind.startswith("text/") else {"type": "string", "format": "binary"}
    return {status: {"description": description, "content": {kind: {"schema": schema}}}}
