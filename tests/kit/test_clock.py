"""A clock that jumps is noticed and waited out; nothing is done by its date meanwhile."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from kit.clock import SEEN, CheckedClock, wait_for
from kit.db import snapshot, transaction
from kit.jobs.ticks import Tick, Ticker
from kit.retention import Keeping, of_kit, ticks

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Machine:
    """A machine whose time of day can be set, and which can sleep."""

    def __init__(self, wall: datetime = NOW, up: timedelta = HOUR) -> None:
        self.wall, self.up = wall, up

    def clock(self, boot: str = "first") -> CheckedClock:
        return CheckedClock(lambda: self.wall, lambda: self.up, boot)

    def passes(self, span: timedelta) -> None:
        self.wall += span
        self.up += span


def test_time_that_passes_and_small_corrections_are_no_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(100):
        machine.passes(8 * HOUR)  # a laptop sleeps; the time since boot counts that, too
        machine.wall += 20 * SECOND
        assert clock.doubt() is None
        assert clock.now() == machine.wall


@pytest.mark.parametrize("jump", [60 * DAY, -60 * DAY, 2 * MINUTE, -2 * HOUR])
def test_a_jump_is_told_and_the_time_goes_on_from_the_last_right_one(
    jump: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += jump
    machine.passes(30 * SECOND)
    assert clock.now() == NOW + 30 * SECOND
    told = clock.doubt()
    assert told is not None
    assert f"jumped {'forward' if jump > 0 * DAY else 'back'} by" in told
    assert clock.jump() == jump.total_seconds()
    assert len(caplog.records) == 1
    machine.wall -= jump
    assert clock.doubt() is None
    assert clock.now() == NOW + 30 * SECOND
    assert clock.jump() == 0


def test_a_time_that_stays_is_taken_to_be_right_the_later_the_farther_it_jumped() -> None:
    for jump in (HOUR, 3 * DAY, 90 * DAY, -3 * DAY):
        machine = Machine()
        clock = machine.clock()
        machine.wall += jump
        assert clock.doubt()
        machine.passes(wait_for(jump) - SECOND)
        assert clock.doubt()
        machine.passes(SECOND)
        assert clock.doubt() is None
        assert clock.now() == machine.wall
    assert wait_for(60 * DAY) == DAY


def test_a_second_jump_begins_the_wait_anew() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 60 * DAY
    assert clock.doubt()
    machine.passes(23 * HOUR)
    machine.wall += DAY
    assert clock.doubt()
    machine.passes(2 * HOUR)
    assert clock.doubt()


def test_a_start_on_the_same_boot_knows_what_the_time_must_be(engine: Engine) -> None:
    machine = Machine()
    note(engine, machine.clock())
    machine.passes(5 * DAY)
    machine.wall += 60 * DAY
    clock = machine.clock()
    clock.compare(engine)
    assert clock.doubt()
    assert clock.now() == NOW + 5 * DAY


@pytest.mark.parametrize(("off", "doubted"), [(HOUR, False), (20 * DAY, True), (-HOUR, True)])
def test_a_start_after_another_boot_is_in_doubt_if_the_machine_was_off_for_long_or_the_time_went_back(
    engine: Engine, off: timedelta, doubted: bool
) -> None:
    note(engine, Machine().clock())
    machine = Machine(NOW + off, up=MINUTE)
    clock = machine.clock("second")
    clock.compare(engine)
    assert bool(clock.doubt()) is doubted
    assert clock.now() == max(NOW, machine.wall), "of a machine that was off, nothing says that its time is wrong"
    machine.passes(DAY)
    assert clock.doubt() is None


def test_a_time_in_doubt_is_not_noted_as_right(engine: Engine) -> None:
    machine = Machine()
    clock = machine.clock()
    note(engine, clock)
    machine.wall += 60 * DAY
    note(engine, clock)
    with snapshot(engine) as session:
        assert session.scalars(select(SEEN.c.at)).all() == [NOW]


def test_ticks_that_act_by_dates_wait_and_the_others_get_the_last_right_time(engine: Engine) -> None:
    machine = Machine()
    clock, ended, done = machine.clock(), threading.Event(), dict[str, datetime]()
    machine.wall += 60 * DAY

    def rings(_: Session, now: datetime) -> None:
        done["rings"] = now

    def sends(_: Session, now: datetime) -> None:
        done["sends"] = now
        ended.set()

    Ticker(engine, [Tick(0.0, rings, dated=True), Tick(0.0, sends)], ended, "ticks", clock).run()
    assert done == {"sends": NOW}
    ended.clear()
    machine.wall -= 60 * DAY
    Ticker(engine, [Tick(0.0, rings, dated=True), Tick(0.0, sends)], ended, "ticks", clock).run()
    assert done == {"sends": NOW, "rings": NOW}


def test_nothing_is_forgotten_by_a_clock_in_doubt() -> None:
    assert all(tick.dated for tick in ticks(of_kit(Keeping(sent=60))))


def note(engine: Engine, clock: CheckedClock) -> None:
    with transaction(engine) as session:
        clock.note(session, clock.now())


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
