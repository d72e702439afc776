"""The events on the bus: facts in the past tense, each with the id of the report it is about.

On the wire they are CloudEvents 1.0 in binary mode: attributes in headers, `data` as the JSON body
(see `kit.bus`). A published version is frozen: an optional field may be added, anything else is a new
version (`report.received.v2`) beside the old one until every consumer has moved. A consumer that meets a type
or a value that it does not know keeps the event, and what follows it, for the version that does.
Nothing here may carry a phone number, an e-mail address or a reporter's name.
"""

from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from contracts.ids import new_id


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:  # nearly all, and each event has several
        return at
    try:
        return at.astimezone(UTC)
    except OverflowError as error:  # at the edge of the calendar
        raise ValueError("the time does not exist in UTC") from error


Time = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An aware time, converted to UTC, so that comparing and writing it needs no offset."""


class Kind(StrEnum):
    complaint = "complaint"
    aspiration = "aspiration"
    information = "information"


class Channel(StrEnum):
    sms = "sms"
    whatsapp = "whatsapp"
    telegram = "telegram"
    email = "email"
    web = "web"
    open311 = "open311"
    radio = "radio"
    dialogue = "dialogue"
    phone = "phone"
    walk_in = "walk-in"
    social = "social"


class Closure(StrEnum):
    """Why a report was closed. `done` acted; `explained` answered; `silence` is ten working days without a word."""

    done = "done"
    explained = "explained"
    not_our_authority = "not_our_authority"
    duplicate = "duplicate"
    cannot = "cannot"
    withdrawn = "withdrawn"
    silence = "silence"


class Place(BaseModel):
    """A desa, kelurahan or kecamatan by its Kemendagri code."""

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    kecamatan: str


class PlaceFrom(StrEnum):
    """How the place of a report was found."""

    sender = "sender"
    """The sender named it: its code, or its name where a name is asked for."""
    words = "words"
    """Its name stands in the report's words, or in the address."""
    coordinates = "coordinates"
    """The coordinates lie in its outline."""
    nearest = "nearest"
    """The coordinates lie in no outline, and its centre is the nearest, within the region's distance."""
    official = "official"
    """An official chose it."""


class ResponseElsewhere(BaseModel):
    """An agency's answer from the system that a report was imported from: its words, its time, and whether it acted."""

    model_config = ConfigDict(frozen=True)

    text: str
    at: Time
    acted: bool
    agency: str | None = None
    """Whose answer it is; null: of the agency that has the report."""


class Location(BaseModel):
    """Where a report is about, as its source tells it: all of it, and null for what it does not tell."""

    model_config = ConfigDict(frozen=True)

    place: str | None = None
    """A name or a Kemendagri code; routing decides what it means."""
    lat: float | None = None
    long: float | None = None
    address: str | None = None


class Elsewhere(BaseModel):
    """The agency, times, answer and end of a report in the system it was imported from; for the official key only.

    Its clocks count from there: a report with this, even if all is null, is history and not news.
    """

    model_config = ConfigDict(frozen=True)

    agency: str | None = None
    verified_at: Time | None = None
    due_at: Time | None = None
    response: ResponseElsewhere | None = None
    """The newest answer."""
    responses: tuple[ResponseElsewhere, ...] | None = None
    """All answers, the oldest first, if there are several."""
    closed_at: Time | None = None
    closure: Closure | None = None

    @property
    def answers(self) -> tuple[ResponseElsewhere, ...]:
        """All answers, the oldest first."""
        return self.responses or ((self.response,) if self.response else ())


class Event(BaseModel):
    """What every event carries. `id`, `time` and `subject` are the CloudEvents attributes."""

    model_config = ConfigDict(frozen=True)

    id: UUID = Field(default_factory=new_id)
    time: Time
    """When the fact became true, not when it was sent."""
    subject: UUID
    """The report, and the Kafka key: one report's events stay in order."""

    @cached_property
    def report(self) -> str:
        """`subject` as text, as rows hold it; computed once because it is read often (a `model_copy` keeps it)."""
        return str(self.subject)


class SenderKind(StrEnum):
    """The kind of sender of a message: a number, a short code or a name. The number or name itself is not kept here."""

    number = "number"
    """A telephone number."""
    short_code = "short-code"
    """A number of a few digits, such as a network's service has."""
    name = "name"
    """Letters in place of a number, such as a firm's."""


