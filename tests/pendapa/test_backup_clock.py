"""Deadlines in a restored store are those of before, and what fell due since the backup is acted on once."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from contracts.region import Region
from kit.clock import CheckedClock, wait_for
from kit.db import open_engine, snapshot, transaction
from kit.outbox import OUTBOX
from pendapa.backups.embedded import back_up
from pendapa.backups.restored import Wanted
from pendapa.backups.restoring import restore
from pendapa.home import Home
from services.routing.handlers import Handlers
from services.routing.rules import Rules
from tests.kit.test_clock import Machine
from tests.pendapa import stores
from tests.routing.conftest import NOW, ROAD, received

DAY = timedelta(days=1)


def escalations(engine: Engine) -> int:
    with snapshot(engine) as session:
        return list(session.scalars(select(OUTBOX.c.type))).count("case.escalated.v1")


def deadlines(engine: Engine) -> Sequence[object]:
    with snapshot(engine) as session:
        return session.execute(text('SELECT id, due_at FROM "case"')).all()


def ring(engine: Engine, handlers: Handlers, clock: CheckedClock) -> None:
    """What the worker's ticks do: they wait while the time is in doubt."""
    if clock.doubt() is None:
        with transaction(engine) as session:
            handlers.ring_clocks(session, clock.now())


def lived(home: Home, machine: Machine, handlers: Handlers) -> Sequence[object]:
    """A report is disposed, and the time is noted as right; the deadlines."""
    engine = routing(home)
    with transaction(engine) as session:
        handlers(session, [received(ROAD)])
        machine.clock().note(session, machine.wall)
    found = deadlines(engine)
    engine.dispose()
    return found


@pytest.mark.parametrize("old", [8 * DAY, 60 * DAY])
def test_what_fell_due_since_an_old_backup_is_escalated_once_the_time_is_known_to_be_right(
    tmp_path: Path, tiny: Region, old: timedelta
) -> None:
    machine, home = Machine(NOW), stores.make(tmp_path / "var", tiny)
    handlers = Handlers(Rules(tiny), lambda: machine.wall)
    due = lived(home, machine, handlers)
    back_up(home, tmp_path / "backup")
    machine.passes(old)
    restore(tmp_path / "backup", home.folder, Wanted())

    machine.up = timedelta(minutes=5)  # another boot, or another machine
    engine, clock = routing(home), machine.clock("second")
    assert deadlines(engine) == due
    clock.compare(engine)
    ring(engine, handlers, clock)
    assert escalations(engine) == 0
    machine.passes(wait_for(old))
    for _ in range(2):
        ring(engine, handlers, clock)
    assert escalations(engine) == 1
    assert deadlines(engine) == due
    engine.dispose()


def test_on_the_machine_that_went_on_the_deadlines_are_acted_on_at_once(tmp_path: Path, tiny: Region) -> None:
    machine, home = Machine(NOW), stores.make(tmp_path / "var", tiny)
    handlers = Handlers(Rules(tiny), lambda: machine.wall)
    lived(home, machine, handlers)
    back_up(home, tmp_path / "backup")
    machine.passes(8 * DAY)
    restore(tmp_path / "backup", home.folder, Wanted())
    engine, clock = routing(home), machine.clock()
    clock.compare(engine)
    ring(engine, handlers, clock)
    assert escalations(engine) == 1
    engine.dispose()


def routing(home: Home) -> Engine:
    return open_engine(f"sqlite:///{home.store / 'routing.sqlite'}")
