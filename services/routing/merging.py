"""Merges a report into another one about the same matter, and takes that back. Only an official does either.

The merged report ends as a duplicate; the main one goes on for both. What was never public, or is withheld, stays so:
no public word then tells which report it was merged into, and it is not counted.
"""

from sqlalchemy import update
from sqlmodel import Session

from contracts.events import CaseMerged, CaseSplit, Closure
from kit import outbox
from services.routing import cases, disclosure, telling
from services.routing.cases import CaseChange, Decision, PublicWords
from services.routing.domain import PUBLIC, Move, NotAllowed
from services.routing.rules import Rules
from services.routing.tables import CASE, Case
from services.routing.wording import Phrase

MERGED: Phrase = {"id": "digabung dengan laporan lain tentang hal yang sama", "en": "merged with another report of it"}
SPLIT: Phrase = {"id": "dipisahkan lagi dari laporan lain", "en": "split from another report again"}
RECOUNT = "recount"
"""The entry in a main report's history when another one was merged into it, or split from it."""


def may_be_merged(case: Case) -> NotAllowed | None:
    """What is against merging this report into any other one."""
    if case.merged_count:
        return NotAllowed("other reports were merged into this one: merge it the other way, or split them first")
    return None


def may_take(main: Case, case: Case) -> NotAllowed | None:
    """What is against merging the `case` into this `main` report."""
    if main.id == case.id:
        return NotAllowed("a report cannot be merged into itself")
    if main.duplicate_of is not None:
        return NotAllowed(f"that report was itself merged into {main.duplicate_of}: merge into that one")
    if main.status not in PUBLIC:
        return NotAllowed(f"that report is {main.status}: only into a public one can another be merged")
    if main.closure == Closure.withdrawn:
        return NotAllowed("that report was taken back by its reporter: nobody acts on it, so reopen it first")
    if telling.is_shown(case) and not telling.is_shown(main):
        return NotAllowed("that report is withheld, and the words of this one, which are public, would tell of it")
    return None


def merge(session: Session, rules: Rules, case: Case, main: Case, decision: Decision) -> None:
    """Merge the `case` into the `main` report; both are locked, and `may_take` has nothing against it."""
    was_public = case.status in PUBLIC
    reason = _said(rules, case, decision, MERGED)
    end: CaseChange = {
        "closure": str(Closure.duplicate),
        "closed_at": decision.at,
        "wake_at": None,
        "duplicate_of": main.id,
    }
    public = PublicWords(reason=reason) if was_public else cases.NOTHING
    cases.move(session, case, Move.merge, decision, public=public, **end)
    main = _count(session, main, 1, decision)
    event = CaseMerged(
        time=decision.at,
        subject=case.subject,
        duplicate_of=main.subject if telling.may_be_linked(case, main) else None,
        agency=disclosure.public_agency(rules, case, case.agency) if was_public and case.agency else None,
        reason=reason,
        received_at=None if was_public else case.received_at,
    )
    outbox.publish(session, event, telling.stands(session, main, case, decision.at))


def split(session: Session, rules: Rules, case: Case, main: Case, decision: Decision) -> None:
    """Take the merge of the `case` into the `main` report back; both are locked. Its clock starts anew."""
    was_public = case.status in PUBLIC
    reason = _said(rules, case, decision, SPLIT)
    agency = case.agency
    if was_public:
        agency, clock = agency or rules.region.coordinator, rules.respond_by(case.category, decision.at)
    else:
        clock = rules.verify_by(case.category, decision.at)
        if case.elsewhere is not None:  # history waits for the desk without a clock
            clock["wake_at"] = None
    back: CaseChange = {
        "agency": agency,
        "closure": None,
        "closed_at": None,
        "duplicate_of": None,
        "escalated_at": None,
        "due_at": clock["due_at"],
        "wake_at": clock["wake_at"],
        "clock_from": clock["clock_from"],
        "clock_days": clock["clock_days"],
        "clock_due": clock["clock_due"],
    }
    public = PublicWords(reason=reason) if was_public else cases.NOTHING
    cases.move(session, case, Move.split_off, decision, public=public, **back)
    _count(session, main, -1, decision)
    event = CaseSplit(
        time=decision.at,
        subject=case.subject,
        agency=disclosure.public_agency(rules, case, agency) if was_public and agency else None,
        reason=reason,
        due_at=clock["due_at"] if was_public else None,
        received_at=None if was_public else case.received_at,
    )
    outbox.publish(session, event)


def _count(session: Session, main: Case, more: int, decision: Decision) -> Case:
    """The main report after that many more were merged into it; its agency is told by an event."""
    main = main.copy()
    main.merged_count = (main.merged_count or 0) + more or None
    main.updated_at = max(main.updated_at, decision.at)
    changed = {"merged_count": main.merged_count, "updated_at": main.updated_at}
    session.execute(update(CASE).where(CASE.c.id == main.id).values(**changed))
    cases.note(session, main, RECOUNT, decision)
    return main


def _said(rules: Rules, case: Case, decision: Decision, instead: Phrase) -> str:
    """The reason as the public, or the reporter of a report that was never public, reads it."""
    phrase = rules.say(instead)
    if decision.reason is None or case.status not in PUBLIC:
        return phrase
    return disclosure.said(rules, case, decision.reason, phrase)
