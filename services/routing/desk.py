"""The reports that an agency or an official may see. Their acts are in `actions/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from kit.caller import Caller
from kit.problems import Forbidden
from services.routing import cases, holding, queue, references, views
from services.routing.cases import Decision, MoveRefused, UnknownReport
from services.routing.domain import Move
from services.routing.queue_views import Counts, Queue, QueueFilter
from services.routing.rules import Rules
from services.routing.tables import ACTION, Case


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

    def queue(self, asked: Queue) -> views.Page:
        page = queue.find_page(self.session, self.rules, self._agency(), self.now, asked)
        known = references.of_reports(self.session, {case.id for case in page.cases})
        return views.Page(reports=[self._report_view(case, known) for case in page.cases], next=page.next)

    def counts(self, asked: QueueFilter) -> Counts:
        return queue.count(self.session, self.rules, self._agency(), self.now, asked)

    def _agency(self) -> str | None:
        """The agency whose reports these are; null for the official, who sees all."""
        return None if self.caller.role == "official" else agency_of(self.caller)

    def refer(self, id: str, reference: str | None) -> views.ReportWithHistory:
        """Set or clear the agency's own reference of the report."""
        case = self.case(id)
        references.write(self.session, case.id, agency_of(self.caller), reference)
        return self.view(case)

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
            views.ActionView(at=row.at, what=row.move, by=row.by, agency=row.agency, text=row.text, reason=row.reason)
            for row in self.session.execute(query).all()
        ]
        known = references.of_reports(self.session, [case.id])
        return views.ReportWithHistory(**dict(self._report_view(case, known)), history=history)

    def _report_view(self, case: Case, known: Mapping[tuple[str, str], str]) -> views.ReportView:
        """`known`: the references of the report, at least."""
        made = {
            "place": self.rules.public_place(case.place),
            "held_because": holding.reasons(case),
            "due_at": case.next_due_at,
            "closes_at": case.closes_at,
            "reference": known.get((case.id, self._agency() or case.agency or "")),
        }
        return views.ReportView.model_validate(vars(case) | made)
