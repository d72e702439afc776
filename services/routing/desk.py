"""The work of agencies and officials: each sees what is theirs, and moves it by the domain's table."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, select, tuple_, type_coerce
from sqlmodel import Session

from contracts.events import CaseAcknowledged, CaseResponded, Closure
from kit import outbox
from kit.caller import Caller
from kit.db import micros
from kit.problems import Forbidden
from services.routing import cases, disclosure, views
from services.routing.cases import Act, Decided, MoveRefused, UnknownReport
from services.routing.domain import Assigned, Move
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
        return self._view(self._case(id, lock=False))

    def acknowledge(self, id: str) -> views.ReportWithHistory:
        case, act = self._case(id), self._act()
        cases.move(self.session, case, Move.acknowledge, act)
        agency = disclosure.public_agency(self.rules, case, agency_of(self.caller))
        event = CaseAcknowledged(time=self.now, subject=cases.subject(case), agency=agency)
        outbox.publish(self.session, event)
        return self._again(case)

    def respond(self, id: str, sent: views.Response) -> views.ReportWithHistory:
        case, act = self._case(id), self._act("acted" if sent.acted else "answered")
        self._refuse_repeat(case, Move.respond, act, case.agency, sent.text)
        silent_at = self.rules.silent_at(case.category, self.now)
        cases.move(self.session, case, Move.respond, act, text=sent.text, wake_at=silent_at)
        event = CaseResponded(
            time=self.now,
            subject=cases.subject(case),
            agency=disclosure.public_agency(self.rules, case, agency_of(self.caller)),
            text=disclosure.public_words(case, sent.text),
            acted=sent.acted,
        )
        outbox.publish(self.session, event)
        return self._again(case)

    def transfer(self, id: str, sent: views.Transfer) -> views.ReportWithHistory:
        case = self._case(id)
        self._need_agency(sent.agency)
        if sent.agency == case.agency:
            raise MoveRefused("the report is with this agency already")
        act = self._act(sent.reason)
        cases.give(self.session, self.rules, case, Move.transfer, Assigned(sent.agency, sent.reason), act)
        return self._again(case)

    def close(self, id: str, sent: views.Close) -> views.ReportWithHistory:
        case = self._case(id)
        cases.close(self.session, self.rules, case, Move.close, Closure(sent.closure), self._act(), sent.text)
        return self._again(case)

    def verify(self, id: str, sent: views.Verify) -> views.ReportWithHistory:
        case = self._case(id)
        category = case.category if sent.category is None else self._need_category(sent.category)
        place = case.place if sent.place is None else self._need_place(sent.place)
        # A category that an official chose brings its secrecy, unless the same official says otherwise.
        secret = case.confidential or (sent.category is not None and self.rules.category(category).sensitive)
        decided = Decided(category, place, secret if sent.confidential is None else sent.confidential)
        cases.verify(self.session, self.rules, case, decided, self._act())
        return self._again(case)

    def hold(self, id: str, sent: views.Hold) -> views.ReportWithHistory:
        case, act = self._case(id), self._act(sent.reason)
        due_at = case.due_at or self.rules.verify_by(case.category, self.now)
        wake_at = case.wake_at if case.escalated_at else due_at
        cases.move(self.session, case, Move.hold, act, held_reason=sent.reason, due_at=due_at, wake_at=wake_at)
        return self._again(case)

    def reject(self, id: str, sent: views.Reject) -> views.ReportWithHistory:
        case = self._case(id)
        cases.reject(self.session, self.rules, case, Move.reject, self._act(sent.reason))
        return self._again(case)

    def dispose(self, id: str, sent: views.Dispose) -> views.ReportWithHistory:
        case = self._case(id)
        self._need_agency(sent.agency)
        category = case.category if sent.category is None else self._need_category(sent.category)
        act = self._act(sent.reason)
        if category == case.category:
            self._refuse_repeat(case, Move.dispose, act, sent.agency)
        cases.give(self.session, self.rules, case, Move.dispose, Assigned(sent.agency, sent.reason), act, category)
        return self._again(case)

    def hide(self, id: str, sent: views.Hide) -> views.ReportWithHistory:
        case, act = self._case(id), self._act(sent.reason)
        if case.hidden:
            raise MoveRefused("the report is hidden already")
        cases.hide(self.session, self.rules, case, act, sent.reason)
        return self._again(case)

    def _case(self, id: str, *, lock: bool = True) -> Case:
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

    def _act(self, reason: str | None = None) -> Act:
        return Act(name_of(self.caller), self.now, reason)

    def _refuse_repeat(self, case: Case, move: Move, act: Act, agency: str | None, text: str | None = None) -> None:
        """Raise `MoveRefused` if this very thing was the last one done: its answer was lost, and it is asked again."""
        newest = select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number.desc()).limit(1)
        last = self.session.execute(newest).one_or_none()
        this = (move, act.by, agency, text, act.reason)
        if last is not None and (last.move, last.by, last.agency, last.text, last.reason) == this:
            raise MoveRefused("this was done already, in the same words")

    def _need_agency(self, agency: str) -> None:
        if not self.rules.exists(agency, self.now):
            raise UnknownName(f"there is no agency {agency!r} today")

    def _need_category(self, code: str) -> str:
        if code not in self.rules.region.categories:
            raise UnknownName(f"there is no category {code!r}")
        return code

    def _need_place(self, code: str) -> str:
        if code not in self.rules.region.places:
            raise UnknownName(f"there is no place {code!r}")
        return code

    def _again(self, case: Case) -> views.ReportWithHistory:
        return self._view(cases.find(self.session, case.id))

    def _view(self, case: Case) -> views.ReportWithHistory:
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
