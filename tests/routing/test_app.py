"""`/agency/v1`: agencies see their own reports, officials all, and only moves of the table are allowed."""

from typing import Any
from uuid import uuid4

import pytest

from kit import migrate
from tests.routing.conftest import ROAD, UNSURE, Routing, received


def test_an_agency_takes_up_answers_and_closes(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "acknowledge").json()["status"] == "in_progress"
    answer = routing.do("dpu", report, "respond", text="Sudah ditambal, info 0811000000", acted=True)
    assert answer.json()["status"] == "responded"
    closed = routing.do("dpu", report, "close", closure="done", text="Selesai").json()
    assert (closed["status"], closed["closure"]) == ("closed", "done")
    assert [action["what"] for action in closed["history"]] == [
        "verified",
        "disposed",
        "acknowledged",
        "responded",
        "closed",
    ]
    facts = routing.facts(report)
    assert [fact["type"] for fact in facts[2:]] == ["case.acknowledged.v1", "case.responded.v1", "case.closed.v1"]
    assert facts[3]["text"] == "Sudah ditambal, info [telepon]"
    assert facts[3]["acted"] is True
    assert facts[4]["text"] == "Selesai"


def test_a_nul_in_the_words_of_an_act_is_dropped_as_at_every_door(routing: Routing) -> None:
    report = routing.report(ROAD)
    answer = routing.do("dpu", report, "respond", text="Su\x00dah ditam\x01bal", acted=True, reference="T\x00-1")
    assert answer.status_code == 200, answer.text
    assert answer.json()["history"][-1]["text"] == "Sudah ditambal"
    assert answer.json()["reference"] == "T-1"


def test_an_agency_sees_its_own_reports_only(routing: Routing) -> None:
    road, health, held = (
        routing.report(ROAD),
        routing.report("Puskesmas tutup terus, bpjs ditolak"),
        routing.report(UNSURE),
    )
    assert [r["id"] for r in routing.ask("dpu").json()["reports"]] == [road]
    assert [r["id"] for r in routing.ask("dinkes").json()["reports"]] == [health]
    assert {r["id"] for r in routing.ask("official").json()["reports"]} == {road, health, held}
    assert [r["id"] for r in routing.ask("official", status="held").json()["reports"]] == [held]
    assert routing.ask("dinkes", f"/{road}").status_code == 404
    assert routing.ask("dpu", f"/{road}").status_code == 200


def test_reading_needs_a_key_and_the_gateway(routing: Routing) -> None:
    report = routing.report(ROAD)
    for path in ("", f"/{report}"):
        assert routing.ask("anonymous", path).status_code == 401
        assert routing.ask("filing", path).status_code == 403
        assert routing.client.get(f"/agency/v1/reports{path}").status_code == 401
        forged = {**routing.key("official"), "x-pendapa-gateway": "guess"}
        assert routing.client.get(f"/agency/v1/reports{path}", headers=forged).status_code == 403


@pytest.mark.parametrize(
    ("who", "move", "body"),
    [
        ("dpu", "respond", {"text": "Akan dijadwalkan", "acted": False}),
        ("official", "dispose", {"agency": "dpu", "reason": "salah alamat"}),
        ("official", "dispose", {"agency": "dpu", "category": "kesehatan", "reason": "salah baca"}),
        ("official", "hide", {"reason": "memuat nama orang"}),
    ],
)
def test_a_request_repeated_after_a_lost_answer_sends_no_second_event(
    routing: Routing, who: str, move: str, body: dict[str, Any]
) -> None:
    report = routing.report(ROAD)
    routing.do(who, report, move, **body)
    facts = routing.facts(report)
    again = routing.do(who, report, move, **body)
    assert again.status_code == 200
    assert routing.facts(report) == facts


