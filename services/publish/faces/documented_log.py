"""The models of the log's and the datasets' answers, for OpenAPI only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.publish.datasets.all import DATASETS
from services.publish.faces.documented import ProblemDocument
from services.publish.query.described import parameter


class Titles(BaseModel):
    id: str
    en: str


class PublicDataset(BaseModel):
    id: str
    title: str
    titles: Annotated[Titles, Field(description="In Indonesian and in English.")]
    latest: Annotated[str, Field(description="The newest release that stands.")]
    releases: str


class Datasets(BaseModel):
    datasets: list[PublicDataset]


class ReleaseFile(BaseModel):
    name: str
    bytes: int
    sha256: str
    url: str


class Release(BaseModel):
    number: int
    made_at: datetime
    rows: Annotated[int, Field(description="Of this dataset.")]
    withdrawn_at: Annotated[datetime | None, Field(description="When its files were taken away; null: they are there.")]
    reason: Annotated[str | None, Field(description="Why it was withdrawn.")]
    url: str
    files: Annotated[list[ReleaseFile], Field(description="Of the whole cut: all datasets.")]


class Releases(BaseModel):
    releases: Annotated[list[Release], Field(description="Newest first.")]
    next: Annotated[str | None, Field(description="The address of the next page; null: there are no older releases.")]


class ProvenLeaf(BaseModel):
    index: int
    salt: Annotated[str | None, Field(description="Hex; null: erased when its report was hidden.")]
    entry: Annotated[str | None, Field(description="The exact text that was committed to; null: erased.")]
    text: Annotated[str | None, Field(description="The fact's words, where its form leaves them out of the entry.")]
    text_salt: Annotated[str | None, Field(description="Hex: SHA-256(text_salt || text) is the entry's text_hash.")]
    leaf: Annotated[str, Field(description="SHA-256(salt || entry), hex: the log's entry.")]
    hash: Annotated[str, Field(description="SHA-256(0x00 || leaf), hex: the leaf's hash in the tree.")]
    hashes: Annotated[list[str], Field(description="The audit path (RFC 6962, section 2.1.1), hex.")]


class Proof(BaseModel):
    """`index`, `leaf`, `hash` and `hashes` are those of the newest of `leaves`."""

    id: str
    index: int
    leaf: str
    hash: str
    hashes: list[str]
    size: Annotated[int, Field(description="The size of the tree that the checkpoint signs.")]
    text_salt: Annotated[
        str | None, Field(description="Hex: SHA-256(text_salt || text of the report) is report_text_hash.")
    ]
    leaves: list[ProvenLeaf]
    checkpoint: str


DATASET = parameter("id", "The dataset's id.", where="path", required=True, type="string", enum=list(DATASETS))
NUMBER = parameter("number", "A release's number, or `latest`: of those that stand.", where="path", required=True)
BEFORE = parameter("cursor", "A release's number: the page begins after it.", type="integer", minimum=1, maximum=10**9)
FILE = parameter("file", "A file's name, as the release lists it.", where="path", required=True)
REPORT = parameter("id", "The report's id.", where="path", required=True, type="string", format="uuid")
TILE = parameter("path", "As C2SP tlog-tiles names them, such as `0/x001/234.p/17`.", where="path", required=True)

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
    content = {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}}
    return {status: {"description": _PROBLEMS[status], "content": content} for status in statuses}


def body(kind: str, description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """A documented answer that is not JSON."""
    return {status: {"description": description, "content": {kind: {"schema": {"type": "string"}}}}}
