"""What each event of a case says to the public, in the domain's own terms."""

from datetime import datetime

from contracts import events
from contracts.open311 import clean
from services.publish.domain import Change, Place, Record, Step


def opened(event: events.CaseOpened) -> tuple[Record, Step]:
    """The record that begins here, and the first line of its history."""
    at = milliseconds(event.time)
    record = Record(
        id=event.report,
        kind=event.kind.value,
        channel=event.channel.value,
        category=event.category,
        place=Place(event.place.code, event.place.name, event.place.kecamatan) if event.place else None,
        lat=event.lat,
        long=event.long,
        address=_words(event.address),
        text=_words(event.text),
        withheld=event.confidential,
        received_at=milliseconds(event.received_at),
        verified_at=at,
        updated_at=at,
    )
    return record, Step(at, "verified", reason=f"by {event.verified_by}")


def change(event: events.AnyEvent) -> Change:
    """What an event does to a record that is open to the public."""
    at = milliseconds(event.time)
    match event:
        case events.CaseDisposed():
            return Change(
                Step(at, "disposed", event.agency, reason=_words(event.reason)),
                status="disposed",
                agency=event.agency,
                category=event.category,
                due_at=_when(event.due_at),
                new_due=True,
            )
        case events.CaseAcknowledged():
            return Change(Step(at, "acknowledged", event.agency), status="in_progress", agency=event.agency)
        case events.CaseResponded():
            what = "acted" if event.acted else "answered"
            step = Step(at, what, event.agency, text=_words(event.text))
            return Change(step, status="responded", agency=event.agency)
        case events.CaseClosed():
            step = Step(at, "closed", event.agency, text=_words(event.text), reason=event.closure.value)
            return Change(step, status="closed", closed_at=at, closure=event.closure.value)
        case events.CaseReopened():
            return Change(
                Step(at, "reopened", event.agency, reason=_words(event.reason)),
                status="reopened",
                agency=event.agency,
                due_at=_when(event.due_at),
                new_due=True,
            )
        case events.CaseEscalated():
            return Change(Step(at, "escalated", event.agency, reason=_words(event.reason)))
        case _:
            raise TypeError(f"{event.type} is no change to a public record")


def hiding(event: events.CaseHidden) -> Step:
    """The last line that anyone will read of a report."""
    return Step(milliseconds(event.time), "hidden", reason=_words(event.reason))


def milliseconds(at: datetime) -> datetime:
    """The time as documents give it: a record that is read back from them must be the same record."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _when(at: datetime | None) -> datetime | None:
    return at and milliseconds(at)


def _words(text: str | None) -> str | None:
    return text and clean(text)
