"""The bodies and answers of `/agency/v1/reports`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from contracts.events import Closure, Place
from contracts.text import SEEN, visible_text
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
Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=SEEN), AfterValidator(visible_text)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


class RequestBody(BaseModel):
    """A body that a client sends."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Queue(BaseModel):
    """The parameters of the list, newest report first. `cursor` comes from `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    status: State | None = None
    held_because: HeldBecause | None = None
    """Only reports that are held for this reason, perhaps among others."""
    limit: int = Field(default=100, ge=1, le=1000)
    cursor: str | None = Field(default=None, pattern=r"^-?[0-9]{1,18}~[0-9a-f-]{36}$")


class PublicView(BaseModel):
    """What the public reads of an act: personal data is masked, the offices' own numbers and addresses stay."""

    text: str | None = Field(description="The words as they are public; null if none are.", examples=["Besok ditambal"])
    reason: str | None = Field(description="The reason as it is public; null if there is none.")


class ActionView(BaseModel):
    at: Moment
    what: str
    by: str
    """"machine", "official", "reporter" or an agency's id."""
    agency: str | None
    text: str | None
    reason: str | None
    public: PublicView | None = None
    """What of the words became public; null if nothing is, as of a withheld report, and of what an earlier version
    kept."""


class ReportView(BaseModel):
    id: str
    status: State
    kind: str
    channel: str
    category: str
    agency: str | None
    text: str
    place: Place | None
    place_hint: str | None
    """The sender's own name for the place."""
    lat: float | None
    long: float | None
    address: str | None
    anonymous: bool
    confidential: bool
    hidden: bool
    held_reason: str | None
    held_because: list[HeldBecause]
    """Why the desk holds it; empty if it does not, or if an official held it for a reason of their own."""
    received_at: Moment
    verified_at: Moment | None
    due_at: Moment | None
    escalated_at: Moment | None
    updated_at: Moment
    closed_at: Moment | None
    closure: Closure | None


class ReportWithHistory(ReportView):
    history: list[ActionView]


class Page(BaseModel):
    reports: list[ReportView]
    next: str | None
