"""A mirror lives by the changes: it filters them, learns what left, and notices when the record went back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from contracts.events import CaseHidden, CaseRelocated, Place
from kit.db import transaction
from services.publish.faces import changes
from services.publish.log import epoch, leaves
from services.publish.tables import LEAF
from tests.publish.conftest import NOW, SUKOREJO, Desk, closed, disposed, opened
from tests.publish.test_restored import Town, taken_copy

TUMBRASANOM = Place(code="35.22.11.2002", name="Tumbrasanom", kecamatan="Kedungadem")


def asked(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(query if query.startswith("/") else f"/v1/changes?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def found(client: TestClient, query: str) -> list[int]:
    return [each["index"] for each in asked(client, query)["changes"]]


def refusal(client: TestClient, query: str) -> tuple[int, str]:
    answer = client.get(query if query.startswith("/") else f"/v1/changes?{query}")
    return answer.status_code, answer.json()["type"]


def test_each_change_says_what_it_is_about(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), closed(report))
    told = [{name: each[name] for name in each if name != "fact"} for each in asked(client)["changes"]]
    road = {"report": str(report), "category": "jalan-rusak", "place": SUKOREJO.code}
    assert told == [
        {"index": 0, **road, "what": "verified", "agency": None, "status": "verified"},
        {"index": 1, **road, "what": "disposed", "agency": "dpu", "status": "disposed"},
        {"index": 2, **road, "what": "closed", "agency": "dpu", "status": "closed"},
    ]


def test_a_filter_finds_what_came_changed_and_left(desk: Desk, client: TestClient) -> None:
    road, other = desk.open(), desk.open(category="kesehatan", place=TUMBRASANOM)
    desk.publish(disposed(road))  # 2
    desk.publish(disposed(road, "dinkes", category="kesehatan"))  # 3: it leaves the roads and their agency
    desk.publish(CaseRelocated(time=NOW, subject=road, place=TUMBRASANOM, reason="the map"))  # 4
    desk.publish(closed(road), disposed(other, "dinkes", category="kesehatan"))  # 5, 6
    for query, indexes in (
        ("category=jalan-rusak", [0, 2, 3]),
        ("category=kesehatan", [1, 3, 4, 5, 6]),
        ("agency=dpu", [2, 3]),
        ("agency=dpu,dinkes", [2, 3, 4, 5, 6]),
        ("agency=dpu&agency=dinkes", [2, 3, 4, 5, 6]),
        (f"place={SUKOREJO.code}", [0, 2, 3, 4]),
        ("place=35.22.11", [1, 4, 5, 6]),
        ("status=closed", [5]),
        ("status=open&category=kesehatan&place=35.22.11", [1, 4, 5, 6]),
        ("what=closed,relocated", [4, 5]),
        (f"report={other}", [1, 6]),
        (f"report={other}&what=disposed&agency=dpu", []),
    ):
        assert found(client, query) == indexes, query


def test_a_hiding_is_told_whatever_is_asked_for_and_without_content(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), CaseHidden(time=NOW, subject=report, reason="spam"))
    told = asked(client)["changes"]
    nothing = dict.fromkeys(("category", "agency", "place", "status"))
    assert [{**each, "fact": None} for each in told] == [
        {"index": 0, "report": str(report), "what": None, **nothing, "fact": None},
        {"index": 1, "report": str(report), "what": None, **nothing, "fact": None},
        {"index": 2, "report": str(report), "what": "hidden", **nothing, "fact": None},
    ]
    for query in ("category=kesehatan", "agency=dinkes&status=open", "place=35.22.11", "what=hidden"):
        assert found(client, query) == [2], query
    assert found(client, "what=closed") == []


def test_the_place_of_a_confidential_report_is_not_told(desk: Desk, client: TestClient) -> None:
    report = desk.open(confidential=True)
    desk.publish(disposed(report))
    assert [each["place"] for each in asked(client)["changes"]] == [None, None]
    assert found(client, f"place={SUKOREJO.code}") == []


def test_facts_of_a_version_before_tell_what_the_report_is_now(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report))
    with transaction(desk.engine) as session:
        session.execute(update(LEAF).values(about=None))
    told = asked(client)["changes"]
    assert [(each["what"], each["agency"], each["place"]) for each in told] == [
        ("verified", "dpu", SUKOREJO.code), ("disposed", "dpu", SUKOREJO.code),
    ]  # fmt: skip
    assert found(client, "what=verified&agency=dpu") == [0]


def test_what_a_fact_was_about_is_erased_with_it(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), CaseHidden(time=NOW, subject=report, reason="spam"))
    with transaction(desk.engine) as session:
        assert [row.about for row in session.execute(LEAF.select())] == [None] * 3
        session.execute(update(LEAF).where(LEAF.c.index == 0).values(about=b"{}"))  # a version before left it
        leaves.forget_words(session)
        assert [row.about for row in session.execute(LEAF.select())] == [None] * 3


def test_pages_with_filters_meet_however_rare_what_they_find_is(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_LOOKED_AT", 4)
    desk.publish(*(opened(category="kesehatan" if n % 10 == 9 else "jalan-rusak") for n in range(25)))
    page = asked(client, "category=kesehatan&limit=1")
    walked = [each["index"] for each in page["changes"]]
    while page["more"]:
        page = asked(client, page["next"])
        walked += [each["index"] for each in page["changes"]]
    assert walked == [9, 19]
    assert "category=kesehatan" in page["next"]


def test_now_begins_at_the_end(desk: Desk, client: TestClient) -> None:
    assert asked(client, "cursor=now")["changes"] == []
    desk.open()
    page = asked(client, "cursor=now&agency=dpu")
    assert (page["changes"], page["more"]) == ([], False)
    report = desk.open()
    desk.publish(disposed(report))
    assert found(client, page["next"]) == [2]
    assert asked(client, "limit=1")["more"] is True


def test_a_cursor_past_the_end_is_refused(desk: Desk, client: TestClient) -> None:
    desk.open()
    assert refusal(client, "cursor=2") == (400, "/problems/cursor-ahead")
    assert asked(client, "cursor=1")["changes"] == []
    for wrong in ("cursor=-1", "cursor=soon", "cursor=" + "9" * 60, "epoch=x%00", "what=gone", "report=x", "status=x"):
        assert refusal(client, wrong)[0] in (400, 410), wrong


@pytest.fixture
def town(desk: Desk, tmp_path: Path) -> Town:
    return Town(desk, tmp_path)


def test_a_record_that_was_restored_has_another_epoch(town: Town, client: TestClient) -> None:
    town.desk.open()
    assert town.start() == 0
    bring_back = taken_copy(town.engine)
    town.desk.open()
    before = asked(client)
    bring_back()
    assert town.start() == 1
    assert refusal(client, before["next"]) == (410, "/problems/other-epoch")
    after = asked(client)
    assert after["epoch"] not in (None, before["epoch"])
    assert client.get("/v1/reports").json()["epoch"] == after["epoch"]
    assert asked(client, after["next"])["changes"] == []


def test_a_record_that_went_back_unnoticed_is_noticed_by_who_read_it(desk: Desk, client: TestClient) -> None:
    desk.open()
    bring_back = taken_copy(desk.engine)
    desk.open()
    mirror = asked(client)
    bring_back()  # as of a whole folder: nothing beside the database knows more
    assert refusal(client, mirror["next"]) == (400, "/problems/cursor-ahead")
    desk.open()
    desk.open()
    assert refusal(client, mirror["next"]) == (410, "/problems/other-epoch")
    assert asked(client, "cursor=2")["epoch"] == mirror["epoch"]


def test_no_answer_of_an_epoch_before_is_taken_for_current(desk: Desk, client: TestClient) -> None:
    desk.open()
    tag = client.get("/v1/changes").headers["etag"]
    with transaction(desk.engine) as session:
        name = epoch.draw(session, NOW + timedelta(hours=1), desk.signer)
    again = client.get("/v1/changes", headers={"if-none-match": tag})
    assert (again.status_code, again.json()["epoch"]) == (200, name)
