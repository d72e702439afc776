"""One schedule serves a worker for as long as it runs: each of its ticks may start work."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from contracts.events import CaseHidden
from kit.clock import CheckedClock
from kit.db import snapshot, transaction
from services.publish.releases import cut
from services.publish.releases.files import Files
from services.publish.releases.schedule import Schedule
from services.publish.tables import RELEASE
from tests.publish.conftest import NOW, Desk, opened


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


def is_due(desk: Desk, now: datetime, *, timed: bool = True) -> bool:
    with snapshot(desk.engine) as session:
        return cut.is_due(session, timedelta(days=1), now, timed=timed)


def test_the_next_release_is_timed_by_the_newest_change_in_the_last_one(desk: Desk, tmp_path: Path) -> None:
    desk.open()
    made = NOW + timedelta(days=60)  # by a clock that was wrong for a moment
    cut.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, made)
    desk.publish(opened(), now=NOW + timedelta(hours=1))
    assert not is_due(desk, NOW + timedelta(hours=23))
    assert is_due(desk, NOW + timedelta(days=1))


def test_a_release_whose_newest_change_is_in_the_future_keeps_no_other_away(desk: Desk, tmp_path: Path) -> None:
    future = NOW + timedelta(days=60)
    desk.publish(opened(), now=future)
    cut.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, future)
    assert not is_due(desk, NOW), "nothing is new"
    desk.publish(opened(), now=NOW)
    assert is_due(desk, NOW)
    cut.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, NOW)
    desk.publish(opened(), now=NOW)
    assert not is_due(desk, NOW + timedelta(hours=1))


def test_a_release_of_the_version_before_is_timed_by_when_it_was_made(desk: Desk, tmp_path: Path) -> None:
    desk.open()
    cut.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, NOW + timedelta(hours=5))
    desk.publish(opened(), now=NOW)
    with transaction(desk.engine) as session:
        session.execute(update(RELEASE).values(changed_at=None))
    assert not is_due(desk, NOW + timedelta(hours=28))
    assert is_due(desk, NOW + timedelta(hours=29))


def test_no_release_is_cut_by_a_clock_in_doubt_unless_a_hiding_asks_for_it(desk: Desk, tmp_path: Path) -> None:
    wall = [NOW]
    clock = CheckedClock(lambda: wall[0], lambda: timedelta(hours=1), "boot")
    schedule = Schedule(desk.engine, f"file://{tmp_path}", desk.signer, desk.region, timedelta(days=1), clock)

    def numbers() -> list[int]:
        with transaction(desk.engine) as session:
            schedule.release_when_due(session, clock.now())
        schedule.join()
        with snapshot(desk.engine) as session:
            return list(session.scalars(select(RELEASE.c.number).order_by(RELEASE.c.number)))

    report = desk.open()
    assert numbers() == [1]
    desk.open()
    wall[0] += timedelta(days=60)
    assert numbers() == [1]
    desk.publish(CaseHidden(time=NOW, subject=report, reason="names a child"))
    assert numbers() == [1, 2]
    with snapshot(desk.engine) as session:
        assert session.scalars(select(RELEASE.c.made_at).where(RELEASE.c.number == 2)).one() == NOW
