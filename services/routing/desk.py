"""What agencies and officials see: each their own reports. What they may do to one is in `actions/`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, select, tuple_, type_coerce
from sqlmodel import Session

from kit.caller import Caller
from kit.db import micros
from kit.problems import Forbidden
from services.routing import cases, views
from services.routing.cases import Decision, MoveRefused, UnknownReport
from services.routing.domain import Move
from services.routing.rules import Rules
from services.routing.tables import ACTION, CASE, Case


class UnknownName(Exception):
    """The region has no such agency, category or place."""


def agency_of(caller: Caller) -> str:
    """The agency whose key it is. Raises `Forbidden`."""
    if not caller.agency:
        raise Forbidden("This key belongs to no agency")
    return caller.agency


def name_of(caller: Caller) -> str:
    """What the history calls those who work with this key: "official", or an agency's id. Raises `Forbidden`."""
    return "official" if caller.role == "official" else agency_of(caller)


@dataclass(frozen=True)
class Desk:
    """One caller's desk during one transaction."""

    session: Session
    rules: Rules
    caller: Caller
    now: datetime

    def queue(self, asked: views.Queue) -> views.Page:
        query = select(CASE).order_by(CASE.c.received_at.desc(), CASE.c.id.desc()).limit(asked.limit + 1)
        if self.caller.role == "agency":
            query = query.where(CASE.c.agency == agency_of(self.caller))
        if asked.status is not None:
            query = query.where(CASE.c.status == str(asked.status))
        if asked.cursor is not None:
            at, _, last = asked.cursor.partition("~")
            # As the number it is: not every number is a time.
            query = query.where(tuple_(type_coerce(CASE.c.received_at, BigInteger), CASE.c.id) < tuple_(int(at), last))
        rows = [Case(**row._mapping) for row in self.session.execute(query).all()]
        reports = [self._shown(row) for row in rows[: asked.limit]]
        more = len(rows) > asked.limit
        return views.Page(reports=reports, next=_next(asked, rows[asked.limit - 1]) if more else None)

    def report(self, id: str) -> views.ReportWithHistory:
        return self.view(self.case(id, lock=False))

    def case(self, id: str, *, lock: bool = True) -> Case:
        """The case, if it is this caller's to see; another agency's does not exist for them."""
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
        """That the caller decides something now."""
        return Decision(name_of(self.caller), self.now, reason)

    def refuse_repeat(
        self, case: Case, move: Move, decision: Decision, agency: str | None, text: str | None = None
    ) -> None:
        """Raise `MoveRefused` if this very thing was the last one done: its answer was lost, and it is asked again."""
        newest = select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number.desc()).limit(1)
        last = self.session.execute(newest).one_or_none()
        this = (move, decision.by, agency, text, decision.reason)
        if last is not None and (last.move, last.by, last.agency, last.text, last.reason) == this:
            raise MoveRefused("this was done already, in the same words")

    def need_agency(self, agency: str) -> None:
        """Raise `UnknownName` if there is no such agency today."""
        if not self.rules.exists(agency, self.now):
            raise UnknownName(f"there is no agency {agency!r} today")

    def need_category(self, code: str) -> str:
        """The category of this code. Raises `UnknownName`."""
        if code not in self.rules.region.categories:
            raise UnknownName(f"there is no category {code!r}")
        return code

    def need_place(self, code: str) -> str:
        """The place of this code. Raises `UnknownName`."""
        if code not in self.rules.region.places:
            raise UnknownName(f"there is no place {code!r}")
        return code

    def view(self, case: Case) -> views.ReportWithHistory:
        query = select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number)
        history = [
            views.ActionView(at=row.at, what=row.move, by=row.by, agency=row.agency, text=row.text, reason=row.reason)
            for row in self.session.execute(query).all()
        ]
        return views.ReportWithHistory(**dict(self._shown(case)), history=history)

    def _shown(self, case: Case) -> views.ReportView:
        return views.ReportView.model_validate(vars(case) | {"place": self.rules.public_place(case.place)})


def _next(asked: views.Queue, last: Case) -> str:
    status = f"status={asked.status}&" if asked.status else ""
    return f"/agency/v1/reports?{status}limit={asked.limit}&cursor={micros(last.received_at)}~{last.id}"