@pytest.mark.parametrize(
    ("who", "move", "body", "change"),
    [
        ("dpu", "respond", {"text": "Akan dijadwalkan", "acted": False}, {"text": "Dijadwalkan besok"}),
        ("dpu", "respond", {"text": "Akan dijadwalkan", "acted": False}, {"acted": True}),
        ("official", "dispose", {"agency": "dpu", "reason": "salah alamat"}, {"reason": "sudah benar"}),
        ("official", "dispose", {"agency": "dpu", "reason": "salah alamat"}, {"category": "kesehatan"}),
        ("official", "dispose", {"agency": "dpu", "reason": "salah alamat"}, {"agency": "dinkes"}),
    ],
)
def test_a_repeated_act_with_a_change_is_done(
    routing: Routing, who: str, move: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    report = routing.report(ROAD)
    before = len(routing.facts(report))
    assert routing.do(who, report, move, **body).status_code == 200
    assert routing.do(who, report, move, **body | change).status_code == 200
    assert len(routing.facts(report)) == before + 2


def test_the_queue_is_paged_to_its_end_without_repeats(routing: Routing) -> None:
    routing.take(*(received(f"{ROAD} nomor {n}") for n in range(25)))
    seen, url = [], "/agency/v1/reports?limit=10&status=disposed"
    while url:
        page = routing.client.get(url, headers=routing.key("dpu")).json()
        assert len(page["reports"]) <= 10
        seen += [report["id"] for report in page["reports"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "9" * 5000},
        {"limit": "ten"},
        {"status": "lost"},
        {"cursor": "x"},
        {"cursor": "1~" + "z" * 36},
        {"colour": "red"},
        {"agency": "dinkes"},
    ],
)
def test_a_wrong_parameter_is_an_error(routing: Routing, query: dict[str, str]) -> None:
    assert routing.ask("official", **query).status_code == 422


@pytest.mark.parametrize("at", ["-", "", "9"])
def test_an_invented_cursor_is_an_empty_or_a_first_page(routing: Routing, at: str) -> None:
    routing.report(ROAD)
    answer = routing.ask("official", cursor=f"{at}{'9' * 17}~{uuid4()}")
    assert answer.status_code == 200
    assert answer.json()["next"] is None


@pytest.mark.parametrize(
    "id", ["1", "x%00", "9" * 500, "%7B0f8fad5b-d9cb-469f-a165-70867728950e%7D", "' OR 1=1", "..%2F.."]
)
def test_an_invented_id_is_not_found(routing: Routing, id: str) -> None:
    assert routing.ask("official", f"/{id}").status_code == 404
    assert routing.do("official", id, "reject", reason="x").status_code == 404


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("respond", {"text": "", "acted": True}),
        ("respond", {"text": "\0 \n", "acted": True}),
        ("respond", {"text": "x" * 4001, "acted": True}),
        ("respond", {"text": "x", "acted": "true"}),
        ("respond", {"text": 10**400, "acted": True}),
        ("respond", {"text": "x"}),
        ("close", {"closure": "silence"}),
        ("close", {"closure": "done", "extra": 1}),
        ("transfer", {"agency": "dinkes"}),
        ("transfer", {"agency": "dinkes\0", "reason": "x"}),
    ],
)
def test_a_wrong_body_is_refused_with_its_errors(routing: Routing, move: str, body: dict[str, Any]) -> None:
    report = routing.report(ROAD)
    answer = routing.do("dpu", report, move, **body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert len(routing.facts(report)) == 2


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff\xfe", b"[]", b"null", b'"\\ud800"', b'{"text": "\\ud800", "acted": true}']
)
def test_no_body_is_a_server_error(routing: Routing, raw: bytes) -> None:
    report = routing.report(ROAD)
    headers = {**routing.key("dpu"), "content-type": "application/json"}
    answer = routing.client.post(f"/agency/v1/reports/{report}/respond", content=raw, headers=headers)
    assert answer.status_code in (400, 422)


def test_migrating_twice_changes_nothing(routing: Routing) -> None:
    url = routing.engine.url.render_as_string(hide_password=False)
    migrate.upgrade(url, "routing")
    assert routing.ask("official").json() == {"reports": [], "next": None}