class ReportReceived(Event):
    """A resident's report was accepted. The sender's own number and name are already masked in `text`."""

    type: Literal["report.received.v1"] = "report.received.v1"
    text: str
    channel: Channel
    kind: Kind | None = None
    category: str | None = None
    place: str | None = None
    """What the sender called the place, or its Kemendagri code; routing decides what it means."""
    lat: float | None = None
    long: float | None = None
    address: str | None = None
    anonymous: bool = False
    confidential: bool | None = None
    """True: withhold. False, from an official: decided to be public. None: the category's sensitivity decides."""
    official: bool = False
    """Filed with the official key."""
    reviewed: bool | None = None
    """True: an official says that a person read the words, so the desk need not hold it. Null counts as false: an
    intake before this member did not ask, and what is held by mistake can be opened, but not the other way."""
    unsure: bool = False
    """Nobody chose the category: it is what an import takes for values that its map does not name."""
    elsewhere: Elsewhere | None = None
    repeats: UUID | None = None
    """An earlier report of the same reporter in the same words, which has not ended."""
    sender_kind: SenderKind | None = None
    """The kind of sender. Null: not known, the report came by no message, or an older version of intake sent it."""


class ReportAmended(Event):
    """The reporter added words to an earlier report."""

    type: Literal["report.amended.v1"] = "report.amended.v1"
    text: str


class ReportWithdrawn(Event):
    """The reporter took the report back."""

    type: Literal["report.withdrawn.v1"] = "report.withdrawn.v1"


class ReportHidden(Event):
    """The reporter asked that the report be out of public view; its agency still answers it."""

    type: Literal["report.hidden.v1"] = "report.hidden.v1"


class ReportFeedback(Event):
    """The reporter answered PUAS (satisfied) or TIDAK (not) after a close; "not" reopens."""

    type: Literal["report.feedback.v1"] = "report.feedback.v1"
    satisfied: bool
    text: str | None = None


class ReportUndone(Event):
    """The import that brought the report was undone: it is hidden or, if it was never public, rejected."""

    type: Literal["report.undone.v1"] = "report.undone.v1"
    number: int
    """Of the import."""


class ReportUpdated(Event):
    """The system that the report was brought from told changes of it. Only what changed there is set."""

    type: Literal["report.updated.v1"] = "report.updated.v1"
    category: str | None = None
    agency: str | None = None
    """The agency there; with `category` and without this the region's rules choose."""
    location: Location | None = None
    response: ResponseElsewhere | None = None
    """The newest answer."""
    responses: tuple[ResponseElsewhere, ...] | None = None
    """All answers that the source has now, the oldest first, if there are several and one of them is new."""
    closed_at: Time | None = None
    closure: Closure | None = None


class CaseOpened(Event):
    """A report was verified and may be known. If confidential: no text, no place, no coordinates."""

    type: Literal["case.opened.v1"] = "case.opened.v1"
    kind: Kind
    channel: Channel
    category: str
    text: str | None
    place: Place | None
    lat: float | None = None
    long: float | None = None
    address: str | None = None
    """Only of versions before: what somebody typed is private."""
    confidential: bool = False
    redacted: bool = False
    received_at: Time
    verified_by: Literal["machine", "official"]
    place_from: PlaceFrom | None = None
    """How the place was found. Null if there is none, if the report is confidential, or from an older version."""
    recorded_at: Time | None = None
    """When it became public, if that is later than `time`: of history from elsewhere, `time` is the time of then."""


class CaseOpenedV2(CaseOpened):
    """An official verified a report and gave it to an agency, in one act: it is disposed from its first moment.

    `case.opened.v1`, which a disposal follows, is what the machine sends, and what is sent of history.
    """

    type: Literal["case.opened.v2"] = "case.opened.v2"  # type: ignore[assignment]  # all else is as in v1
    agency: str
    """Who must answer it."""
    reason: str
    due_at: Time | None = None


class CaseDisposed(Event):
    """The report was given to an agency (again, if transferred), with the reason."""

    type: Literal["case.disposed.v1"] = "case.disposed.v1"
    agency: str
    category: str
    reason: str
    due_at: Time | None = None
    transferred_by: str | None = None
    """The agency that gave it away; null: the machine or an official decided, or a version before did not say."""


class CaseRefused(Event):
    """An agency refused a report that it was given: no agency has it now, and an official decides anew."""

    type: Literal["case.refused.v1"] = "case.refused.v1"
    agency: str
    """Who refused."""
    reason: str


class CaseAcknowledged(Event):
    """The agency took it up: in progress."""

    type: Literal["case.acknowledged.v1"] = "case.acknowledged.v1"
    agency: str


class CaseResponded(Event):
    """The agency's public answer. `acted`: something was done, not only explained. No text if confidential."""

    type: Literal["case.responded.v1"] = "case.responded.v1"
    agency: str
    text: str | None
    acted: bool
    closes_at: Time | None = None
    """When silence closes the report; null if it does not, or if a version before this member answered."""


class CaseCorrected(Event):
    """An earlier answer has other words now: these. No text and no reason if confidential."""

    type: Literal["case.corrected.v1"] = "case.corrected.v1"
    answer: int
    """Which one, counted from 1: every response of the report, and every close that has words, in their order."""
    agency: str | None
    """Whose answer it is."""
    by: Literal["agency", "official"]
    """Who corrected it."""
    text: str | None
    privacy: bool
    """True: all earlier words of this answer are erased. False: they stand beside these."""
    reason: str | None = None
    closes_at: Time | None = None
    """When silence closes the report, if it is answered: a correction starts that clock anew."""


