"""The public times of a report agree with its history: what is due next, when it was answered, when it will close."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from contracts.events import (
    AnyEvent,
    CaseAcknowledged,
    CaseDisposed,
    CaseEscalated,
    CaseOpened,
    CaseRelocated,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
)
from kit.db import transaction
from services.publish.record import events as public_events
from services.publish.record import facts
from services.publish.record.facts import Record
from services.publish.tables import RECORD
from tests.publish.conftest import NOW, SUKOREJO, Desk, closed, disposed, opened

DAY = timedelta(days=1)


def answer(report: UUID, at: datetime = NOW, **fields: Any) -> CaseResponded:
    return CaseResponded(time=at, subject=report, agency="dpu", acted=True, **{"text": "Sudah", **fields})


def clocks(client: TestClient, report: UUID) -> dict[str, str | None]:
    body = client.get(f"/v1/reports/{report}").json()
    return {name: body[name] for name in ("due_at", "responded_at", "closes_at", "escalated_at")}


def test_an_answered_report_is_due_no_more_and_says_when_it_will_close(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), answer(report, NOW + DAY, closes_at=NOW + 9 * DAY))
    assert clocks(client, report) == {
        "due_at": None,
        "responded_at": "2026-11-25T05:00:00.000Z",
        "closes_at": "2026-12-03T05:00:00.000Z",
        "escalated_at": None,
    }
    [fact] = [each["fact"] for each in client.get("/v1/changes?cursor=2").json()["changes"]]
    assert fact["closes_at"] == "2026-12-03T05:00:00.000Z"
    [request] = client.get(f"/open311/v2/requests/{report}.json").json()
    assert request["expected_datetime"] is None


def test_a_late_report_stays_due_and_says_when_it_was_escalated(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report, due_at=NOW))
    desk.publish(CaseEscalated(time=NOW + DAY, subject=report, agency="dpu", reason="terlambat"))
    assert clocks(client, report)["due_at"] == "2026-11-24T05:00:00.000Z"
    assert clocks(client, report)["escalated_at"] == "2026-11-25T05:00:00.000Z"
    desk.publish(disposed(report, "dinkes", time=NOW + 2 * DAY))
    assert clocks(client, report)["escalated_at"] is None


def test_the_times_of_a_confidential_report_are_public(desk: Desk, client: TestClient) -> None:
    report = desk.open(confidential=True)
    desk.publish(disposed(report), answer(report, text=None, closes_at=NOW + 9 * DAY))
    assert clocks(client, report)["responded_at"] == "2026-11-24T05:00:00.000Z"
    assert clocks(client, report)["closes_at"] == "2026-12-03T05:00:00.000Z"


def test_a_record_of_an_older_version_takes_its_times_from_its_history_once_it_changes(
    desk: Desk, client: TestClient
) -> None:
    report = desk.open()
    desk.publish(disposed(report), answer(report))
    with transaction(desk.engine) as session:
        doc = orjson.loads(session.scalars(select(RECORD.c.doc)).one())
        for name in ("responded_at", "closes_at", "escalated_at"):
            del doc[name]
        session.execute(update(RECORD).values(doc=orjson.dumps({**doc, "due_at": "2026-12-01T05:00:00.000Z"})))
    assert clocks(client, report)["responded_at"] is None
    desk.publish(CaseRelocated(time=NOW + DAY, subject=report, place=SUKOREJO, reason="lokasi"))
    assert clocks(client, report) == {
        "due_at": None,
        "responded_at": "2026-11-24T05:00:00.000Z",
        "closes_at": None,
        "escalated_at": None,
    }


WORK = {"CaseDisposed", "CaseAcknowledged", "CaseResponded", "CaseClosed", "CaseEscalated", "CaseRescheduled"}
FOLLOW = {
    "verified": {"CaseDisposed", "CaseClosed"},
    "disposed": WORK,
    "in_progress": WORK - {"CaseAcknowledged"},
    "responded": {"CaseDisposed", "CaseResponded", "CaseClosed"},
    "closed": {"CaseReopened"},
    "reopened": WORK,
}
"""The events that routing sends of a report in each state, beside a relocation."""


def an_event(chance: random.Random, report: UUID, at: datetime, status: str) -> AnyEvent:
    later = at + chance.randrange(1, 9) * DAY
    common: dict[str, Any] = {"time": at, "subject": report}
    makers: list[AnyEvent] = [
        CaseDisposed(**common, agency="dpu", category="jalan-rusak", reason="jalan", due_at=later),
        CaseAcknowledged(**common, agency="dpu"),
        CaseResponded(**common, agency="dpu", text="Sudah", acted=chance.random() < 0.5, closes_at=later),
        closed(report, at),
        CaseReopened(**common, agency="dpu", reason="belum", due_at=later),
        CaseEscalated(**common, agency="dpu", reason="terlambat"),
        CaseRescheduled(**common, agency="dpu", due_at=later, reason="libur"),
        CaseRelocated(**common, place=SUKOREJO, reason="lokasi"),
    ]
    allowed = FOLLOW[status] | {"CaseRelocated"}
    return chance.choice([each for each in makers if type(each).__name__ in allowed])


def told(events: list[AnyEvent], status: object) -> dict[str, datetime | None]:
    """What the events say of the four times, by the last event of each sort."""

    def last(*kinds: type) -> Any:
        return next((event for event in reversed(events) if isinstance(event, kinds)), None)

    begun, late, answered = last(CaseDisposed, CaseReopened), last(CaseEscalated), last(CaseResponded)
    deadline = last(CaseDisposed, CaseReopened, CaseRescheduled)
    is_late = late is not None and (begun is None or events.index(late) > events.index(begun))
    return {
        "due_at": deadline and deadline.due_at if status in ("disposed", "in_progress", "reopened") else None,
        "responded_at": answered and answered.time,
        "closes_at": answered.closes_at if status == "responded" else None,
        "escalated_at": late.time if is_late else None,
    }


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("confidential", [False, True])
def test_a_walk_through_any_events_leaves_times_that_agree_with_them(seed: int, confidential: bool) -> None:
    chance, start = random.Random(seed), opened(confidential=confidential)  # a walk to repeat, no secret
    record, events = _open(start), list[AnyEvent]()
    for day in range(1, 15):
        event = an_event(chance, start.subject, NOW + day * DAY, record.status)
        events.append(event)
        record = facts.apply(record, public_events.change(event), public_events.SHOWN, NOW)
        assert {name: record.values[name] for name in told(events, None)} == told(events, record.status)


def _open(start: CaseOpened) -> Record:
    return facts.open_record(*public_events.opened(start), public_events.SHOWN)
