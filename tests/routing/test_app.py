"""`/agency/v1`: each agency its own reports, officials all, and nobody a move that is not in the table."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from contracts.events import ReportAmended
from kit import migrate
from tests.routing.conftest import Routing, about, received

ROAD = "Jalan rusak di desa Sumberarum Dander"
UNSURE = "Mohon bantuan untuk warga kami"
BODIES: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "respond": {"text": "Sudah ditambal", "acted": True},
    "transfer": {"agency": "dinkes", "reason": "bukan jalan kabupaten"},
    "close": {"closure": "done"},
    "verify": {},
    "hold": {"reason": "menunggu bukti"},
    "reject": {"reason": "bukan laporan"},
    "dispose": {"agency": "dinkes", "reason": "salah alamat"},
    "hide": {"reason": "memuat nama orang"},
}
AGENCY_MOVES = ("acknowledge", "respond", "transfer", "close")
OFFICIAL_MOVES = ("verify", "hold", "reject", "dispose", "hide")


def test_an_agency_takes_up_answers_and_closes(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "acknowledge").json()["status"] == "in_progress"
    answer = routing.do("dpu", report, "respond", text="Sudah ditambal, info 0811000000", acted=True)
    assert answer.json()["status"] == "responded"
    closed = routing.do("dpu", report, "close", closure="done", text="Selesai").json()
    assert (closed["status"], closed["closure"]) == ("closed", "done")
    assert [action["what"] for action in closed["history"]] == ["verify", "dispose", "acknowledge", "respond", "close"]
    facts = routing.facts(report)
    assert [fact["type"] for fact in facts[2:]] == ["case.acknowledged.v1", "case.responded.v1", "case.closed.v1"]
    assert facts[3]["text"] == "Sudah ditambal, info [telepon]"
    assert facts[3]["acted"] is True
    assert facts[4]["text"] == "Selesai"


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


@pytest.mark.parametrize("move", AGENCY_MOVES)
def test_another_agencys_report_and_none_at_all_look_the_same(routing: Routing, move: str) -> None:
    report = routing.report(ROAD)
    theirs, none = (routing.do("dinkes", id, move, **BODIES[move]) for id in (report, str(uuid4())))
    assert theirs.status_code == none.status_code == 404
    assert theirs.json()["detail"] == none.json()["detail"]
    assert routing.types(report) == ["case.opened", "case.disposed"]


@pytest.mark.parametrize("move", [*AGENCY_MOVES, *OFFICIAL_MOVES])
def test_each_move_needs_its_own_key(routing: Routing, move: str) -> None:
    report = routing.report(ROAD)
    other = "official" if move in AGENCY_MOVES else "dpu"
    for role, status in ((other, 403), ("filing", 403), ("channel", 403), ("anonymous", 401)):
        answer = routing.do(role, report, move, **BODIES[move])
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    assert routing.types(report) == ["case.opened", "case.disposed"]


def test_reading_needs_a_key_and_the_gateway(routing: Routing) -> None:
    report = routing.report(ROAD)
    for path in ("", f"/{report}"):
        assert routing.ask("anonymous", path).status_code == 401
        assert routing.ask("filing", path).status_code == 403
        assert routing.client.get(f"/agency/v1/reports{path}").status_code == 401
        forged = {**routing.key("official"), "x-pendapa-gateway": "guess"}
        assert routing.client.get(f"/agency/v1/reports{path}", headers=forged).status_code == 403


def test_a_transferred_report_leaves_one_queue_and_enters_another(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "acknowledge")
    assert routing.do("dpu", report, "transfer", **BODIES["transfer"]).json()["agency"] == "dinkes"
    assert routing.ask("dpu", f"/{report}").status_code == 404
    assert routing.ask("dinkes", f"/{report}").json()["status"] == "disposed"
    disposed = routing.facts(report)[-1]
    assert (disposed["agency"], disposed["reason"]) == ("dinkes", "bukan jalan kabupaten")


@pytest.mark.parametrize(("agency", "status"), [("dinas-antah", 422), ("dinlama", 422), ("dpu", 409), ("a b", 422)])
def test_a_report_goes_to_no_agency_that_is_not(routing: Routing, agency: str, status: int) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "transfer", agency=agency, reason="salah alamat").status_code == status
    assert len(routing.facts(report)) == 2


def test_a_move_in_the_wrong_state_is_refused_with_its_reason(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="explained")
    for move in AGENCY_MOVES:
        answer = routing.do("dpu", report, move, **BODIES[move])
        assert answer.status_code == 409
        assert "closed" in answer.json()["detail"]
    for move in ("verify", "hold", "reject", "dispose"):
        assert routing.do("official", report, move, **BODIES[move]).status_code == 409
    assert routing.types(report)[-1] == "case.closed"


def test_a_held_report_can_be_verified_with_what_the_official_knows(routing: Routing) -> None:
    report = routing.report(UNSURE)
    view = routing.do("official", report, "verify", category="kesehatan", place="35.22.11.2002").json()
    assert (view["status"], view["agency"], view["place"]["name"]) == ("disposed", "kec-kedungadem", "Tumbrasanom")
    opened, disposed = routing.facts(report)
    assert opened["text"] == UNSURE
    assert disposed["reason"].startswith("kategori kesehatan di Kecamatan Kedungadem")


def test_an_official_can_make_a_withheld_report_public_and_a_public_one_withheld(routing: Routing) -> None:
    bribe, plain = routing.report("Ada pungli di kantor desa Sumberarum"), routing.report(UNSURE)
    routing.do("official", bribe, "verify", confidential=False)
    routing.do("official", plain, "verify", confidential=True)
    assert routing.facts(bribe)[0]["text"] is not None
    assert routing.facts(plain)[0]["text"] is None


def test_a_sensitive_category_given_by_an_official_withholds(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.do("official", report, "verify", category="pungli")
    assert routing.facts(report)[0]["confidential"] is True


@pytest.mark.parametrize(
    "wrong", [{"category": "antah"}, {"place": "99.99"}, {"confidential": "yes"}, {"colour": "red"}]
)
def test_verifying_with_what_is_not_there_changes_nothing(routing: Routing, wrong: dict[str, str]) -> None:
    report = routing.report(UNSURE)
    assert routing.do("official", report, "verify", **wrong).status_code == 422
    assert routing.facts() == []


def test_a_held_report_can_be_held_longer_and_rejected(routing: Routing) -> None:
    report = routing.report(UNSURE)
    assert routing.do("official", report, "hold", reason="menunggu bukti").json()["held_reason"] == "menunggu bukti"
    assert routing.facts() == []
    view = routing.do("official", report, "reject", reason="bukan laporan, hanya menyebut Kirana").json()
    assert (view["status"], view["history"][-1]["reason"]) == ("rejected", "bukan laporan, hanya menyebut Kirana")
    rejected = routing.facts(report)
    assert [(fact["type"], fact["reason"]) for fact in rejected] == [("case.rejected.v1", "ditolak oleh admin")]


def test_an_official_disposes_anew_with_another_category(routing: Routing) -> None:
    report = routing.report(ROAD)
    view = routing.do("official", report, "dispose", agency="dinkes", category="kesehatan", reason="salah baca").json()
    assert (view["agency"], view["category"]) == ("dinkes", "kesehatan")
    disposed = routing.facts(report)[-1]
    assert (disposed["type"], disposed["category"], disposed["reason"]) == (
        "case.disposed.v1",
        "kesehatan",
        "salah baca",
    )


@pytest.mark.parametrize(
    ("who", "move", "body"),
    [
        ("dpu", "respond", {"text": "Akan dijadwalkan", "acted": False}),
        ("official", "dispose", {"agency": "dpu", "reason": "salah alamat"}),
        ("official", "dispose", {"agency": "dpu", "category": "kesehatan", "reason": "salah baca"}),
        ("official", "hide", {"reason": "memuat nama orang"}),
    ],
)
def test_a_move_asked_again_because_its_answer_was_lost_is_no_second_fact(
    routing: Routing, who: str, move: str, body: dict[str, Any]
) -> None:
    report = routing.report(ROAD)
    routing.do(who, report, move, **body)
    facts = routing.facts(report)
    again = routing.do(who, report, move, **body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/move-refused")
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
def test_what_is_said_otherwise_is_said(
    routing: Routing, who: str, move: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    report = routing.report(ROAD)
    before = len(routing.facts(report))
    assert routing.do(who, report, move, **body).status_code == 200
    assert routing.do(who, report, move, **body | change).status_code == 200
    assert len(routing.facts(report)) == before + 2


def test_what_was_said_before_something_else_happened_may_be_said_again(routing: Routing) -> None:
    report, words = routing.report(ROAD), {"text": "Akan dijadwalkan", "acted": False}
    assert routing.do("dpu", report, "respond", **words).status_code == 200
    routing.take(about(report, ReportAmended, text="sampai sekarang belum ada yang datang"))
    assert routing.do("dpu", report, "respond", **words).status_code == 200


def test_a_hidden_report_is_hidden_once_and_says_nothing_more(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("official", report, "hide", reason="memuat nama").json()["hidden"] is True
    assert routing.do("official", report, "hide", reason="lagi").status_code == 409
    routing.do("dpu", report, "respond", text="Sudah ditambal di Sumberarum", acted=True)
    hidden, responded = routing.facts(report)[2:]
    assert (hidden["type"], responded["text"]) == ("case.hidden.v1", None)


@pytest.mark.parametrize(
    ("confidential", "public"), [(True, "disembunyikan oleh admin"), (False, "menyebut Kirana, hp [telepon]")]
)
def test_why_a_report_was_hidden_is_told_unless_it_is_confidential(
    routing: Routing, confidential: bool, public: str
) -> None:
    report, reason = routing.report(ROAD, confidential=confidential), "menyebut Kirana, hp 0811000000"
    view = routing.do("official", report, "hide", reason=reason).json()
    assert view["history"][-1]["reason"] == reason
    assert routing.facts(report)[-1]["reason"] == public


def test_a_held_report_has_nothing_to_hide(routing: Routing) -> None:
    assert routing.do("official", routing.report(UNSURE), "hide", reason="memuat nama").status_code == 409
    assert routing.facts() == []


def test_of_two_moves_at_once_the_second_sees_the_first(routing: Routing) -> None:
    reports = [routing.report(ROAD) for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        for report in reports:
            answers = list(pool.map(lambda _, id=report: routing.do("dpu", id, "acknowledge"), range(8)))
            assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
            assert routing.types(report).count("case.acknowledged") == 1


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
def test_a_wrong_parameter_is_an_error_not_everything(routing: Routing, query: dict[str, str]) -> None:
    assert routing.ask("official", **query).status_code == 422


@pytest.mark.parametrize("at", ["-", "", "9"])
def test_a_cursor_from_nowhere_is_an_empty_or_a_first_page(routing: Routing, at: str) -> None:
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
def test_a_wrong_body_is_told_apart(routing: Routing, move: str, body: dict[str, Any]) -> None:
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


def test_a_nul_in_an_answer_is_dropped(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "respond", text="Sudah\0 ditambal", acted=True).status_code == 200
    assert routing.facts(report)[-1]["text"] == "Sudah ditambal"


def test_migrating_twice_changes_nothing(routing: Routing) -> None:
    url = routing.engine.url.render_as_string(hide_password=False)
    migrate.upgrade(url, "routing")
    assert routing.ask("official").json() == {"reports": [], "next": None}
