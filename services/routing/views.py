"""The bodies and answers of `/agency/v1/reports`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from contracts.events import Closure, Place, PlaceFrom
from contracts.text import SEEN, visible_text
from contracts.times import Moment
from kit.openapi import DESCRIBED
from services.routing.domain import State
from services.routing.feed import PAST
from services.routing.reading.triage import HeldBecause

PATH = "/agency/v1/reports"


def _one_line(reference: str) -> str:
    cleaned = visible_text(reference)
    if "\n" in cleaned or "\t" in cleaned:
        raise ValueError("a reference is one line without tabs")
    return cleaned


Words = Annotated[
    str,
    Field(min_length=1, max_length=4000, pattern=SEEN, examples=["Ditambal hari ini"]),
    AfterValidator(visible_text),
]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


def _whole(number: object) -> object:
    """JSON has one type of number: 7.0 is the whole number 7."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_whole)
"""Stands after the bounds of an `int`, which its schema else leaves out."""
Reference = Annotated[str, Field(min_length=1, max_length=100, pattern=SEEN), AfterValidator(_one_line)]


class RequestBody(BaseModel):
    """A body that a client sends."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


class PublicWordsBody(RequestBody):
    """What every act takes whose words the public reads."""

    reviewed: bool = Field(
        default=False,
        description="true: the author has looked at what may be personal data in these words, and they may go out. "
        "Without it, words with a suspected name, address or the like are answered with 422 and nothing is done.",
    )

    def public_words(self) -> list[tuple[str, str]]:
        """The members whose words the public reads, each with its words."""
        told = ((name, getattr(self, name, None)) for name in ("text", "reason"))
        return [(name, words) for name, words in told if words is not None]


class AgencyActBody(RequestBody):
    """What every act of an agency takes."""

    reference: Reference | None = Field(
        default=None,
        description="The agency's own number for the report, such as its ticket's; without it, the one that it has "
        "stays. The public never sees it.",
        examples=["TKT-2026/0117"],
    )


class ReferenceBody(RequestBody):
    """The agency's own number for a report."""

    reference: Reference | None = Field(
        description="The agency's own number for the report, such as its ticket's; null clears it.",
        examples=["TKT-2026/0117"],
    )


class PublicView(BaseModel):
    """What the public reads of an act: personal data is masked, the offices' own numbers and addresses stay."""

    text: str | None = Field(description="The words as they are public; null if none are.", examples=["Besok ditambal"])
    reason: str | None = Field(
        description="The reason as it is public; null if there is none.", examples=["Jalan milik provinsi"]
    )


class Described(BaseModel):
    """An answer whose members are described by the docstrings under them."""

    model_config = DESCRIBED


class ActionView(Described):
    """One thing that happened to a report."""

    at: Moment
    """When, in UTC."""
    what: Literal[tuple(dict.fromkeys(PAST.values()))]  # type: ignore[valid-type]  # the values of the table
    """What happened, in the past tense."""
    by: str
    """"machine", "official", "reporter" or an agency's id."""
    agency: str | None
    """The agency concerned, an id of /v1/agencies."""
    text: str | None
    """The words of an answer, as they were written; null also where they were erased for privacy."""
    reason: str | None
    """Why, as it was written."""
    answer: int | None = Field(
        description="The number of the answer that this gives or corrects, by which `correct` names it; null of others."
    )
    acted: bool | None
    """Of `responded`: whether the agency did something, or only explained."""
    closure: Closure | None
    """Of `closed`: how it ended; null also of what was closed before this was kept."""
    public: PublicView | None = None
    """What of the words became public; null if nothing is, as of a withheld report, and of what an earlier version
    kept."""


class JudgedView(Described):
    """One finding of the machine."""

    value: str
    """What was found."""
    confidence: float = Field(ge=0, le=1, description="How probable it is that the value is right.", examples=[0.93])
    reason: str
    """Why, for officials."""


class CandidateView(Described):
    """An agency that may be the right one."""

    agency: str | None
    """An id of /v1/agencies; null: the matter is not this government's, and `reason` says where to turn."""
    category: str
    """The category that goes with it, a code of /v1/categories."""
    confidence: float = Field(
        ge=0, le=1, description="How probable it is that this agency is the right one.", examples=[0.71]
    )
    reason: str
    """Why, for officials."""


class SuspectedView(Described):
    """A part of `text` that may be personal data."""

    what: str
    """name, address, birth-date, age, plate, customer-number or account."""
    start: int
    """Where it begins in `text`, in characters (Unicode code points) from 0."""
    end: int
    """Where the next character after it is."""


