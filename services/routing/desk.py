"""The reports that an agency or an official may see. Their acts are in `actions/`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, select, tuple_, type_coerce
from sqlmodel import Session

from kit.caller import Caller
from kit.db import micros
from kit.problems import Forbidden
from services.routing import cases, holding, views
from services.routing.cases import Decision, MoveRefused, UnknownReport
from services.routing.domain import Move
from services.routing.rules import Rules
from services.routing.tables import ACTION, CASE, Case


class UnknownName(Exception):
    """The region has no such agency, category or place."""


def agency_of(caller: Caller) -> str:
    """The agency of the caller's key. Raises `Forbidden`."""
    if not caller.agency:
        raise Forbidden("This key belongs to no agency")
    return caller.agency


def name_of(caller: Caller) -> str:
    """The caller's name in the history: "official", or an agency's id. Raises `Forbidden`."""
    return "official" if caller.role == "official" else agency_of(caller)


@dataclass(frozen=True)
class Desk:
    """The view of one caller on the cases, in one transaction."""

    session: Session
    rules: Rules
    caller: Caller
    now: datetime

    def queue(self, request: views.Queue) -> views.Page:
        query = select(CASE).order_by(CASE.c.received_at.desc(), CASE.c.id.desc()).limit(request.limit + 1)
        if self.caller.role == "agency":
            query = query.where(CASE.c.agency == agency_of(self.caller))
        if request.status is not None:
            query = query.where(CASE.c.status == str(request.status))
        if request.held_because is not None:
            query = query.where(holding.is_held_because(request.held_because))
        if request.cursor is not None:
            at, _, last = request.cursor.partition("~")
            # Compared as a number: a cursor may hold a number that is no valid time.
            query = query.where(tuple_(type_coerce(CASE.c.received_at, BigInteger), CASE.c.id) < tuple_(int(at), last))
        rows = [Case(**row._mapping) for row in self.session.execute(query).all()]
        reports = [self._report_view(row) for row in rows[: request.limit]]
        more = len(rows) > request.limit
        return views.Page(reports=reports, next=_next(request, rows[request.limit - 1]) if more else None)

    def report(self, id: str) -> views.ReportWithHistory:
        return self.view(self.case(id, lock=False))

    def case(self, id: str, *, lock: bool = True) -> Case:
        """The case, if the caller may see it. Raises `UnknownReport`, also for the report of another agency."""
        try:
            canonical = str(UUID(id))
        except ValueError:
            canonical = ""
        if canonical != id.lower():
            raise UnknownReport("There is no report with this id")
        case = cases.find(self.session, canonical, lock=lock)
        if self.caller.role == "agency" and case.agency != agency_of(self.caller):
            raise UnknownReport("There is no report with this id")
        return case

    def decision(self, reason: str | None = None) -> Decision:
        """A decision of the caller, made now."""
        return Decision(name_of(self.caller), self.now, reason)

    def refuse_repeat(
        self, case: Case, move: Move, decision: Decision, agency: str | None, text: str | None = None
    ) -> None:
        """Raise `MoveRefused` if the last action was the same: the client lost our answer and repeats its request."""
        newest = select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number.desc()).limit(1)
        last = self.session.execute(newest).one_or_none()
        this = (move, decision.by, agency, text, decision.reason)
        if last is not None and (last.move, last.by, last.agency, last.text, last.reason) == this:
            raise MoveRefused("the last action on the report was the same, in the same words")

    def need_agency(self, agency: str) -> None:
        """Raise `UnknownName` if there is no such agency today."""
        if not self.rules.exists(agency, self.now):
            raise UnknownName(f"there is no agency {agency!r} today")

    def need_category(self, code: str) -> str:
        """The category of this code. Raises `UnknownName`, also for one that has ended."""
        if not self.rules.offers(code, self.now):
            raise UnknownName(f"there is no category {code!r} today")
        return code

    def need_place(self, code: str) -> str:
        """The place of this code. Raises `UnknownName`."""
        if code not in self.rules.region.places:
            raise UnknownName(f"there is no place {code!r}")
        return code

    def view(self, case: Case) -> views.ReportWithHistory:
        query = select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number)
        history = [
            views.ActionView(
                at=row.at,
                what=row.move,
                by=row.by,
                agency=row.agency,
                text=row.text,
                reason=row.reason,
                public=_public(case, row),
            )
            for row in self.session.execute(query).all()
        ]
        return views.ReportWithHistory(**dict(self._report_view(case)), history=history)

    def _report_view(self, case: Case) -> views.ReportView:
        made = {"place": self.rules.public_place(case.place), "held_because": holding.reasons(case)}
        return views.ReportView.model_validate(vars(case) | made)


def _public(case: Case, row: Row[Any]) -> views.PublicView | None:
    """What the public reads of an action now: nothing once the report is hidden."""
    shown = not case.hidden and (row.public_text is not None or row.public_reason is not None)
    return views.PublicView(text=row.public_text, reason=row.public_reason) if shown else None


def _next(request: views.Queue, last: Case) -> str:
    status = f"status={request.status}&" if request.status else ""
    because = f"held_because={request.held_because}&" if request.held_because else ""
    return f"/agency/v1/reports?{status}{because}limit={request.limit}&cursor={micros(last.received_at)}~{last.id}"
