"""The public counts tell how many reports the machine opened, and how many of those a person gave elsewhere."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from starlette.testclient import TestClient

from contracts.events import CaseHidden, CaseOpenedV2, CaseRefused
from kit.db import snapshot, transaction
from services.publish.tables import TallyRow
from services.publish.worker import count_machine
from tests.publish.conftest import NOW, Desk, closed, disposed, opened

TALLY = TallyRow.__table__  # type: ignore[attr-defined]


def record(client: TestClient) -> tuple[int, int]:
    stats: dict[str, Any] = client.get("/v1/stats").json()
    sums = tuple(sum(each[name] for each in stats["counts"]) for name in ("machine_opened", "given_elsewhere"))
    assert sums == (stats["machine_opened"], stats["given_elsewhere"])
    return stats["machine_opened"], stats["given_elsewhere"]


def of_machine(desk: Desk, **fields: Any) -> UUID:
    event = opened(**fields)
    desk.publish(event, disposed(event.subject))
    return event.subject


def test_what_an_official_opened_is_not_the_machines(desk: Desk, client: TestClient) -> None:
    desk.publish(opened(verified_by="official"))
    event = opened(verified_by="official")
    given = CaseOpenedV2(**event.model_dump(exclude={"type", "id"}), agency="dpu", reason="ours")
    desk.publish(given, disposed(given.subject, "kec-dander"))
    assert record(client) == (0, 0)


def test_what_a_person_gave_to_another_agency_is_counted_once_and_stays(desk: Desk, client: TestClient) -> None:
    kept, moved, refused = of_machine(desk), of_machine(desk), of_machine(desk, confidential=True, text=None)
    desk.publish(closed(kept))
    assert record(client) == (3, 0)
    desk.publish(disposed(moved, "kec-dander", transferred_by="dpu"))
    desk.publish(CaseRefused(time=NOW, subject=refused, agency="dpu", reason="not ours"))
    assert record(client) == (3, 1)
    desk.publish(disposed(refused, "kec-dander"), disposed(moved, "dpu"), closed(moved))
    assert record(client) == (3, 2)


def test_a_report_that_comes_back_to_the_same_agency_was_not_given_elsewhere(desk: Desk, client: TestClient) -> None:
    report = of_machine(desk)
    desk.publish(CaseRefused(time=NOW, subject=report, agency="dpu", reason="not ours"), disposed(report))
    assert record(client) == (1, 0)


def test_the_counts_are_by_month_and_category_and_keep_what_was_hidden(desk: Desk, client: TestClient) -> None:
    moved = of_machine(desk)
    desk.publish(disposed(moved, "kec-dander", category="kesehatan"))
    (count,) = client.get("/v1/stats?category=kesehatan").json()["counts"]
    assert (count["month"], count["machine_opened"], count["given_elsewhere"]) == ("2026-11", 1, 1)
    desk.publish(CaseHidden(time=NOW, subject=moved, reason="names a person"))
    assert record(client) == (1, 1)


def test_what_a_version_before_did_not_count_is_counted_at_the_workers_start(desk: Desk, client: TestClient) -> None:
    of_machine(desk)
    moved, hidden = of_machine(desk), of_machine(desk)
    desk.publish(disposed(moved, "kec-dander"), CaseHidden(time=NOW, subject=hidden, reason="names a person"))
    counted = _rows(desk)
    with transaction(desk.engine) as session:
        of_before = TALLY.c.status != "hidden"
        session.execute(update(TALLY).where(of_before).values(machine_opened=None, given_elsewhere=None))
    assert record(client) == (1, 0)  # the hidden one
    tag = client.get("/v1/stats").headers["etag"]
    start(desk)
    assert _rows(desk) == counted
    assert record(client) == (3, 1)
    assert client.get("/v1/stats").headers["etag"] != tag
    start(desk)
    assert _rows(desk) == counted


def start(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        count_machine(session, desk.region, desk.signer)


def _rows(desk: Desk) -> list[Any]:
    with snapshot(desk.engine) as session:
        return list(session.execute(select(TALLY).order_by(TALLY.c.status, TALLY.c.agency)))
