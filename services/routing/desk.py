"""The reports that an agency or an official may see. Their acts are in `actions/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from contracts import ids
from kit.caller import Caller
from kit.problems import Forbidden
from services.routing import (
    answers,
    cases,
    duplicates,
    holding,
    queue,
    readings,
    references,
    telling,
    transfers,
    urgent,
    views,
)
from services.routing.cases import Decision, MoveRefused, UnknownReport
from services.routing.history import told
from services.routing.place_candidates import place_candidates
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
        """Set or clear the agency's own reference of the report; also of one that it gave away and goes on reading."""
        case = self._readable(id, lock=True)
        references.write(self.session, case.id, agency_of(self.caller), reference)
        return self.view(case)

    def report(self, id: str) -> views.ReportWithHistory:
        """The report, with those that may be about the same."""
        case = self._readable(id, lock=False)
        found = duplicates.find(self.session, self.rules, case, self._agency())
        return self.view(case).model_copy(update={"duplicates": found})

    def case(self, id: str) -> Case:
        """The case, locked, if the caller may act on it. Raises `UnknownReport`, also for the report of another agency.

        Raises `MoveRefused` if the caller gave it away, and may only read it.
        """
        case = self._readable(id, lock=True)
        if not self._has(case):
            raise MoveRefused("this agency gave the report away: it can be read, and only who has it now acts on it")
        return case

    def _readable(self, id: str, *, lock: bool) -> Case:
        """The case, if the caller has it, or gave it away."""
        kept = ids.canonical(id)
        if kept is None:
            raise UnknownReport("There is no report with this id")
        case = cases.find(self.session, kept, lock=lock)
        if not self._has(case) and not self._goes_on_reading(case):
            raise UnknownReport("There is no report with this id")
        return case

    def _goes_on_reading(self, case: Case) -> bool:
        """Whether the caller's agency gave the case away, was told of its danger, or has the main report of it."""
        agency = agency_of(self.caller)
        if urgent.may_read(case, agency) or agency in transfers.former(self.session, case.id):
            return True
        return case.duplicate_of is not None and self._has(cases.find(self.session, case.duplicate_of, lock=False))

    def _has(self, case: Case) -> bool:
        """Whether the case is the caller's agency's; any is an official's."""
        return self.caller.role == "official" or case.agency == agency_of(self.caller)

    def decision(self, reason: str | None = None) -> Decision:
        """A decision of the caller, made now."""
        return Decision(name_of(self.caller), self.now, reason)

    def need_agency(self, agency: str) -> None:
        """Raise `UnknownName` if there is no such agency today."""
        if not self.rules.exists(agency, self.now):
            raise UnknownName(f"there is no agency {agency!r} today; see /v1/agencies")

    def need_category(self, code: str) -> str:
        """The category of this code. Raises `UnknownName`, also for one that has ended."""
        if not self.rules.offers(code, self.now):
            raise UnknownName(f"there is no category {code!r} today; see /v1/categories")
        return code

    def need_place(self, code: str) -> str:
        """The place of this code. Raises `UnknownName`."""
        if code not in self.rules.region.places:
            raise UnknownName(f"there is no place {code!r}; see /v1/places")
        return code

    def view(self, case: Case) -> views.ReportWithHistory:
        query = select(ACTION).where(ACTION.c.report == case.id).order_by(ACTION.c.number)
        rows = self.session.execute(query).all()
        history = [told(case, row, answer) for answer, row in answers.numbered(rows)]
        known = references.of_reports(self.session, [case.id])
        merged = telling.merged_into(self.session, case.id) if case.merged_count and self._has(case) else []
        return views.ReportWithHistory(
            **dict(self._report_view(case, known)),
            history=history,
            merged=[each.id for each in merged[: views.MOST_MERGED]],
        )

    def _report_view(self, case: Case, known: Mapping[tuple[str, str], str]) -> views.ReportView:
        """`known`: the references of the report, at least."""
        places = {name: self.rules.public_place(getattr(case, name)) for name in ("place", "place_other")}
        because = holding.reasons(case)
        made = {
            **places,
            "place_candidates": place_candidates(case, self.rules),
            "held_because": because,
            "reading": readings.view(case, because) if self.caller.role == "official" else None,
            "due_at": case.next_due_at,
            "closes_at": case.closes_at,
            "reference": known.get((case.id, self._agency() or case.agency or "")),
            "merged_count": case.merged_count or 0,
            "repeats": case.repeats if self.caller.role == "official" else None,
        }
        return views.ReportView.model_validate(vars(case) | made)
