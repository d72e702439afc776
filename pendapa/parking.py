"""What `pendapa parked` does: shows what the services keep parked, and keeps who decided what about it."""

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update

from kit import parked
from kit.bus.headers import unpack_headers
from kit.db import snapshot, transaction
from kit.parked import ACT, PARKED
from pendapa.fault import Fault
from pendapa.footing import Footing, ServiceName
from pendapa.replay import opened
from pendapa.screen import out


def show_all(service: ServiceName | None, footing: Footing, data: Path) -> None:
    """A line for each parked record of the service, or of all."""
    shown = 0
    for each in [service] if service else list(ServiceName):
        with opened(each, footing, data) as engine, snapshot(engine) as session:
            c = PARKED.c
            columns = (c.number, c.topic, c.partition, c.offset, c.report, c.reason, c.parked_at, c.again_at)
            for row in session.execute(select(*columns).order_by(c.number)):
                shown += 1
                about = f"report {row.report}" if row.report else "unreadable"
                again = ", to be tried again" if row.again_at else ""
                place = f"{row.topic}/{row.partition}@{row.offset}"
                line = f"{each} {row.number}  {row.parked_at:%Y-%m-%d %H:%M}Z  {place}  {about}: {row.reason}{again}"
                out.print(line, markup=False)
    if not shown:
        out.print("Nothing is parked")


def show(service: ServiceName, number: int, footing: Footing, data: Path) -> None:
    with opened(service, footing, data) as engine, snapshot(engine) as session:
        row = session.execute(select(PARKED).where(PARKED.c.number == number)).one_or_none()
        acts = session.execute(select(ACT).where(ACT.c.record == number).order_by(ACT.c.number)).all()
    if row is None and not acts:
        raise Fault(f"{service} has no parked record {number}; see: pendapa parked list", 1)
    if row is not None:
        _show_record(row)
    for act in acts:
        out.print(f"{act.at:%Y-%m-%d %H:%M}Z  {act.act} by {act.by}: {act.reason or 'no reason'}", markup=False)


def _show_record(row: Row[Any]) -> None:
    out.print(f"{row.topic}/{row.partition}@{row.offset}, parked {row.parked_at:%Y-%m-%d %H:%M}Z", markup=False)
    out.print(f"why: {row.reason}", markup=False)
    out.print(f"key: {bytes(row.key)!r}", markup=False)
    for name, value in unpack_headers(bytes(row.headers)):
        out.print(f"{name}: {value!r}", markup=False)
    out.print("")
    sys.stdout.flush()
    sys.stdout.buffer.write(bytes(row.value) + b"\n")
    sys.stdout.buffer.flush()


def resend(
    service: ServiceName, number: int | None, *, everything: bool, reason: str, footing: Footing, data: Path
) -> None:
    """Ask the service's worker to try again; it does so within seconds, or once it is started."""
    if (number is None) != everything:
        raise Fault("Give the number of one record, or --all")
    with opened(service, footing, data) as engine, transaction(engine) as session:
        wanted = select(PARKED.c.number, PARKED.c.report)
        rows = session.execute(wanted if number is None else wanted.where(PARKED.c.number == number)).all()
        if number is not None and not rows:
            raise Fault(f"{service} has no parked record {number}; see: pendapa parked list", 1)
        now = datetime.now(UTC)
        numbers = [row.number for row in rows]
        session.execute(update(PARKED).where(PARKED.c.number.in_(numbers)).values(again_at=now))
        parked.note(session, rows, "resend", _person(), reason, now)
    out.print(f"To be tried again by {service}: {len(rows)}")


def discard(service: ServiceName, number: int, reason: str, footing: Footing, data: Path) -> None:
    if not reason.strip():
        raise Fault("Say why with --reason: what is discarded is gone for good")
    with opened(service, footing, data) as engine, transaction(engine) as session:
        if not parked.discard(session, number, _person(), reason, datetime.now(UTC)):
            raise Fault(f"{service} has no parked record {number}; see: pendapa parked list", 1)
    out.print(f"Discarded by {_person()}: {service} {number}", markup=False)


def _person() -> str:
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
