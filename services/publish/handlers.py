"""Applies the events of `cases`, a batch at a time, to public records, their answers, the counts and the log."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from contracts.events import AnyEvent, CaseHidden, CaseMerged, CaseOpened, CaseRejected, CaseSplit, CaseTold
from contracts.region import Region
from services.publish.log import leaves
from services.publish.log.checkpoint import Signer
from services.publish.record import answers, entries, facts, store, touches
from services.publish.record import events as public_events
from services.publish.record.facts import OutOfOrder, Record, Step
from services.publish.record.tally import Tally
from services.publish.releases import withdrawal


@dataclass
class _Report:
    """One report while a batch of events is applied to it."""

    id: str
    stored: store.Stored | None
    hidden: bool
    """Whether an event of this batch, or of an earlier one, hid it."""
    early: bool = False
    """Whether it was hidden before its opening was handled: a hiding does not wait for earlier events."""
    record: Record | None = None
    hidden_by: Step | None = None
    duplicates: set[str] = field(default_factory=set)
    """Of a report that this batch opens: those that were merged into it before, by earlier batches."""
    leaves: list[int] = field(default_factory=list)


def publish(session: Session, events: Sequence[AnyEvent], *, region: Region, signer: Signer, now: datetime) -> None:
    """Write all that these events make public, in one transaction; `now` is the time of the log's new leaves.

    Raises `OutOfOrder` if an event cannot follow the earlier events of its report.
    """
    tally = Tally(region.zone)
    # The lock first: what another writer commits from here on is neither overlooked nor told as complete.
    state = leaves.lock(session, now, signer)
    moment = _Moment(now, state.as_of)
    reports = _load(session, events)
    public = [fact for event in events for fact in _facts(reports, event, tally, moment)]
    for leaf in leaves.append(session, public, now, signer):
        reports[leaf.report].leaves.append(leaf.index)
        if leaf.erased:
            withdrawal.withdraw(session, min(leaf.erased), now, withdrawal.REASON if leaf.hides else withdrawal.ERASED)
    _write(session, reports.values(), region)
    tally.write(session)
    if not public:
        leaves.bump(session, now, signer)
    touches.note(session, state.version, _touched(reports.values()), region)


def _touched(reports: Collection[_Report]) -> Iterator[Record]:
    """The changed records, as they were and as they are."""
    for report in reports:
        before = report.stored.record if report.stored else None
        if report.record is not before:
            yield from filter(None, (before, report.record))


class _Moment(NamedTuple):
    """When a batch is written, and the log's `as_of`: no record may get an earlier `updated_at`."""

    now: datetime
    as_of: datetime


def _load(session: Session, events: Sequence[AnyEvent]) -> dict[str, _Report]:
    """The reports of these events, and the main ones that they are merged into."""
    merged = [str(event.duplicate_of) for event in events if isinstance(event, CaseMerged) and event.duplicate_of]
    reports = _load_all(session, dict.fromkeys([*(event.report for event in events), *merged]))
    mains = {main for report in reports.values() if (main := _main(report.record)) is not None}
    reports |= _load_all(session, sorted(mains - reports.keys()))
    opened = [event.report for event in events if isinstance(event, CaseOpened)]
    for id, duplicates in store.duplicates(session, opened).items():
        reports[id].duplicates = duplicates
    return reports


def _load_all(session: Session, of: Iterable[str]) -> dict[str, _Report]:
    ids = list(of)
    stored, hidden = store.load(session, ids), store.hidden(session, ids)
    early = hidden - leaves.with_leaves(session, hidden)
    return {id: _report(id, stored.get(id), hidden=id in hidden, early=id in early) for id in ids}


def _report(id: str, stored: store.Stored | None, *, hidden: bool, early: bool) -> _Report:
    record, leaves = (stored.record, list(stored.leaves)) if stored else (None, [])
    return _Report(id, stored, hidden, early, record, leaves=leaves)


