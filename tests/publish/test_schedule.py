"""One schedule serves a worker for as long as it runs: each of its ticks may start work."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from contracts.events import CaseHidden
from kit.db import snapshot, transaction
from services.publish.releases.schedule import Schedule
from services.publish.tables import RELEASE
from tests.publish.conftest import NOW, Desk


def test_a_schedule_cuts_again_after_each_hiding(desk: Desk, tmp_path: Path) -> None:
    schedule = Schedule(desk.engine, f"file://{tmp_path}", desk.signer, desk.region, timedelta(days=1))
    for number in (1, 2, 3):
        report = desk.open(f"Jalan rusak {number}")
        with transaction(desk.engine) as session:
            schedule.release_when_due(session, NOW)
        schedule.join()
        with snapshot(desk.engine) as session:
            assert session.scalar(select(RELEASE.c.number).where(RELEASE.c.withdrawn_at.is_(None))) == number
        desk.publish(CaseHidden(time=NOW, subject=report, reason="names a child"))
