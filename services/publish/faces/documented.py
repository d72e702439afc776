"""The models of the REST face's answers, for OpenAPI only; the answers themselves are stored bytes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kit.openapi import DESCRIBED, errors
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


class PublicAnswer(BaseModel):
    """An answer whose members are described by the docstrings under them. Built when the document is made."""

    model_config = ConfigDict(**DESCRIBED, defer_build=True)


Id = Annotated[str, Field(examples=["dpu"])]
Day = Annotated[date, Field(examples=["2026-11-24"])]


class PublicAgency(PublicAnswer):
    """Who answers for reports."""

    id: Id
    """Its id, as reports name it."""
    name: Annotated[str, Field(examples=["Dinas Pekerjaan Umum"])]
    """Its name."""
    kind: Annotated[str, Field(examples=["dinas"])]
    """What it is, such as dinas, kecamatan or perusahaan."""
    parent: str | None
    """The id of the agency that it is a part of; null: of none."""
    valid_from: date | None
    """The first day on which it could be given reports; null: ever since."""
    valid_to: date | None
    """The last day on which it could be given reports; null: it still can."""


class Agencies(PublicAnswer):
    """All agencies."""

    agencies: list[PublicAgency]
    """Those of the past too, as older reports name them."""


class PublicPlace(PublicAnswer):
    """A desa, kelurahan or kecamatan."""

    code: Annotated[str, Field(examples=["35.22.15.2001"])]
    """Its official code; in Indonesia that of the Kemendagri."""
    name: Annotated[str, Field(examples=["Tapelan"])]
    """Its name."""
    type: Annotated[str, Field(examples=["desa"])]
    """In Indonesia: desa, kelurahan or kecamatan."""
    kecamatan_code: Annotated[str, Field(examples=["35.22.15"])]
    """The code of its kecamatan (subdistrict), or its own if it is one."""
    kecamatan: Annotated[str, Field(examples=["Kapas"])]
    """The name of its kecamatan."""
    lat: Annotated[float | None, Field(ge=-90, le=90, examples=[-7.1823])]
    """Latitude of its centre, in degrees, WGS 84."""
    long: Annotated[float | None, Field(ge=-180, le=180, examples=[111.9317])]
    """Longitude of its centre, in degrees, WGS 84."""
    postcode: Annotated[str | None, Field(examples=["62181"])]
    """Its postcode."""
    bbox: Annotated[
        list[float] | None,
        Field(
            description="The box around its outline, west, south, east, north in degrees; where a kecamatan has no "
            "outline, around the centres of its desa. Null if neither is known.",
            min_length=4,
            max_length=4,
            examples=[[111.91, -7.21, 111.95, -7.16]],
        ),
    ]


class Places(PublicAnswer):
    """All places."""

    places: list[PublicPlace]
    """Each kecamatan, and each desa and kelurahan."""


class PublicClock(PublicAnswer):
    """Deadlines in working days."""

    verify: Annotated[int, Field(ge=0, examples=[3])]
    """To verify a report, in working days from its receipt."""
    respond: Annotated[int, Field(ge=0, examples=[5])]
    """To answer it, in working days from when an agency was given it."""
    silence: Annotated[int, Field(ge=0, examples=[10])]
    """Until it is closed if its reporter says nothing to an answer, in working days."""


class PublicCategory(PublicAnswer):
    """What reports can be about."""

    code: Annotated[str, Field(examples=["jalan-rusak"])]
    """Its code, as reports name it; what Open311 calls a service code."""
    name: Annotated[str, Field(examples=["Jalan rusak"])]
    """Its name in Indonesian."""
    name_en: Annotated[str, Field(examples=["Damaged road"])]
    """Its name in English."""
    description: str
    """What belongs to it."""
    group: Annotated[str, Field(examples=["Infrastruktur"])]
    """The group of categories that it is shown with."""
    agency: Id
    """The id of the agency that answers for it, where no rule says another."""
    sensitive: bool
    """Whether its reports are confidential."""
    verify: Annotated[str, Field(examples=["auto"])]
    """Who makes its reports public: auto, the machine where it is sure; desk, an official always."""
    valid_to: date | None
    """The last day on which reports could be filed with it; null: they still can."""
    clock: PublicClock | None
    """The deadlines of its reports; null: none."""


class Categories(PublicAnswer):
    """All categories."""

    categories: list[PublicCategory]
    """Those of the past too, as older reports name them."""


class SkippedDay(PublicAnswer):
    """A day that is no working day."""

    date: Day
    """The day."""
    why: Annotated[str, Field(examples=["Sabtu"])]
    """Why it does not count."""


class Calendar(PublicAnswer):
    """A count of working days."""

    start: Annotated[Day, Field(alias="from")]
    """The day that was counted from."""
    days: Annotated[int, Field(ge=1, le=365, examples=[5])]
    """How many working days were counted."""
    due: Day
    """The last day by which so many working days have passed."""
    skipped: list[SkippedDay]
    """The days between that do not count."""


class Count(PublicAnswer):
    """How many reports of one month have the same agency, category and status."""

    month: Annotated[str, Field(examples=["2026-11"])]
    """Of receipt, in the region's time."""
    agency: str | None
    """The id of the agency; null: none yet."""
    category: str | None
    """The code of the category; null: not yet read."""
    status: Annotated[str, Field(examples=["disposed"])]
    """The status of these reports; also held, hidden and rejected."""
    reports: Annotated[int, Field(ge=1, examples=[12])]
    """How many there are."""
    withheld: Annotated[int, Field(ge=0, examples=[1])]
    """How many of them are confidential or hidden."""
    machine_opened: Annotated[int, Field(ge=0, examples=[4])]
    """How many of them the machine opened: no person verified them before they were public."""
    given_elsewhere: Annotated[int, Field(ge=0, examples=[1])]
    """How many of `machine_opened` a person gave to another agency later."""