def _facts(reports: Mapping[str, _Report], event: AnyEvent, tally: Tally, moment: _Moment) -> Iterator[leaves.NewFact]:
    """What becomes public by an event: a fact about its report, and about a main one whose count changes by it."""
    report = reports[event.report]
    before = report.record
    if (fact := _follow(report, event, tally, moment)) is not None:
        yield fact
    main, was = _main(report.record), _main(before)
    if main != was:
        for id, more in ((was, -1), (main, 1)):
            if id is not None and (recounted := reports[id]).record is not None:
                yield _recount(recounted, more, event.time, moment)
    if isinstance(event, CaseOpened) and before is None:
        yield from _count_early(reports, report, event.time, moment)


def _count_early(
    reports: Mapping[str, _Report], report: _Report, at: datetime, moment: _Moment
) -> Iterator[leaves.NewFact]:
    """Count what was merged into a report before its opening came: events of two reports have no order."""
    merged = {each.id for each in reports.values() if _main(each.record) == report.id}
    early = (report.duplicates - reports.keys()) | merged
    if early and report.record is not None:
        yield _recount(report, len(early), at, moment)


def _recount(main: _Report, more: int, at: datetime, moment: _Moment) -> leaves.NewFact:
    before = main.record
    if before is None:
        raise TypeError("a report that is not public is not counted")
    change = public_events.recounted(before, public_events.milliseconds(at), more)
    changed = facts.apply(before, change, public_events.SHOWN, public_events.milliseconds(moment.now))
    return _commit(main, before, changed, moment)


def _main(record: Record | None) -> str | None:
    """The report that this one is merged into."""
    return None if record is None else record.word("duplicate_of")


def _follow(report: _Report, event: AnyEvent, tally: Tally, moment: _Moment) -> leaves.NewFact | None:
    """Apply one event to `report`; return the fact that becomes public by it, or null."""
    if isinstance(event, CaseOpened | CaseRejected):
        if report.record is not None or (report.hidden and not report.early):
            raise OutOfOrder("the report was opened before")
        return _begin(report, event, tally, moment)
    if isinstance(event, CaseTold):
        return None  # for the reporter alone
    if isinstance(event, CaseMerged | CaseSplit) and event.received_at is not None:
        tally.reject(event.received_at, 1 if isinstance(event, CaseMerged) else -1)
        return None
    if report.hidden:
        return None  # later events of a hidden report are not public
    before = report.record
    if isinstance(event, CaseHidden):
        return _hide(report, event, before, tally)
    if before is None:
        raise OutOfOrder("the report was never opened")
    change = public_events.change(event)
    changed = facts.apply(before, change, public_events.SHOWN, public_events.milliseconds(moment.now))
    report.record = answers.renumber(changed)
    tally.move(before, report.record)
    return _commit(report, before, report.record, moment)


def _begin(report: _Report, event: CaseOpened | CaseRejected, tally: Tally, moment: _Moment) -> leaves.NewFact | None:
    if isinstance(event, CaseRejected):
        tally.reject(event.received_at)
        return None
    record = facts.open_record(*public_events.opened(event), public_events.SHOWN)
    tally.move(None, record)
    if report.early:  # it was never public: it is counted as hidden, and no more
        report.early = False
        tally.hide(record)
        return None
    return _commit(report, None, record, moment)


def _hide(report: _Report, event: CaseHidden, before: Record | None, tally: Tally) -> leaves.LogHiding | None:
    step = public_events.hiding(event)
    report.record, report.hidden, report.hidden_by, report.early = None, True, step, before is None
    if before is None:
        return None
    tally.hide(before)
    return entries.hide(report.id, step)


def _commit(report: _Report, before: Record | None, record: Record, moment: _Moment) -> leaves.NewFact:
    record = facts.not_before(record, moment.as_of, public_events.milliseconds(moment.now))
    report.record, fact = entries.commit_to(record, before)
    return fact


def _write(session: Session, reports: Collection[_Report], region: Region) -> None:
    gone = [report for report in reports if report.hidden_by is not None]
    store.take_out(session, [report.stored for report in gone if report.stored is not None])
    store.note_hidden(session, [(r.id, r.hidden_by.at, r.hidden_by.word("reason") or "") for r in gone if r.hidden_by])
    changed = [
        store.WrittenRecord(report.stored.number if report.stored else None, report.record, report.leaves)
        for report in reports
        if report.record is not None and (report.stored is None or report.record is not report.stored.record)
    ]
    store.write(session, changed, region)
