"""Events that wait: for a version that knows them, for an event before them, or behind another one of their report."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, delete, func, select, update
from sqlmodel import Session

from contracts.events import AnyEvent
from kit import inbox
from kit.bus import BusRecord
from kit.bus.headers import pack_headers, unpack_headers
from kit.db import KIT, ROW_NUMBER, Instant
from kit.reading import Read, read_one
from kit.rows import among, insert_missing

WAITING = Table(
    "waiting",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("report", String(36), nullable=False, index=True),
    Column("topic", String(64), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("handled", Boolean, nullable=False),  # at once: only what follows it waits for what was before it
    Column("kept_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

BEHIND = "waits behind an earlier event of its report"
MISSING = "an earlier event of a report is missing"
UNKNOWN = "this version does not know "


class _Kept(NamedTuple):
    """A row of the table, read by this version."""

    number: int
    reading: Read
    reason: str
    handled: bool


def keep(session: Session, reading: Read, reason: str, now: datetime, *, handled: bool = False) -> None:
    """Keep a claimed event, to be taken up after what is before it. `handled`: it was, and only holds its place.

    One that is kept already, and comes again after its claim was forgotten, is kept once.
    """
    record = reading.record
    row = {
        "id": reading.id,
        "report": reading.report,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "headers": pack_headers(record.headers),
        "key": record.key,
        "value": record.value,
        "reason": reason[:500],
        "handled": handled,
        "kept_at": now,
    }
    insert_missing(session, WAITING, [row], "id")


def reports(session: Session, among_these: Sequence[str] | None = None) -> list[str]:
    """The reports that have something waiting, those that began to wait first coming first."""
    wanted = select(WAITING.c.report).group_by(WAITING.c.report).order_by(func.min(WAITING.c.number))
    if among_these is not None:
        wanted = wanted.where(among(session, WAITING.c.report, among_these))
    return list(session.scalars(wanted))


def take_up(session: Session, reports: Collection[str], taken: dict[str, int]) -> list[AnyEvent]:
    """Remove what can be handled now and return it, each report's in order; `taken` is moved on with it.

    A report's events stop at the first that this version does not know, or whose predecessor is missing.
    """
    if not reports:
        return []
    kept = _load(session, reports)
    before = [each.reading.after for each in kept if each.reading.after is not None]
    claimed = inbox.claimed(session, set(before))
    events: list[AnyEvent] = []
    gone: list[int] = []
    for queue in _queues(kept):
        for each in queue:
            reason = why_not(each.reading, taken, claimed)
            if reason is not None:
                _say_why(session, each, reason)
                break
            if not each.handled and each.reading.event is not None:
                events.append(each.reading.event)
            move_on(each.reading, taken)
            gone.append(each.number)
    session.execute(delete(WAITING).where(among(session, WAITING.c.number, gone)))
    return events


def why_not(reading: Read, taken: dict[str, int], claimed: Collection[str]) -> str | None:
    """Why an event with nothing waiting before it must wait, if it must. `claimed`: of the events before others."""
    if reading.event is None:
        return UNKNOWN + reading.unknown
    after = reading.after
    # Numbers tell it for ever; claims tell it of what a process of the first version handled, which noted no numbers.
    if after is not None and taken.get(reading.report, 0) < reading.seq - 1 and after not in claimed:
        return MISSING
    return None


def move_on(reading: Read, taken: dict[str, int]) -> None:
    """Note in `taken` that the event was handled."""
    if reading.seq > taken.get(reading.report, 0):
        taken[reading.report] = reading.seq


def put_back(session: Session, records: Iterable[BusRecord], now: datetime) -> None:
    """Keep again what was parked, in its order."""
    for record in records:
        keep(session, read_one(record), BEHIND, now)


def remove(session: Session, report: str) -> list[Read]:
    """Remove all that waits of a report, in order, except what was handled already."""
    [queue] = _queues(_load(session, [report])) or [[]]
    session.execute(delete(WAITING).where(WAITING.c.report == report))
    return [each.reading for each in queue if not each.handled]


def count(session: Session) -> int:
    """How many events wait."""
    return session.scalar(select(func.count()).select_from(WAITING).where(WAITING.c.handled.is_(False))) or 0


def reasons(session: Session) -> list[str]:
    """Why events wait: those that hold up others, and not why others wait behind them."""
    wanted = select(WAITING.c.reason).where(WAITING.c.reason != BEHIND).distinct().order_by(WAITING.c.reason)
    return list(session.scalars(wanted))


def _load(session: Session, reports: Collection[str]) -> list[_Kept]:
    c = WAITING.c
    columns = (c.number, c.reason, c.handled, c.topic, c.partition, c.offset, c.key, c.headers, c.value)
    wanted = select(*columns).where(among(session, c.report, list(reports))).order_by(c.number)
    # Locked: another process may take up the same ones, and whoever comes second must find them gone.
    return [
        _Kept(number, read_one(BusRecord(t, p, o, bytes(k), unpack_headers(bytes(h)), bytes(v))), reason, handled)
        for number, reason, handled, t, p, o, k, h, v in session.execute(wanted.with_for_update())
    ]


def _queues(kept: Sequence[_Kept]) -> list[list[_Kept]]:
    """Each report's events in the order of their numbers; one without a number after those that came before it."""
    queues: dict[str, list[tuple[int, int, _Kept]]] = defaultdict(list)
    for each in kept:
        queue = queues[each.reading.report]
        seq = each.reading.seq or max((seq for seq, _, _ in queue), default=0)
        queue.append((seq, each.number, each))
    return [[each for _, _, each in sorted(queue, key=lambda item: item[:2])] for queue in queues.values()]


def _say_why(session: Session, kept: _Kept, reason: str) -> None:
    if kept.reason != reason:
        session.execute(update(WAITING).where(WAITING.c.number == kept.number).values(reason=reason))