class CaseAmended(Event):
    """The reporter added words to a public report."""

    type: Literal["case.amended.v1"] = "case.amended.v1"
    text: str | None = None
    """Redacted; null of a confidential report, and of words that an official would have to look at first."""
    closes_at: Time | None = None
    """When silence closes the report, if it is answered: the added words start that clock anew."""


class CaseClosed(Event):
    """Closed is not fixed: the reporter may say so, and it is reopened."""

    type: Literal["case.closed.v1"] = "case.closed.v1"
    closure: Closure
    agency: str | None = None
    text: str | None = None


class CaseReopened(Event):
    """A closed report is open again, and the same agency has it: the reporter was not satisfied, or the close wrong."""

    type: Literal["case.reopened.v1"] = "case.reopened.v1"
    agency: str
    reason: str
    due_at: Time | None = None
    by: Literal["reporter", "agency", "official"] | None = None
    """Who reopened it; null: a version before sent this, and the reporter did."""


class CaseMerged(Event):
    """An official merged the report into another one about the same matter: it ended as its duplicate."""

    type: Literal["case.merged.v1"] = "case.merged.v1"
    duplicate_of: UUID | None
    """The main report; null unless all of both may be known."""
    agency: str | None = None
    """Who had it; null: no agency had, or it was never public."""
    reason: str
    received_at: Time | None = None
    """Of a report that was never public, which is counted as rejected; null of a public one."""


class CaseSplit(Event):
    """A merge was taken back: a public report is open again, one that was never public waits for an official again."""

    type: Literal["case.split.v1"] = "case.split.v1"
    agency: str | None = None
    """Who has it again; null if it was never public."""
    reason: str
    due_at: Time | None = None
    received_at: Time | None = None
    """Of a report that was never public, which is counted as rejected no more; null of a public one."""


ToldOf = Literal[
    "verified",
    "disposed",
    "transferred",
    "refused",
    "acknowledged",
    "responded",
    "corrected",
    "amended",
    "closed",
    "reopened",
    "rescheduled",
    "hidden",
]
"""The changes of a main report that the reporters of the reports merged into it are told of."""


class CaseTold(Event):
    """Tells the reporter of a merged report about a change of its main report. It makes no public fact.

    Without agency and words unless all of both reports may be known.
    """

    type: Literal["case.told.v1"] = "case.told.v1"
    what: ToldOf
    agency: str | None = None
    text: str | None = None
    """The public words of an answer."""
    acted: bool | None = None
    closure: Closure | None = None
    due_at: Time | None = None
    """By when its agency answers; once it is answered, when silence closes it."""
    privacy: bool = False
    """True: all words of its answers so far are erased."""


class CaseRelocated(Event):
    """The place and coordinates of a public report changed: these values replace all earlier ones."""

    type: Literal["case.relocated.v1"] = "case.relocated.v1"
    place: Place | None
    place_from: PlaceFrom | None = None
    lat: float | None = None
    long: float | None = None
    reason: str


class CaseEscalated(Event):
    """A clock ran out."""

    type: Literal["case.escalated.v1"] = "case.escalated.v1"
    agency: str | None
    reason: str


class CaseRescheduled(Event):
    """The calendar of working days changed, and with it the deadline of an open report."""

    type: Literal["case.rescheduled.v1"] = "case.rescheduled.v1"
    agency: str | None
    due_at: Time
    reason: str


class CaseHidden(Event):
    """An official took the report out of public view: its words, place and history leave, its count stays."""

    type: Literal["case.hidden.v1"] = "case.hidden.v1"
    reason: str


class CaseRejected(Event):
    """A held report was rejected and never becomes public; it is counted, and its reporter hears that it was."""

    type: Literal["case.rejected.v1"] = "case.rejected.v1"
    reason: str
    received_at: Time


AnyEvent = Annotated[
    ReportReceived
    | ReportAmended
    | ReportWithdrawn
    | ReportHidden
    | ReportFeedback
    | ReportUndone
    | ReportUpdated
    | CaseOpened
    | CaseOpenedV2
    | CaseDisposed
    | CaseRefused
    | CaseAcknowledged
    | CaseResponded
    | CaseCorrected
    | CaseAmended
    | CaseClosed
    | CaseReopened
    | CaseMerged
    | CaseSplit
    | CaseTold
    | CaseRelocated
    | CaseEscalated
    | CaseRescheduled
    | CaseHidden
    | CaseRejected,
    Field(discriminator="type"),
]
ANY_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)

AT_ONCE: tuple[type[Event], ...] = (CaseHidden,)
"""Handled even while earlier events of the report wait: a hidden report must not stay public until they come."""

ATTRIBUTES = frozenset({"id", "time", "subject", "type"})
"""The fields that travel as CloudEvents attributes; the rest is the body."""
