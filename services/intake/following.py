"""What a reporter reads of their report by its code or token, and what they say by its token."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from contracts.events import Event, ReportHidden
from contracts.region import Region
from services.intake import found, joining, steps
from services.intake.commands import act_of
from services.intake.domain import parse_token
from services.intake.follow_views import FollowView, Say, Saying, StandingView
from services.intake.found import REPORT, Found, known_codes
from services.intake.meaning import Amends, Meaning, Rates, Withdraws, codes_in
from services.intake.replies import Replies
from services.intake.telling import Asked
from services.intake.tokens import Tokens

AGAIN = timedelta(minutes=10)
"""The same said again within this time is said once."""


class UnknownCode(Exception):
    """No report has this code."""


class UnknownToken(Exception):
    """No report has this token."""


@dataclass(frozen=True)
class Following:
    region: Region
    replies: Replies
    tokens: Tokens

    def standing(self, session: Session, code: str, now: datetime) -> StandingView:
        """Where the report of this code stands, as CEK tells it. Raises `UnknownCode`."""
        report = found.by_code(session, parse_token(code).code or "?")
        if report is None:
            raise UnknownCode("No report has this code")
        return StandingView.model_validate(self._standing(report, now))

    def read(self, session: Session, token: str, now: datetime) -> FollowView:
        """The report of this token. Raises `UnknownToken`."""
        return self._view(session, self._find(session, token), now)

    def say(self, session: Session, token: str, said: Saying, now: datetime) -> None:
        """Say something about the report of this token, once. Raises `UnknownToken`."""
        report = self._find(session, token)
        if report.phone:
            joining.alone(session, report.phone)
        joining.release(session, report.id, self.replies.speech, self.region.phone_country)
        event = self._event(session, report, said, now)
        newest = steps.newest_said(session, report.id)
        if newest is None or newest[:2] != steps.as_said(event) or now - newest[2] > AGAIN:
            steps.say(session, event)

    def _find(self, session: Session, token: str) -> Found:
        id = self.tokens.report_of(session, token)
        report = found.by_id(session, id) if id else None
        if report is None:
            raise UnknownToken("No report has this token")
        return report

    def _event(self, session: Session, report: Found, said: Saying, now: datetime) -> Event:
        act = act_of(_meaning(report.code, said))
        if act is None:
            return ReportHidden(subject=UUID(report.id), time=now)
        known = known_codes(session, codes_in(said.text or ""))
        return act.event(UUID(report.id), now, report.reporter(self.region.phone_country), known)

    def _standing(self, report: Found, now: datetime) -> dict[str, object]:
        asked = Asked(report.code, report.accepted_at, report.standing)
        told = self.replies.told(asked, now)
        agency = self.region.agencies.get(told.agency or "")
        return {
            "code": report.code,
            "status": told.status,
            "status_since": told.since,
            "agency": told.agency,
            "agency_name": agency.name if agency else None,
            "due_at": told.due,
            "late": told.is_late,
            "hidden": told.is_hidden,
            "merged": told.is_merged,
            "duplicate_of": report.standing.duplicate_of if report.standing else None,
            "closure": told.closure,
            "reason": told.reason,
            "message": self.replies.standing(asked, now),
        }

    def _view(self, session: Session, report: Found, now: datetime) -> FollowView:
        standing = self._standing(report, now)
        row = session.execute(select(REPORT.c.text, REPORT.c.received_at).where(REPORT.c.id == report.id)).one()
        own = {
            "id": report.id,
            "text": row.text,
            "received_at": row.received_at,
            "history": steps.of(session, report.id),
            "may": _may(str(standing["status"]), hidden=bool(standing["hidden"]), merged=bool(standing["merged"])),
        }
        return FollowView.model_validate(standing | own)


def _meaning(code: str, said: Saying) -> Meaning | None:
    match said.say:
        case Say.add:
            return Amends(code, said.text)
        case Say.satisfied | Say.unsatisfied:
            return Rates(code, said.say == Say.satisfied, said.text)
        case Say.withdraw:
            return Withdraws(code)
        case Say.hide:
            return None


def _may(status: str, *, hidden: bool, merged: bool) -> list[Say]:
    """What can usefully be said: the rest is kept too, and changes nothing."""
    if status == "rejected":
        return []
    rates = [Say.satisfied, Say.unsatisfied] if status in ("responded", "closed") else []
    return [Say.add, *rates, *([] if hidden else [Say.hide]), *([] if merged or status == "closed" else [Say.withdraw])]
