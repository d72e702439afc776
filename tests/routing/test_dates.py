"""Moves are dated in the order in which they are made, and clocks do not ring by a time that is in doubt."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from contracts.events import ReportWithdrawn
from kit.db import snapshot, transaction
from kit.jobs.ticks import Tick
from services.routing.settings import Settings
from services.routing.tables import ACTION, CASE
from services.routing.worker import create_worker
from tests.routing.conftest import NOW, ROAD, TINY, Routing, about


@pytest.mark.parametrize("what", ["an act", "the reporter", "a clock"])
def test_no_move_is_dated_before_the_last_one_though_the_clock_went_back(routing: Routing, what: str) -> None:
    report, ahead = routing.report(ROAD), datetime(2099, 1, 1, tzinfo=UTC)
    with transaction(routing.engine) as session:
        session.execute(update(CASE).values(updated_at=ahead))
    if what == "an act":
        assert routing.do("dpu", report, "acknowledge").status_code == 200
    elif what == "the reporter":
        routing.take(about(report, ReportWithdrawn))
    else:
        with transaction(routing.engine) as session:
            routing.handlers.ring_clocks(session, NOW + timedelta(days=60))
    with snapshot(routing.engine) as session:
        assert session.scalars(select(ACTION.c.at).order_by(ACTION.c.number.desc()).limit(1)).one() == ahead


def test_the_clocks_of_reports_wait_while_the_time_is_in_doubt(tmp_path: Path) -> None:
    settings = Settings(
        database_url=SecretStr(f"sqlite:///{tmp_path / 'rows.sqlite'}"),
        bus_url=f"sqlite:///{tmp_path / 'bus.sqlite'}",
        region=TINY,
        gateway_secret=SecretStr("secret"),
    )
    worker = create_worker(settings)
    ticks = [Tick(*tick) for tick in worker._ticks]
    assert [tick.dated for tick in ticks if tick.work.__name__ == "ring_clocks"] == [True]
    worker.engine.dispose()
