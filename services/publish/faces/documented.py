"""What the REST face's answers look like, for its OpenAPI document; the answers themselves are stored bytes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from contracts.events import Channel, Closure, Kind, Place

Status = Literal["verified", "disposed", "in_progress", "responded", "closed", "reopened"]


class Report(BaseModel):
    id: str
    kind: Kind
    channel: Channel
    category: str
    agency: str | None
    place: Place | None
    lat: float | None
    long: float | None
    status: Status
    text: Annotated[str | None, Field(description="Null: confidential.")]
    received_at: datetime
    verified_at: datetime
    due_at: datetime | None
    updated_at: datetime
    closed_at: datetime | None
    closure: Closure | None


class Reports(BaseModel):
    reports: list[Report]
    next: Annotated[str | None, Field(description="Where the next page is; null on the last.")]


class Step(BaseModel):
    at: datetime
    what: str
    agency: str | None
    text: str | None
    reason: str | None


class ReportInFull(Report):
    history: list[Step]
    log: Annotated[list[int], Field(description="Indexes of its leaves in the transparency log.")]


class PublicAgency(BaseModel):
    id: str
    name: str
    kind: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None


class Agencies(BaseModel):
    agencies: list[PublicAgency]


class PublicPlace(BaseModel):
    code: str
    name: str
    type: str
    kecamatan_code: str
    kecamatan: str
    lat: float | None
    long: float | None
    postcode: str | None


class Places(BaseModel):
    places: list[PublicPlace]


class PublicClock(BaseModel):
    verify: int
    respond: int
    silence: int


class PublicCategory(BaseModel):
    code: str
    name: str
    name_en: str
    description: str
    group: str
    agency: str
    sensitive: bool
    verify: str
    clock: Annotated[PublicClock | None, Field(description="Deadlines in working days.")]


class Categories(BaseModel):
    categories: list[PublicCategory]


class SkippedDay(BaseModel):
    date: date
    why: str


class Calendar(BaseModel):
    start: Annotated[date, Field(alias="from")]
    days: int
    due: Annotated[date, Field(description="The last day by which so many working days have passed.")]
    skipped: list[SkippedDay]


class Count(BaseModel):
    month: Annotated[str, Field(description="Of receipt, in the region's time.")]
    agency: str | None
    category: str | None
    status: str
    reports: int
    withheld: Annotated[int, Field(description="How many of them are confidential or hidden.")]


class Stats(BaseModel):
    reports: int
    withheld: int
    hidden: int
    rejected: int
    counts: list[Count]


class Fact(BaseModel):
    index: int
    report: str
    fact: Annotated[dict[str, Any] | None, Field(description="Null: erased when its report was hidden.")]


class Changes(BaseModel):
    changes: list[Fact]
    next: Annotated[str, Field(description="Where to go on, now or later.")]


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    instance: str
    detail: str | None = None


def problem(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors with these statuses."""
    content = {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


_MEANING = {
    400: "A parameter is unknown or not valid; `detail` names it.",
    404: "No such thing, or not public.",
    410: "It was public and was hidden.",
}


TIME: dict[str, Any] = {
    "type": "string",
    "anyOf": [
        # At the edges of the calendar the same moment in UTC may be beyond it.
        *({"format": kind, "pattern": r"^(?!000[01]|9999)\d{4}-"} for kind in ("date-time", "date")),
        {"maxLength": 0},
    ],
}
"""The schema of a time in a query; empty: none."""


def parameter(
    name: str, description: str, *, where: str = "query", required: bool = False, **schema: Any
) -> dict[str, Any]:
    """One parameter of a route, as OpenAPI describes it."""
    schema = schema or {"type": "string"}
    if where == "query" and not required:  # an empty value is as good as none
        if "enum" in schema:
            schema = {**schema, "enum": [*schema["enum"], ""]}
        elif schema["type"] == "integer":
            schema = {"anyOf": [schema, {"type": "string", "maxLength": 0}]}
    return {"name": name, "in": where, "required": required, "description": description, "schema": schema}
