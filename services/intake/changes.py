"""Compares what a source says of a report with what it said before: what is taken of it, and what cannot change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from contracts.events import Closure, Elsewhere, Location, ResponseElsewhere
from services.intake.domain import ChangeFault, clean_text

CLOSED = "closed"
_OTHER_WORDS = "other words than were taken first: this may be another report, so nothing of it is taken"
_FIXED = "other than what was taken first; it cannot change"
_SHOWN = "other than what was taken first; an import cannot change it, but an official can hide the report"
_IS_CLOSED = "the report is closed here, so this cannot change any more"
_REOPENED = "it was closed before; only its reporter reopens a report"
_TAKEN_AWAY = "it can be replaced, and not be taken away"


@dataclass(frozen=True)
class SourceSaid:
    """What a source says of a report. Null: it says nothing of that."""

    text: str = field(repr=False)
    received_at: datetime | None
    channel: str
    kind: str | None
    category: str | None
    location: Location = field(repr=False)
    anonymous: bool
    confidential: bool | None
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    name: str | None = field(repr=False)
    elsewhere: Elsewhere | None
    """Null: not known, because a version that did not keep it took the report."""


class News(NamedTuple):
    """What a source says that it did not say before, in the words of `report.updated`; null for what did not change."""

    category: str | None = None
    agency: str | None = None
    location: Location | None = None
    response: ResponseElsewhere | None = None
    responses: tuple[ResponseElsewhere, ...] | None = None
    closed_at: datetime | None = None
    closure: Closure | None = None


def several(answers: Sequence[ResponseElsewhere]) -> tuple[ResponseElsewhere, ...] | None:
    """The member `responses` for these answers; versions before know only `response`."""
    return tuple(answers) if len(answers) > 1 else None


def faults(before: SourceSaid, now: SourceSaid, status: str | None) -> list[ChangeFault]:
    """What `now` says and cannot be taken. `status`: of the report here; null while it is not public."""
    return [*_fixed(before, now), *_disposal_faults(before, now, status), *_ending_faults(before, now, status)]


def news(before: SourceSaid, now: SourceSaid, status: str | None) -> News:
    """What is taken of `now`, if nothing in it is a fault."""
    earlier, told = _known(before, now, status), now.elsewhere or Elsewhere()
    without_agency = told.agency is None and earlier.agency is not None  # the rules choose for the category
    category = now.category if now.category != before.category or without_agency else None
    closes = told.closed_at is not None and status != CLOSED and _ends_anew(earlier, told, status)
    return News(
        category=category,
        agency=told.agency if category or told.agency != earlier.agency else None,
        location=now.location if now.location != before.location else None,
        response=told.answers[-1] if told.answers and told.answers != earlier.answers else None,
        responses=told.responses if told.answers != earlier.answers else None,
        closed_at=told.closed_at if closes else None,
        closure=told.closure if closes else None,
    )


def _ends_anew(earlier: Elsewhere, told: Elsewhere, status: str | None) -> bool:
    """Whether the end is another one; what its reporter reopened here needs another time, not only another closure."""
    return told.closed_at != earlier.closed_at or (status is None and told.closure != earlier.closure)


def _fixed(before: SourceSaid, now: SourceSaid) -> Iterator[ChangeFault]:
    if now.text != clean_text(before.text):  # a version before may have cleaned it in another way
        yield ChangeFault("/text", _OTHER_WORDS)
    for name in ("received_at", "channel", "kind", "anonymous", "confidential", *_CONTACT):
        said = getattr(now, name)
        if said is not None and said != getattr(before, name):
            pointer = f"/contact/{name}" if name in _CONTACT else f"/{name}"
            yield ChangeFault(pointer, _SHOWN if name == "confidential" else _FIXED)
    for name in sorted(Elsewhere.model_fields.keys() - _ELSEWHERE):
        said = getattr(now.elsewhere, name, None)
        if before.elsewhere is not None and said is not None and said != getattr(before.elsewhere, name):
            yield ChangeFault(f"/{name}", _FIXED)


_CONTACT = ("phone", "email", "name")
_ELSEWHERE = {"agency", "closed_at", "closure", "response", "responses"}
"""What of `Elsewhere` may change."""


def _disposal_faults(before: SourceSaid, now: SourceSaid, status: str | None) -> Iterator[ChangeFault]:
    earlier, told = _known(before, now, status), now.elsewhere or Elsewhere()
    for name, old, new in (("category", before.category, now.category), ("agency", earlier.agency, told.agency)):
        if old == new:
            continue
        # Without an agency the category decides, so a category is needed.
        if new is None and now.category is None:
            yield ChangeFault(f"/{name}", _TAKEN_AWAY)
        elif status == CLOSED:
            yield ChangeFault(f"/{name}", _IS_CLOSED)


def _ending_faults(before: SourceSaid, now: SourceSaid, status: str | None) -> Iterator[ChangeFault]:
    earlier, told = _known(before, now, status), now.elsewhere or Elsewhere()
    if told.answers != earlier.answers:
        pointer = "/responses" if told.responses or earlier.responses else "/response"
        if len(told.answers) < len(earlier.answers):
            yield ChangeFault(pointer, _TAKEN_AWAY)
        elif status == CLOSED:
            yield ChangeFault(pointer, _IS_CLOSED)
    if earlier.closed_at is None:
        return
    if told.closed_at is None:
        if status in (CLOSED, None):  # else its reporter has reopened it here, too
            yield ChangeFault("/closed_at", _REOPENED)
    elif status == CLOSED:
        for name in ("closed_at", "closure"):
            if getattr(told, name) != getattr(earlier, name):
                yield ChangeFault(f"/{name}", _IS_CLOSED)


def _known(before: SourceSaid, now: SourceSaid, status: str | None) -> Elsewhere:
    """What the source said before. Where that is not known: its agency of now, and its end of now if it ended here."""
    if before.elsewhere is not None:
        return before.elsewhere
    told = now.elsewhere or Elsewhere()
    return told if status == CLOSED else Elsewhere(agency=told.agency)


def kept(before: SourceSaid, now: SourceSaid) -> Elsewhere:
    """What is to be compared with the next time; of what `now` does not say, what was said before."""
    told, earlier = now.elsewhere or Elsewhere(), before.elsewhere or Elsewhere()
    fixed = Elsewhere.model_fields.keys() - _ELSEWHERE
    silent = {name: getattr(earlier, name) for name in fixed if getattr(told, name) is None}
    return told.model_copy(update=silent)
