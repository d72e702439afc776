"""Applies the events of `cases`, a batch at a time, to the open record, its faces, its counts and the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from contracts.events import AnyEvent, CaseHidden, CaseOpened, CaseRejected
from contracts.region import Region
from services.publish import changes, domain, log, rendering, store
from services.publish.checkpoint import Signer
from services.publish.domain import OutOfOrder, Record, Step
from services.publish.tally import Tally


@dataclass
class _Report:
    """One report as a batch moves through it."""

    id: str
    stored: store.Stored | None
    hidden: bool
    """Before this batch, or in it."""
    early: bool = False
    """Hidden, and its opening has not come yet: a hiding waits behind no other event."""
    record: Record | None = None
    hidden_by: Step | None = None
    leaves: list[int] = field(default_factory=list)


def publish(session: Session, events: Sequence[AnyEvent], *, region: Region, signer: Signer, now: datetime) -> None:
    """Everything these events make public, in one go; `now` is when the log takes it in.

    Raises `OutOfOrder` if an event cannot follow what is known of its report.
    """
    tally = Tally(region.zone)
    reports = _load(session, events)
    facts = [fact for event in events if (fact := _follow(reports[event.report], event, tally)) is not None]
    for leaf in log.append(session, facts, now, signer):
        reports[leaf.report].leaves.append(leaf.index)
    _write(session, reports.values(), region)
    tally.write(session)
    if not facts:
        log.bump(session, now, signer)


def _load(session: Session, events: Sequence[AnyEvent]) -> dict[str, _Report]:
    ids = list(dict.fromkeys(event.report for event in events))
    stored, hidden = store.load(session, ids), store.hidden(session, ids)
    early = hidden - log.known(session, hidden)
    return {id: _report(id, stored.get(id), hidden=id in hidden, early=id in early) for id in ids}


def _report(id: str, stored: store.Stored | None, *, hidden: bool, early: bool) -> _Report:
    record, leaves = (stored.record, list(stored.leaves)) if stored else (None, [])
    return _Report(id, stored, hidden, early, record, leaves=leaves)


def _follow(report: _Report, event: AnyEvent, tally: Tally) -> log.Fact | log.Hide | None:
    """Move `report` on by one event; the fact that this makes public, if any."""
    if isinstance(event, CaseOpened | CaseRejected):
        if report.record is not None or (report.hidden and not report.early):
            raise OutOfOrder("the report was opened before")
        return _begin(report, event, tally)
    if report.hidden:
        return None  # what goes on behind the curtain is not public
    before = report.record
    if isinstance(event, CaseHidden):
        return _hide(report, event, before, tally)
    if before is None:
        raise OutOfOrder("the report was never opened")
    report.record = domain.apply(before, changes.change(event))
    tally.move(before, report.record)
    return _fact(report.record)


def _begin(report: _Report, event: CaseOpened | CaseRejected, tally: Tally) -> log.Fact | None:
    if isinstance(event, CaseRejected):
        tally.reject(event.received_at)
        return None
    record = domain.open_record(*changes.opened(event))
    tally.move(None, record)
    if report.early:  # it is counted, and nothing else: it never was public
        report.early = False
        tally.hide(record)
        return None
    report.record = record
    return _fact(record)


def _hide(report: _Report, event: CaseHidden, before: Record | None, tally: Tally) -> log.Hide | None:
    step = changes.hiding(event)
    report.record, report.hidden, report.hidden_by, report.early = None, True, step, before is None
    if before is None:
        return None
    tally.hide(before)
    return log.Hide(report.id, step.at, step.reason or "")


def _fact(record: Record) -> log.Fact:
    step = record.history[-1]
    doc = rendering.document(record)
    entry = log.entry(record.id, step.at, step.what, agency=step.agency, text=step.text, reason=step.reason, record=doc)
    return log.Fact(record.id, entry)


def _write(session: Session, reports: Collection[_Report], region: Region) -> None:
    gone = [report for report in reports if report.hidden_by is not None]
    store.take_out(session, [report.stored for report in gone if report.stored is not None])
    store.note_hidden(session, [(r.id, r.hidden_by.at, r.hidden_by.reason or "") for r in gone if r.hidden_by])
    changed = [
        store.Written(report.stored.number if report.stored else None, report.record, report.leaves)
        for report in reports
        if report.record is not None and (report.stored is None or report.record is not report.stored.record)
    ]
    store.write(session, changed, region)
