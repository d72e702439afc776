"""The open record follows the events of cases, whatever their number and however they are cut into batches."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from contracts.events import (
    CaseAcknowledged,
    CaseAmended,
    CaseEscalated,
    CaseHidden,
    CaseOpenedV2,
    CaseRejected,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
)
from kit.db import transaction
from services.publish.datasets.forms import NEWEST
from services.publish.record.facts import OutOfOrder
from tests.publish.conftest import NOW, Desk, closed, disposed, opened


def test_a_case_becomes_a_public_report_with_its_history(desk: Desk, client: TestClient) -> None:
    start = opened(lat=-7.25, long=111.85)
    report = start.subject
    desk.publish(
        start,
        disposed(report),
        CaseAcknowledged(time=NOW, subject=report, agency="dpu"),
        CaseResponded(time=NOW, subject=report, agency="dpu", text="Kami tambal besok", acted=False),
        CaseEscalated(time=NOW, subject=report, agency="dpu", reason="no answer in 5 working days"),
        closed(report, NOW + timedelta(hours=1)),
    )
    body = client.get(f"/v1/reports/{report}").json()
    assert [step["what"] for step in body.pop("history")] == [
        "verified", "disposed", "acknowledged", "responded", "escalated", "closed",
    ]  # fmt: skip
    assert body.pop("log") == [0, 1, 2, 3, 4, 5]
    assert body == {
        "id": str(report),
        "kind": "complaint",
        "channel": "sms",
        "category": "jalan-rusak",
        "agency": "dpu",
        "place": {"code": "35.22.14.2003", "name": "Sukorejo", "kecamatan": "Dander"},
        "lat": -7.25,
        "long": 111.85,
        "status": "closed",
        "text": "Jalan rusak di Sukorejo",
        "received_at": "2026-11-24T05:00:00.000Z",
        "verified_at": "2026-11-24T05:00:00.000Z",
        "due_at": None,
        "updated_at": "2026-11-24T06:00:00.000Z",
        "closed_at": "2026-11-24T06:00:00.000Z",
        "closure": "done",
        "place_from": None,
        "responded_at": "2026-11-24T05:00:00.000Z",
        "closes_at": None,
        "escalated_at": "2026-11-24T05:00:00.000Z",
        "duplicate_of": None,
        "reported_by": 1,
    }


def test_what_an_official_verified_is_with_its_agency_from_its_first_fact(desk: Desk, client: TestClient) -> None:
    start = opened(verified_by="official")
    told = {name: getattr(start, name) for name in type(start).model_fields if name not in ("id", "type")}
    due_at = NOW + timedelta(days=7)
    desk.publish(CaseOpenedV2(**told, agency="dpu", reason="jalan kabupaten", due_at=due_at))
    body = client.get(f"/v1/reports/{start.subject}").json()
    [step] = body["history"]
    assert (step["what"], step["agency"], step["reason"]) == ("verified", "dpu", "by official: jalan kabupaten")
    assert (body["status"], body["agency"], body["due_at"]) == ("disposed", "dpu", "2026-12-01T05:00:00.000Z")
    assert body["log"] == [0]
    [listed] = client.get("/v1/reports?agency=dpu&status=disposed").json()["reports"]
    assert listed["id"] == body["id"]


def test_of_a_confidential_report_the_first_fact_names_the_agency_alone(desk: Desk, client: TestClient) -> None:
    start = opened(verified_by="official", confidential=True, text=None, place=None)
    told = {name: getattr(start, name) for name in type(start).model_fields if name not in ("id", "type")}
    desk.publish(CaseOpenedV2(**told, agency="dpu", reason="kategori jalan-rusak"))
    [step] = client.get(f"/v1/reports/{start.subject}").json()["history"]
    assert (step["agency"], step["reason"]) == ("dpu", "by official")


def test_a_new_deadline_is_a_fact_of_its_own(desk: Desk, client: TestClient) -> None:
    start, later = opened(), NOW + timedelta(days=9)
    moved = CaseRescheduled(time=NOW, subject=start.subject, agency="dpu", due_at=later, reason="kalender berubah")
    desk.publish(start, disposed(start.subject), moved)
    body = client.get(f"/v1/reports/{start.subject}").json()
    assert (body["status"], body["due_at"], body["log"]) == ("disposed", "2026-12-03T05:00:00.000Z", [0, 1, 2])
    step = body["history"][-1]
    assert (step["what"], step["agency"], step["reason"]) == ("rescheduled", "dpu", "kalender berubah")
    entry = client.get(f"/v1/reports/{start.subject}/proof").json()["leaves"][-1]["entry"]
    fact = orjson.loads(entry)
    assert (fact["what"], fact["due_at"]) == ("rescheduled", "2026-12-03T05:00:00.000Z")


def test_it_does_not_matter_where_a_batch_is_cut(desk: Desk, client: TestClient) -> None:
    at = NOW + timedelta(microseconds=123_456)
    one, two = opened(time=at, received_at=at), opened(time=at, received_at=at)
    desk.publish(one, disposed(one.subject), closed(one.subject, at))
    for event in (two, disposed(two.subject), closed(two.subject, at)):
        desk.publish(event)
    bodies = [client.get(f"/v1/reports/{event.subject}").json() for event in (one, two)]
    for each in bodies:
        del each["id"], each["log"]
    assert bodies[0] == bodies[1]


def test_the_log_commits_to_the_record_that_each_fact_left_and_to_its_words_apart(
    desk: Desk, client: TestClient
) -> None:
    report = desk.open()
    desk.publish(disposed(report), CaseResponded(time=NOW, subject=report, agency="dpu", text="Besok", acted=False))
    [doc] = client.get("/v1/reports").json()["reports"]
    proof = client.get(f"/v1/reports/{report}/proof").json()
    opening, disposition, answer = [{**leaf, "fact": orjson.loads(leaf["entry"])} for leaf in proof["leaves"]]
    record = {name: value for name, value in doc.items() if name not in ("text", "reported_by")}  # derived
    assert answer["fact"]["record"] == sha256(orjson.dumps(record)).hexdigest()
    words = sha256(bytes.fromhex(proof["text_salt"]) + doc["text"].encode()).hexdigest()
    assert {leaf["fact"]["report_text_hash"] for leaf in (opening, disposition, answer)} == {words}
    assert (answer["text"], opening["text"]) == ("Besok", None)
    assert answer["fact"]["text_hash"] == sha256(bytes.fromhex(answer["text_salt"]) + b"Besok").hexdigest()
    assert (disposition["fact"]["due_at"], doc["due_at"]) == ("2026-12-01T05:00:00.000Z", None)
    assert all("Besok" not in leaf["entry"] and doc["text"] not in leaf["entry"] for leaf in proof["leaves"])


def test_words_that_a_reporter_added_are_a_step_of_their_own(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    before = client.get(f"/v1/reports/{report}").json()
    desk.publish(CaseAmended(time=NOW + timedelta(hours=1), subject=report, text="Sampai ke depan SDN 2"))
    after = client.get(f"/v1/reports/{report}").json()
    assert (after["history"][-1]["what"], after["history"][-1]["text"]) == ("amended", "Sampai ke depan SDN 2")
    assert (after["text"], after["status"]) == (before["text"], before["status"])
    assert after["updated_at"] > before["updated_at"]


def test_a_change_feed_has_the_words_beside_what_is_committed(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), CaseResponded(time=NOW, subject=report, agency="dpu", text="Besok", acted=False))
    facts = [each["fact"] for each in client.get("/v1/changes").json()["changes"]]
    assert [fact["text"] for fact in facts] == [None, None, "Besok"]
    assert [fact["form"] for fact in facts] == [NEWEST] * 3


def test_a_reopened_report_is_not_closed_and_has_a_new_deadline(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), closed(report))
    reopened = CaseReopened(time=NOW, subject=report, agency="dpu", reason="not yet", due_at=NOW + timedelta(days=9))
    desk.publish(reopened)
    body = client.get(f"/v1/reports/{report}").json()
    assert (body["status"], body["closed_at"], body["closure"]) == ("reopened", None, None)
    assert body["due_at"] == "2026-12-03T05:00:00.000Z"


def test_of_a_confidential_report_no_word_and_no_place_is_kept(desk: Desk, client: TestClient) -> None:
    secret = opened(confidential=True, text="rahasia besar", address="rahasia besar", lat=1.0, long=2.0)
    report = secret.subject
    desk.publish(
        secret,
        disposed(report, reason="rahasia besar"),
        CaseResponded(time=NOW, subject=report, agency="dpu", text="rahasia besar", acted=True),
        closed(report, text="rahasia besar"),
    )
    body = client.get(f"/v1/reports/{report}").json()
    assert [body[name] for name in ("text", "place", "lat", "long")] == [None] * 4
    assert body["status"] == "closed"
    for path in ("/v1/reports", f"/v1/reports/{report}", "/open311/v2/requests.xml", "/v1/changes"):
        assert "rahasia" not in client.get(path).text
    assert client.get("/v1/reports?q=rahasia").json()["reports"] == []
    stats = client.get("/v1/stats").json()
    assert (stats["reports"], stats["withheld"]) == (1, 1)


def test_a_hidden_report_leaves_every_face_and_stays_counted(desk: Desk, client: TestClient) -> None:
    kept, gone = desk.open("tetap di sini"), desk.open("harus hilang")
    desk.publish(disposed(gone), CaseHidden(time=NOW, subject=gone, reason="names a person"))
    desk.publish(closed(gone))
    assert [report["id"] for report in client.get("/v1/reports").json()["reports"]] == [str(kept)]
    answer = client.get(f"/v1/reports/{gone}")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/hidden")
    assert client.get(f"/open311/v2/requests/{gone}.json").status_code == 404
    assert client.get("/v1/reports?q=hilang").json()["reports"] == []
    assert "hilang" not in client.get("/v1/changes").text
    stats = client.get("/v1/stats").json()
    assert (stats["reports"], stats["withheld"], stats["hidden"]) == (2, 1, 1)
    with transaction(desk.engine) as session:
        assert session.execute(text("SELECT count(*) FROM record")).scalar() == 1
        assert session.execute(text("SELECT count(*) FROM face")).scalar() == 1


def test_a_report_opened_and_hidden_in_one_batch_was_never_seen(desk: Desk, client: TestClient) -> None:
    event = opened(text="harus hilang")
    desk.publish(event, CaseHidden(time=NOW, subject=event.subject, reason="spam"))
    assert client.get(f"/v1/reports/{event.subject}").status_code == 410
    assert client.get("/v1/stats").json()["hidden"] == 1
    assert "harus" not in client.get("/v1/changes").text


@pytest.mark.parametrize("batches", [1, 2])
def test_a_hiding_that_comes_before_its_opening_keeps_the_report_from_view_and_counts_it(
    desk: Desk, client: TestClient, batches: int
) -> None:
    event = opened(text="tidak boleh terlihat")
    hidden = CaseHidden(time=NOW, subject=event.subject, reason="names a person")
    if batches == 1:
        desk.publish(hidden, event)
    else:
        desk.publish(hidden)
        desk.publish(event)
    desk.publish(disposed(event.subject), closed(event.subject))
    assert client.get(f"/v1/reports/{event.subject}").status_code == 410
    stats = client.get("/v1/stats").json()
    assert (stats["reports"], stats["withheld"], stats["hidden"]) == (1, 1, 1)
    assert "terlihat" not in client.get("/v1/changes").text
    with transaction(desk.engine) as session:
        assert session.execute(text("SELECT count(*) FROM record")).scalar() == 0
        assert session.execute(text("SELECT count(*) FROM leaf")).scalar() == 0


def test_a_report_that_was_hidden_is_not_opened_again(desk: Desk) -> None:
    report = desk.open()
    desk.publish(CaseHidden(time=NOW, subject=report, reason="names a person"))
    with pytest.raises(OutOfOrder):
        desk.publish(opened(subject=report))


def test_a_rejected_report_is_only_counted(desk: Desk, client: TestClient) -> None:
    report = uuid4()
    desk.publish(CaseRejected(time=NOW, subject=report, reason="spam", received_at=NOW))
    assert client.get(f"/v1/reports/{report}").status_code == 404
    assert client.get("/v1/stats").json()["counts"] == [
        {"month": "2026-11", "agency": None, "category": None, "status": "rejected", "reports": 1, "withheld": 0}
        | {"machine_opened": 0, "given_elsewhere": 0}
    ]


def test_counts_move_with_the_records(desk: Desk, client: TestClient) -> None:
    reports = [desk.open(days_ago=n) for n in range(40)]
    desk.publish(*(disposed(report) for report in reports))
    desk.publish(*(closed(report) for report in reports[::2]))
    counts = client.get("/v1/stats").json()["counts"]
    assert sum(each["reports"] for each in counts) == 40
    assert sum(each["reports"] for each in counts if each["status"] == "closed") == 20
    assert {each["month"] for each in counts} == {"2026-10", "2026-11"}
    assert {each["agency"] for each in counts} == {"dpu"}


@pytest.mark.parametrize("again", [True, False])
def test_events_in_a_wrong_order_are_refused_and_change_nothing(desk: Desk, client: TestClient, again: bool) -> None:
    event = opened()
    if again:
        desk.publish(event)
    before = client.get("/v1/stats").json()
    with pytest.raises(OutOfOrder):
        desk.publish(opened(), event if again else disposed(event.subject))
    assert client.get("/v1/stats").json() == before


def test_history_from_elsewhere_keeps_its_dates_and_the_record_its_order(desk: Desk, client: TestClient) -> None:
    event = opened(received_at=NOW - timedelta(days=4000))
    desk.publish(event, disposed(event.subject), closed(event.subject, NOW - timedelta(days=3990)))
    body = client.get(f"/v1/reports/{event.subject}").json()
    assert body["closed_at"] == "2015-12-22T05:00:00.000Z"
    assert body["updated_at"] == "2026-11-24T05:00:00.000Z"


def test_control_characters_are_left_out_everywhere(desk: Desk, client: TestClient) -> None:
    report = desk.open("Jalan\x00 rusak\x1b 🕳️ \u202eكسر\u202c ]]> <b>&")
    assert client.get(f"/v1/reports/{report}").json()["text"] == "Jalan rusak 🕳️ \u202eكسر\u202c ]]> <b>&"
