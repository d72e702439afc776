"""Where a report stands, as its reporter is told: by SMS (CEK), at `/v1/codes/{code}` and at `/v1/follow/{token}`."""

from datetime import datetime
from typing import NamedTuple

from services.intake.deadlines import ReplyDeadlines
from services.intake.domain import Standing

_ANSWERED = ("responded", "closed")
_RUNNING = ("disposed", "in_progress", "responded", "reopened")


class Asked(NamedTuple):
    """What is known of the report that a reply is about."""

    code: str
    accepted_at: datetime
    standing: Standing | None
    """None until routing has decided something."""


class Told(NamedTuple):
    """What is told of a report, none of its words among it."""

    reply: str
    """The name of the reply in words.yaml."""
    status: str
    since: datetime
    """When it came to this status."""
    agency: str | None = None
    due: datetime | None = None
    """The end of the time that runs, to verify, to answer, or to say something after an answer; null if none does."""
    closure: str | None = None
    reason: str | None = None
    """Why it was rejected."""
    is_late: bool = False
    is_hidden: bool = False
    is_merged: bool = False
    """What is told is of the report that it was merged into."""


def tell(asked: Asked, deadlines: ReplyDeadlines, now: datetime) -> Told:
    standing = asked.standing
    if standing is None or standing.status == "received":
        due = deadlines.verify_by(asked.accepted_at)
        is_late = now > due
        return Told("waiting_late" if is_late else "waiting", "received", asked.accepted_at, None, due, is_late=is_late)
    status, is_late, is_hidden = standing.status, standing.is_late(now), standing.hidden_at is not None
    name = "late" if is_late else status
    is_merged = standing.merged_at is not None
    if is_merged:
        name = f"merged_{status}" if status in _ANSWERED else "merged"
    if is_hidden:
        name = f"hidden_{status}" if status in _ANSWERED else "hidden"
    return Told(
        reply=name,
        status=status,
        since=standing.updated_at,
        agency=standing.agency,
        due=_due(standing, deadlines) if status in _RUNNING else None,
        closure=standing.closure,
        reason=standing.reason,
        is_late=is_late,
        is_hidden=is_hidden,
        is_merged=is_merged,
    )


def _due(standing: Standing, deadlines: ReplyDeadlines) -> datetime:
    if standing.due_at is not None:
        return standing.due_at
    if standing.status == "responded":
        return deadlines.silent_at(standing.updated_at)
    return deadlines.respond_by(standing.updated_at)
