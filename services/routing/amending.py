"""Words that a reporter adds to a report, and a report that its reporter wants out of public view."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from contracts.events import CaseAmended
from services.routing import cases, disclosure, feed, hiding, telling, urgent
from services.routing.cases import Decision, PublicWords
from services.routing.domain import DUE, PUBLIC, State
from services.routing.reading.read import Unread
from services.routing.receive import ReportReader
from services.routing.rules import Rules
from services.routing.tables import CASE, Case
from services.routing.wording import Phrase

HIDE_ASKED: Phrase = {"id": "disembunyikan atas permintaan pelapor", "en": "hidden at the reporter's request"}


def amend(session: Session, rules: Rules, reader: ReportReader, case: Case, decision: Decision, words: str) -> None:
    """Add words to the report, for officials and the agency; they restart the clock of silence.

    Of a public report the history tells of them, with the words, redacted, unless an official would have to look first.
    """
    words = words.replace("\0", "")
    closes_at = rules.silent_at(case.category, decision.at) if case.status == State.responded else None
    change: dict[str, object] = {"text": f"{case.text}\n\n{words}", "updated_at": decision.at}
    change |= {} if closes_at is None else {"wake_at": closes_at}
    session.execute(update(CASE).where(CASE.c.id == case.id).values(**change))
    _alarm(session, rules, reader, case, words, decision.at)
    public = disclosure.own_words(rules, case, words) if _is_public(rules, reader, case, words) else None
    cases.note(session, case, "amend", decision, text=words, public=PublicWords(text=public))
    if case.status in PUBLIC and not case.hidden:
        event = CaseAmended(time=decision.at, subject=case.subject, text=public, closes_at=closes_at)
        telling.publish(session, case, event)


def _alarm(session: Session, rules: Rules, reader: ReportReader, case: Case, words: str, at: datetime) -> None:
    """Tell the agency, or that which may get the report, of danger that only the added words tell of."""
    if case.urgent or case.status not in DUE:
        return
    reading = reader.reader.read(Unread(words, case.place, on=rules.region.day_of(at)))
    if not urgent.is_urgent(reading):
        return
    case.urgent, case.urgent_for = True, case.agency or urgent.agency_to_tell(reading)
    change = {"urgent": case.urgent, "urgent_for": case.urgent_for}
    session.execute(update(CASE).where(CASE.c.id == case.id).values(**change))
    alarm = urgent.alarm(case, Decision("machine", at, reading.urgency.reason))
    cases.insert_actions(session, [alarm.entry])
    feed.add(session, alarm.events)


def _is_public(rules: Rules, reader: ReportReader, case: Case, words: str) -> bool:
    seen = case.status in PUBLIC and not case.confidential and not case.hidden
    return seen and rules.category(case.category).verify == "auto" and reader.is_plain(words)


def hide(session: Session, rules: Rules, case: Case, at: datetime) -> None:
    """Take a report out of public view because its reporter wants that; one that is not public yet will be withheld."""
    reason = rules.say(HIDE_ASKED)
    hiding.hide(session, case, Decision("reporter", at, reason), reason)
