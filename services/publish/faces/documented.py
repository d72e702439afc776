"""The models of the REST face's answers, for OpenAPI only; the answers themselves are stored bytes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.publish.datasets.history import WHAT
from services.publish.datasets.reports import STATUSES

AsOf = Annotated[
    datetime,
    Field(
        description="What this answer found is whole up to here: no change that is not in it will have an earlier "
        "`updated_at`. Ask with it as `updated_from` the next time. In UTC.",
        examples=["2026-11-24T05:00:00.000Z"],
    ),
]
Epoch = Annotated[
    str | None,
    Field(
        description="The name of the record's present life. If it changes, an older copy was restored: read all anew. "
        "Null before anything was published.",
        examples=["9f2c64d1a07be358"],
    ),
]
_What: Any = Literal[WHAT]
_Status: Any = Literal[STATUSES]


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
    code: Annotated[str, Field(description="In Indonesia that of the Kemendagri.", examples=["35.22.14.2010"])]
    name: str
    type: Annotated[str, Field(description="In Indonesia: desa, kelurahan or kecamatan.")]
    kecamatan_code: Annotated[str, Field(description="The code of its kecamatan; a kecamatan's is its own.")]
    kecamatan: str
    lat: Annotated[float | None, Field(description="Of its centre, in degrees of WGS 84.")]
    long: Annotated[float | None, Field(description="Of its centre, in degrees of WGS 84.")]
    postcode: str | None
    bbox: Annotated[
        list[float] | None,
        Field(
            description="The box around its outline, west, south, east, north in degrees; where a kecamatan has no "
            "outline, around the centres of its desa. Null if neither is known.",
            min_length=4,
            max_length=4,
        ),
    ]


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
    valid_to: Annotated[date | None, Field(description="The last day on which reports could be filed with it.")]
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
    index: Annotated[int, Field(description="Its position in the log, from 0, without gaps.", examples=[1204])]
    report: Annotated[
        str | None,
        Field(description="The report's id. Null: of a release.", examples=["6f1c0a3e-7f8e-4b7e-9d0b-2c9d3f4a5b6c"]),
    ]
    what: Annotated[
        _What | None,
        Field(description="What happened. Null: erased when its report was hidden.", examples=["disposed"]),
    ]
    category: Annotated[str | None, Field(description="The report's category after it.", examples=["jalan-rusak"])]
    agency: Annotated[str | None, Field(description="The id of its agency after it; null: none yet.", examples=["dpu"])]
    place: Annotated[
        str | None, Field(description="The code of its place; null: none, or confidential.", examples=["35.22.15.1001"])
    ]
    status: Annotated[_Status | None, Field(description="Its status after it.", examples=["disposed"])]
    fact: Annotated[
        dict[str, Any] | None,
        Field(
            description="What the log commits to, and the words (docs/log.md). Null: erased when its report was hidden."
        ),
    ]


class Changes(BaseModel):
    changes: list[Fact]
    next: Annotated[
        str, Field(description="Where to go on, now or later.", examples=["/v1/changes?limit=100&cursor=7"])
    ]
    more: Annotated[bool, Field(description="Whether there are further facts behind `next` already.")]
    as_of: AsOf
    epoch: Epoch


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
    410: "It was public and was hidden; or the record was restored from an older copy since (`other-epoch`).",
}
