"""What is due, as agencies and the public see it: both say the same after any walk of acts."""

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from contracts.events import ANY_EVENT, CaseOpened, ReportFeedback
from kit.db import snapshot, transaction
from kit.outbox import OUTBOX
from services.publish.record import events as public_events
from services.publish.record import facts
from services.publish.record.facts import Record
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, about

DAY = timedelta(days=1)
TIMES = ("due_at", "responded_at", "closes_at", "escalated_at")
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("acknowledge", {}),
    ("respond", {"text": "Sudah ditambal", "acted": True}),
    ("respond", {"text": "Kami jadwalkan", "acted": False}),
    ("transfer", {"agency": "dinkes", "reason": "bukan jalan kami"}),
    ("transfer", {"agency": "dpu", "reason": "jalan kota"}),
    ("close", {"closure": "done"}),
)


def times(routing: Routing, report: str) -> dict[str, Any]:
    view = routing.ask("official", f"/{report}").json()
    return {name: view[name] for name in TIMES}


def test_what_is_due_ends_with_the_answer(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert times(routing, report)["due_at"] is not None
    routing.do("dpu", report, "respond", text="Sudah ditambal", acted=True)
    answered = times(routing, report)
    assert (answered["due_at"], answered["escalated_at"]) == (None, None)
    assert answered["closes_at"] > answered["responded_at"]
    assert routing.facts(report)[-1]["closes_at"][:19] == answered["closes_at"][:19]
    routing.do("dpu", report, "close", closure="done")
    assert times(routing, report) == answered | {"closes_at": None}
    routing.take(about(report, ReportFeedback, satisfied=False))
    assert times(routing, report)["due_at"] is not None


def test_a_held_report_is_due_at_the_desk(routing: Routing) -> None:
    report = routing.report(UNSURE)
    assert times(routing, report)["due_at"] is not None
    routing.do("official", report, "reject", reason="bukan laporan")
    assert times(routing, report)["due_at"] is None


def published(routing: Routing, report: str) -> Record:
    """The public record of the report, made of the events that routing sends."""
    with snapshot(routing.engine) as session:
        rows = session.execute(select(OUTBOX).where(OUTBOX.c.subject == report).order_by(OUTBOX.c.number)).all()
    record = None
    for row in rows:
        body = orjson.loads(row.body)
        event = ANY_EVENT.validate_python({**body, "id": row.id, "time": row.time, "subject": report, "type": row.type})
        if isinstance(event, CaseOpened):
            record = facts.open_record(*public_events.opened(event), public_events.SHOWN)
            continue
        assert record is not None
        record = facts.apply(record, public_events.change(event), public_events.SHOWN, NOW)
    assert record is not None
    return record


@pytest.mark.parametrize("seed", range(6))
def test_agencies_and_the_public_read_the_same_times(
    routing: Routing, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # a walk to repeat, no secret
    report = routing.report(ROAD)
    for _ in range(12):
        routing.now += chance.randrange(1, 6) * DAY
        monkeypatch.setattr("services.routing.routes.clock.now", lambda: routing.now)
        step = chance.randrange(8)
        if step == 6:
            routing.take(about(report, ReportFeedback, satisfied=False))
        elif step == 7:
            with transaction(routing.engine) as session:
                routing.handlers.ring_clocks(session, routing.now)
        else:
            act, body = ACTS[step]
            routing.do(chance.choice(["dpu", "dinkes"]), report, act, **body)
        view, record = routing.ask("official", f"/{report}").json(), published(routing, report)
        assert record.values["status"] == view["status"]
        for name in TIMES:
            stated = record.time(name)
            assert (stated and stated.isoformat()[:19]) == (view[name] and view[name][:19]), name
