"""The bodies and answers of `/agency/v1/reports`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from contracts.events import Closure, Place
from contracts.text import SEEN, visible_text
from kit.openapi import DESCRIBED
from services.routing.domain import State
from services.routing.reading.triage import HeldBecause

PATH = "/agency/v1/reports"


def _rfc3339(at: datetime) -> str:
    """In UTC, with milliseconds unless they are zero.

    >>> _rfc3339(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    '2026-11-24T05:00:00Z'
    """
    whole = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return whole.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00").removesuffix(".000") + "Z"


Moment = Annotated[datetime, PlainSerializer(_rfc3339, return_type=str)]
Words = Annotated[
    str,
    Field(min_length=1, max_length=4000, pattern=SEEN, examples=["Ditambal hari ini"]),
    AfterValidator(visible_text),
]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


class RequestBody(BaseModel):
    """A body that a client sends."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


class Queue(BaseModel):
    """The parameters of the list, newest report first."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    status: State | None = None
    """Only reports in this state."""
    held_because: HeldBecause | None = None
    """Only reports that are held for this reason, perhaps among others."""
    limit: int = Field(default=100, ge=1, le=1000, examples=[100])
    """Reports a page."""
    cursor: str | None = Field(
        default=None,
        pattern=r"^-?[0-9]{1,18}~[0-9a-f-]{36}$",
        examples=["1795500000000000~0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"],
    )
    """Where to go on: take it from `next` of the page before."""


class Described(BaseModel):
    """An answer whose members are described by the docstrings under them."""

    model_config = DESCRIBED


class ActionView(Described):
    """One thing that happened to a report."""

    at: Moment
    """When, in UTC."""
    what: str
    """What happened, such as `respond`."""
    by: str
    """"machine", "official", "reporter" or an agency's id."""
    agency: str | None
    """The agency concerned, an id of /v1/agencies."""
    text: str | None
    """The words of an answer, as they were written."""
    reason: str | None
    """Why, as it was written; of a closing, its closure."""


class ReportView(Described):
    """A report as those who work on it see it."""

    id: str
    """The report's id, a UUID."""
    status: State
    """Its state; received and held are not public."""
    kind: str
    """complaint, aspiration (an idea) or information (a request for it)."""
    channel: str
    """The channel it came by, such as sms."""
    category: str
    """What it is about, a code of /v1/categories."""
    agency: str | None
    """The agency that must answer, an id of /v1/agencies; null: none yet."""
    text: str
    """Its words, as they came."""
    place: Place | None
    """The desa, kelurahan or kecamatan it is about; null: not known."""
    place_hint: str | None
    """The sender's own name for the place."""
    lat: float | None
    """Latitude in degrees, WGS 84."""
    long: float | None
    """Longitude in degrees, WGS 84."""
    address: str | None
    """Where it is, in the sender's words; not public."""
    anonymous: bool
    """Whether the agency is not told who the reporter is."""
    confidential: bool
    """Whether the public reads no words of it."""
    hidden: bool
    """Whether an official took it out of public view."""
    held_reason: str | None
    """Why an official held it, in their words."""
    held_because: list[HeldBecause]
    """Why the desk holds it; empty if it does not, or if an official held it for a reason of their own."""
    received_at: Moment
    """When it was received, in UTC."""
    verified_at: Moment | None
    """When it became public, in UTC."""
    due_at: Moment | None
    """When the next step is due, in UTC."""
    escalated_at: Moment | None
    """When it was escalated because an answer was late, in UTC."""
    updated_at: Moment
    """When it last changed, in UTC."""
    closed_at: Moment | None
    """When it was closed, in UTC."""
    closure: Closure | None
    """Why it was closed."""


class ReportWithHistory(ReportView):
    """A report, and all that happened to it."""

    history: list[ActionView]
    """What happened to it, oldest first."""


class Page(Described):
    """A page of reports."""

    reports: list[ReportView]
    """The reports, newest first."""
    next: str | None
    """Where the next page is; null on the last."""
