"""What is older than its setting says is deleted, some rows at a time, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from kit import gaps, inbox, parked, retention
from kit.bus import BusRecord, Gap
from kit.db import snapshot, transaction
from kit.retention import Keeping

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def forget(engine: Engine, keeping: Keeping, *, days: int) -> None:
    """Run the ticks once, so many days from now."""
    for tick in retention.ticks(retention.of_kit(keeping)):
        with transaction(engine) as session:
            tick.work(session, NOW + timedelta(days=days))


def count(engine: Engine, table: Any) -> int:
    with snapshot(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    return 3


def test_old_claims_go_some_at_a_time(database: Engine, few: int) -> None:
    with transaction(database) as session:
        inbox.claim(session, {f"id-{number}": 0 for number in range(5)}, NOW)
    forget(database, Keeping(claims=40), days=39)
    assert count(database, inbox.INBOX) == 5
    forget(database, Keeping(claims=40), days=41)
    assert count(database, inbox.INBOX) == 5 - few
    forget(database, Keeping(claims=40), days=41)
    assert count(database, inbox.INBOX) == 0


def test_a_parked_record_that_nobody_decided_about_is_discarded_and_that_is_kept(database: Engine) -> None:
    record = BusRecord("reports", 0, 7, b"key", (), b"no event")
    with transaction(database) as session:
        parked.park(session, record, "unreadable", NOW)
    forget(database, Keeping(parked=365), days=364)
    assert (count(database, parked.PARKED), count(database, parked.ACT)) == (1, 0)
    forget(database, Keeping(parked=365), days=366)
    with snapshot(database) as session:
        act = session.execute(select(parked.ACT)).one()
    assert (act.act, act.by, act.reason) == ("discard", "retention", "older than keep_parked_days")
    assert count(database, parked.PARKED) == 0
    forget(database, Keeping(acts=1825), days=366 + 1826)
    assert count(database, parked.ACT) == 0


def test_only_a_gap_that_was_mended_is_forgotten(database: Engine) -> None:
    with transaction(database) as session:
        gaps.note(session, Gap("reports", 0, 1, 5), NOW)
    forget(database, Keeping(acts=1825), days=4000)
    assert count(database, gaps.MISSED) == 1
    with transaction(database) as session:
        gaps.set_replayed(session, NOW)
    forget(database, Keeping(acts=1825), days=1826)
    assert count(database, gaps.MISSED) == 0


def test_rows_without_their_time_stay(database: Engine) -> None:
    with transaction(database) as session:
        session.execute(insert(inbox.INBOX).values(id="first version", claimed_at=NOW, seq=None))
    forget(database, Keeping(), days=4000)
    assert count(database, inbox.INBOX) == 1