class Stats(PublicAnswer):
    """Counts of all reports."""

    reports: Annotated[int, Field(ge=0, examples=[1200])]
    """All reports."""
    withheld: Annotated[int, Field(ge=0, examples=[14])]
    """Those that are confidential or hidden."""
    hidden: Annotated[int, Field(ge=0, examples=[2])]
    """Those that were taken out of public view."""
    rejected: Annotated[int, Field(ge=0, examples=[3])]
    """Those that never became public."""
    machine_opened: Annotated[int, Field(ge=0, examples=[310])]
    """Those that the machine opened: no person verified them before they were public."""
    given_elsewhere: Annotated[int, Field(ge=0, examples=[9])]
    """Those of `machine_opened` that a person gave to another agency later."""
    counts: list[Count]
    """The same by month, agency, category and status; the newest month first."""


class Fact(PublicAnswer):
    """One fact of the log."""

    index: Annotated[int, Field(ge=0, examples=[1204])]
    """Its position in the log, from 0, without gaps."""
    report: Annotated[str | None, Field(examples=["0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"])]
    """The id of the report that it is about; null: the fact is of a release."""
    what: Annotated[_What | None, Field(examples=["disposed"])]
    """What happened; null: erased when its report was hidden."""
    category: Annotated[str | None, Field(examples=["jalan-rusak"])]
    """The report's category after it, a code of /v1/categories."""
    agency: Annotated[str | None, Field(examples=["dpu"])]
    """The id of its agency after it; null: none yet."""
    place: Annotated[str | None, Field(examples=["35.22.15.1001"])]
    """The code of its place; null: none, or confidential."""
    status: Annotated[_Status | None, Field(examples=["disposed"])]
    """Its status after it."""
    fact: dict[str, Any] | None
    """What the log commits to, and the words: members of the dataset *history* (docs/log.md). Null: erased when its
    report was hidden."""


class Changes(PublicAnswer):
    """A page of facts."""

    changes: list[Fact]
    """The facts, oldest first."""
    next: Annotated[str, Field(examples=["/v1/changes?limit=100&cursor=142"])]
    """Where to go on, now or later."""
    more: bool
    """Whether there are further facts behind `next` already."""
    as_of: AsOf
    epoch: Epoch


def problem(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors with these statuses."""
    return errors({status: _MEANING[status] for status in statuses})


_MEANING = {
    400: "A parameter is unknown or not valid; `detail` names it.",
    404: "No such thing, or not public.",
    410: "It was public and was hidden; or the record was restored from an older copy since (`other-epoch`).",
}