class ReadingView(Described):
    """What the machine found in a report."""

    model: str
    """The model that found it, an id of /v1/model; `rules` if the region has none."""
    candidates: list[CandidateView]
    """The agencies that may be right, best first; at most three."""
    kind: JudgedView
    """complaint, aspiration or information."""
    urgency: JudgedView
    """urgent or normal."""
    spam: JudgedView
    """fraud, promotion, prank or none."""
    sensitive: JudgedView
    """yes or no."""
    suspected: list[SuspectedView]
    """Parts of the text that may be personal data; while there are any, a person decides what becomes public."""
    held_because: list[HeldBecause]
    """Why the desk holds the report; empty if it does not."""


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
    reference: str | None = Field(
        description="The agency's own number for it; for the official key, that of the agency that has it.",
        examples=["TKT-2026/0117"],
    )
    text: str
    """Its words, as they came."""
    place: Place | None
    """The desa, kelurahan or kecamatan it is about; null: not known."""
    place_from: PlaceFrom | None = Field(
        description="What the place is known by: the sender named it, its name is in the words or the address, the "
        "coordinates lie in its outline or nearest to its centre, or an official chose it. Null without a place."
    )
    place_other: Place | None = Field(
        description="A place that contradicts `place`: the words name it, or the coordinates lie there."
    )
    place_candidates: list[Place] = Field(
        default=[],
        description="The places that the words may mean, where they name several or one name is that of several, and "
        "nobody has decided; a desa may be meant where `place` is its kecamatan.",
    )
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
    urgent: bool
    """Whether its words told of danger to somebody when they came: it is first in every queue until it is answered."""
    held_reason: str | None
    """Why an official held it, in their words."""
    held_because: list[HeldBecause]
    """Why the desk holds it; empty if it does not, or if an official held it for a reason of their own."""
    reading: ReadingView | None
    """What the machine found in it. Only for the official key; null for others, and of reports of earlier versions."""
    received_at: Moment
    """When it was received, in UTC."""
    verified_at: Moment | None
    """When it became public, in UTC."""
    due_at: Moment | None = Field(
        description="By when the agency must answer, or of a held report an official decide; null once nothing is due.",
        examples=["2026-12-01T16:59:59.000Z"],
    )
    responded_at: Moment | None = Field(
        description="When it was answered last; null if it never was.", examples=["2026-11-26T03:10:00.000Z"]
    )
    closes_at: Moment | None = Field(
        description="When silence closes it; null unless it is answered and open.",
        examples=["2026-12-08T16:59:59.000Z"],
    )
    escalated_at: Moment | None = Field(
        description="When a deadline passed since the agency got it; null if none did.",
        examples=["2026-12-02T00:00:10.000Z"],
    )
    updated_at: Moment
    """When it last changed, in UTC."""
    closed_at: Moment | None
    """When it was closed, in UTC."""
    closure: Closure | None
    """Why it was closed."""
    repeats: str | None = Field(
        description="For officials: an earlier report of the same reporter in the same words, by its id."
    )
    duplicate_of: str | None = Field(description="The main report that an official merged it into, by its id.")
    merged_count: int = Field(description="How many reports were merged into it.", examples=[0])


class PossibleDuplicate(Described):
    """Another report that may be about the same matter: an official decides."""

    id: str
    """Its id, a UUID."""
    status: State
    """Its state."""
    score: float = Field(description="From 0 to 1: how much alike they are; no probability.", examples=[0.71])
    reason: str = Field(
        description="What they have in common, for people to read.",
        examples=["tempat yang sama, 2 hari sebelumnya, kategori yang sama; kata: lubang, rusak"],
    )


MOST_MERGED = 100
"""Merged reports that a view names."""


class ReportWithHistory(ReportView):
    """A report, and all that happened to it."""

    history: list[ActionView]
    """What happened to it, oldest first."""
    merged: list[str] = Field(
        default=[], description=f"The reports that were merged into it, by their ids: the newest {MOST_MERGED}."
    )
    duplicates: list[PossibleDuplicate] | None = Field(
        default=None,
        description="Reports that may be about the same, the most alike first, five at most. They are no part of what "
        "the ETag tells. Null in the answer to an act.",
    )


class Page(Described):
    """A page of reports."""

    reports: list[ReportView]
    """The reports, newest first."""
    next: str | None
    """Where the next page is; null on the last."""
