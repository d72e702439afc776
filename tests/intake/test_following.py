"""The reporter's own way in over REST: by the code what CEK tells, by the token the report itself and a voice."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from contracts.events import (
    CaseAcknowledged,
    CaseClosed,
    CaseDisposed,
    CaseHidden,
    CaseOpened,
    CaseOpenedV2,
    CaseRejected,
    CaseResponded,
    Channel,
    Closure,
    Event,
    Kind,
)
from contracts.region import Region
from kit import answered
from kit.db import transaction
from services.intake.app import create_app
from services.intake.handlers import REPORT
from services.intake.settings import Settings
from services.intake.standings import follow_cases
from services.intake.tokens import TOKEN, Tokens
from tests.intake.conftest import FILING, NOBODY, OFFICIAL
from tests.intake.test_sms_door import all_of, events, text

AT = datetime.now(UTC)
BODY = {"text": "Jalan desa rusak, hubungi 0811000000", "contact": {"phone": "+62811000000"}}


def filed(client: TestClient, body: object = BODY, headers: dict[str, str] = FILING) -> dict[str, Any]:
    answer = client.post("/v1/reports", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def read(client: TestClient, path: str) -> Any:
    return client.get(path, headers=NOBODY)


def say(client: TestClient, token: str, **body: object) -> Any:
    return client.post(f"/v1/follow/{token}", json=body, headers=NOBODY)


def happen(rows: Engine, report: str, *happened: Event) -> None:
    with transaction(rows) as session:
        follow_cases(session, [event.model_copy(update={"subject": UUID(report)}) for event in happened])  # type: ignore[misc]


SUBJECT = UUID(int=0)
OPENED = CaseOpened(
    time=AT,
    subject=SUBJECT,
    kind=Kind.complaint,
    channel=Channel.web,
    category="jalan-rusak",
    text="Jalan desa rusak",
    place=None,
    received_at=AT,
    verified_by="machine",
)
DISPOSED = CaseDisposed(
    time=AT, subject=SUBJECT, agency="dpu", category="jalan-rusak", reason="x", due_at=AT + timedelta(days=7)
)
ANSWERED = CaseResponded(time=AT, subject=SUBJECT, agency="dpu", text="Besok ditambal", acted=False)


def test_a_receipt_has_the_token_and_the_address_that_it_opens(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    assert len(receipt["token"]) == 22
    assert receipt["url"] == f"/v1/follow/{receipt['token']}"
    answer = read(client, receipt["url"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (answer.json()["id"], answer.json()["text"]) == (receipt["id"], BODY["text"])
    assert receipt["token"] not in str(all_of(rows, TOKEN)) + str(events(rows)) + str(all_of(rows, REPORT))


@pytest.mark.parametrize("token", ["x", "q2v0mWJrT3uYkq8xN1cZ5A", "q2v0mWJrT3uYkq8xN1cZ5A0"])
def test_a_wrong_token_opens_nothing(client: TestClient, token: str) -> None:
    filed(client)
    assert read(client, f"/v1/follow/{token}").json()["type"] == "/problems/unknown-token"
    assert say(client, token, say="withdraw").status_code == 404


def test_another_secret_ends_the_tokens_of_before(client: TestClient, settings: Settings, region: Region) -> None:
    receipt = filed(client)
    other = Settings.model_validate({**settings.model_dump(), "follow_secret": "another-another-secret"})
    with TestClient(create_app(other, region)) as later:
        assert read(later, receipt["url"]).status_code == 404


@pytest.mark.parametrize("spelled", ["{0}", "{1}", "{2}-{3}"])
def test_a_code_tells_what_cek_tells(client: TestClient, rows: Engine, spelled: str) -> None:
    receipt = filed(client)
    code = receipt["code"]
    path = "/v1/codes/" + spelled.format(code, code.lower(), code[:4], code[4:])

    def told() -> dict[str, Any]:
        answer = read(client, path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        view: dict[str, Any] = answer.json()
        assert view["message"] == text(client, f"CEK {code}", sender="+62811000009")
        assert "rusak" not in str(view)
        return view

    assert (told()["status"], told()["agency"]) == ("received", None), "nobody has verified it"
    happen(rows, receipt["id"], OPENED, DISPOSED)
    assert (told()["status"], told()["agency"], told()["late"]) == ("disposed", "dpu", False)
    happen(rows, receipt["id"], CaseClosed(time=AT, subject=SUBJECT, closure=Closure.withdrawn, agency="dpu"))
    assert (told()["status"], told()["closure"], told()["due_at"]) == ("closed", "withdrawn", None)
    happen(rows, receipt["id"], CaseHidden(time=AT, subject=SUBJECT, reason="x"))
    assert told()["hidden"]


def test_a_rejected_report_is_told_by_its_code(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    happen(rows, receipt["id"], CaseRejected(time=AT, subject=SUBJECT, reason="ditolak oleh admin", received_at=AT))
    view = read(client, f"/v1/codes/{receipt['code']}").json()
    assert (view["status"], view["reason"]) == ("rejected", "ditolak oleh admin")


@pytest.mark.parametrize("code", ["K7M2P9QA", "x", "K7M2P9QAA", "%00"])
def test_a_wrong_code_is_not_found(client: TestClient, code: str) -> None:
    assert read(client, f"/v1/codes/{code}").json()["type"] == "/problems/unknown-code"


def test_the_reporter_reads_the_way_of_their_report(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    acknowledged = CaseAcknowledged(time=AT, subject=SUBJECT, agency="dpu")
    happen(rows, receipt["id"], OPENED, DISPOSED, acknowledged, ANSWERED)
    view = read(client, receipt["url"]).json()
    assert [step["what"] for step in view["history"]] == ["verified", "disposed", "acknowledged", "responded"]
    assert (view["history"][-1]["text"], view["history"][-1]["agency"]) == ("Besok ditambal", "dpu")
    assert view["may"] == ["add", "satisfied", "unsatisfied", "hide", "withdraw"]
    happen(rows, receipt["id"], CaseHidden(time=AT, subject=SUBJECT, reason="x"))
    assert "Besok" not in str(read(client, receipt["url"]).json()), "its words may be why it was hidden"


def test_what_an_official_verified_is_with_its_agency_at_once(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    told = {name: getattr(OPENED, name) for name in CaseOpened.model_fields if name not in ("id", "type")}
    happen(rows, receipt["id"], CaseOpenedV2(**told, agency="dpu", reason="x", due_at=AT + timedelta(days=7)))
    view = read(client, receipt["url"]).json()
    assert (view["status"], view["agency"]) == ("disposed", "dpu")
    [step] = view["history"]
    assert (step["what"], step["agency"], step["reason"]) == ("verified", "dpu", "x")


@pytest.mark.parametrize(
    ("body", "event", "members"),
    [
        (
            {"say": "add", "text": "di depan SDN 2, hp 0811-000-000"},
            "report.amended.v1",
            {"text": "di depan SDN 2, hp [nomor pelapor]"},
        ),
        ({"say": "satisfied"}, "report.feedback.v1", {"satisfied": True, "text": None}),
        ({"say": "unsatisfied", "text": "belum"}, "report.feedback.v1", {"satisfied": False, "text": "belum"}),
        ({"say": "hide"}, "report.hidden.v1", {}),
        ({"say": "withdraw"}, "report.withdrawn.v1", {}),
    ],
)
def test_what_the_reporter_says_is_kept_once_and_published(
    client: TestClient, rows: Engine, body: dict[str, str], event: str, members: dict[str, object]
) -> None:
    receipt = filed(client)
    for _ in range(2):
        answer = say(client, receipt["token"], **body)
        assert answer.status_code == 202
    assert len(answer.json()["history"]) == 1
    told = [(type, json.loads(told)) for type, told in events(rows)][1:]
    assert told == [(event, members)], "the same said again within minutes is said once"


def test_what_is_said_again_with_its_key_is_said_once(client: TestClient, rows: Engine) -> None:
    first, other = filed(client), filed(client)

    def say_with_key(receipt: dict[str, Any], what: str) -> Any:
        headers = NOBODY | {"idempotency-key": "1"}
        return client.post(receipt["url"], json={"say": what}, headers=headers)

    answer = say_with_key(first, "satisfied")
    say(client, first["token"], say="unsatisfied")
    again = say_with_key(first, "satisfied")
    assert (answer.status_code, again.status_code, again.json()["id"]) == (202, 202, first["id"])
    assert len(again.json()["history"]) == 2, "it shows the report of now"
    assert (again.headers["idempotency-replayed"], again.headers["cache-control"]) == ("true", "no-store")
    said = [json.loads(body)["satisfied"] for type, body in events(rows) if type == "report.feedback.v1"]
    assert said == [True, False], "a late repeat does not take back what was said since"
    assert say_with_key(first, "hide").json()["type"] == "/problems/idempotency-key-reused"
    assert say_with_key(other, "hide").status_code == 202, "another reporter chose the same key"
    assert {zlib.decompress(row["body"]) for row in all_of(rows, answered.ANSWERED)} == {b""}, "no words are kept"


@pytest.mark.parametrize(
    "body",
    [
        {"say": "add"},
        {"say": "hide", "text": "x"},
        {"say": "shout"},
        {"say": "add", "text": " "},
        {"say": "add", "text": "x" * 4001},
        {"text": "x"},
        {"say": "withdraw", "more": 1},
    ],
)
def test_what_cannot_be_said_is_refused(client: TestClient, rows: Engine, body: dict[str, str]) -> None:
    receipt = filed(client)
    assert say(client, receipt["token"], **body).json()["type"] == "/problems/invalid-request"
    assert len(events(rows)) == 1


def test_what_is_said_of_a_text_follows_its_report(client: TestClient, rows: Engine, settings: Settings) -> None:
    text(client, "BJN " + "Jalan rusak " * 14)  # so long that its event waits for a further piece
    (report,) = all_of(rows, REPORT)
    tokens = Tokens(settings.follow_secret)
    with transaction(rows) as session:
        tokens.note(session, [report["id"]])
    say(client, tokens.of(report["id"]), say="withdraw")
    assert [type for type, _ in events(rows)] == ["report.received.v1", "report.withdrawn.v1"]


@pytest.fixture
def linking(settings: Settings, region: Region) -> Iterator[TestClient]:
    replies = region.words.replies | dict.fromkeys(("received", "waiting"), "{code} {due} {link}")
    words = region.words.model_copy(update={"replies": replies})
    linked = region.model_copy(update={"follow_url": "https://l.example/f/", "words": words})
    with TestClient(create_app(settings, linked)) as client:
        yield client


def test_the_link_in_a_reply_has_the_token_and_only_for_its_reporter(linking: TestClient, rows: Engine) -> None:
    reply = text(linking, "BJN Jalan rusak")
    (report,) = all_of(rows, REPORT)
    link = reply.rsplit(" ", 1)[1]
    assert link.startswith("https://l.example/f/")
    assert report["code"] not in link
    assert read(linking, f"/v1/follow/{link.rsplit('/', 1)[1]}").json()["id"] == report["id"]
    assert link in text(linking, f"CEK {report['code']}")
    assert "l.example" not in text(linking, f"CEK {report['code']}", sender="+62811000009")
    assert filed(linking)["url"].startswith("https://l.example/f/")


SOURCED = {**BODY, "source": {"name": "kota", "id": "7"}}


def test_a_source_belongs_to_the_key_that_used_it(client: TestClient) -> None:
    ours, theirs = filed(client, SOURCED), filed(client, SOURCED, OFFICIAL)
    assert ours["id"] != theirs["id"]
    assert ours["token"] != theirs["token"]
    assert filed(client, SOURCED) == ours
    assert filed(client, SOURCED, OFFICIAL)["token"] == theirs["token"]


def test_sources_of_the_version_before_are_still_known(client: TestClient, rows: Engine) -> None:
    ours = filed(client, SOURCED)
    with transaction(rows) as session:
        session.execute(update(REPORT).values(source="api/kota"))  # as the version before stored it
    assert filed(client, SOURCED)["id"] == ours["id"]
    theirs = filed(client, SOURCED, OFFICIAL)
    assert theirs["id"] != ours["id"], "officials do not reach what another key filed"
    again = filed(client, SOURCED, OFFICIAL)
    assert (again["id"], again["outcome"]) == (theirs["id"], "unchanged")
    assert len(all_of(rows, REPORT)) == 2


def test_the_import_of_the_version_before_is_not_doubled(app: FastAPI, client: TestClient, rows: Engine) -> None:
    receipt = filed(client, SOURCED, OFFICIAL)
    (row,) = all_of(rows, REPORT)
    assert row["source"] == "api/kota", "as the version before stores it, so that neither doubles it"
    assert filed(client, SOURCED, OFFICIAL)["id"] == receipt["id"]


ANSWERS = [
    {"text": "Kami cek", "at": "2026-11-02T01:00:00Z", "acted": False},
    {"text": "Sudah ditambal", "at": "2026-11-05T01:00:00Z", "acted": True, "agency": "dinkes"},
]
BROUGHT = {**SOURCED, "received_at": "2026-11-01T01:00:00Z", "responses": ANSWERS}


def test_several_answers_of_history_are_told_and_the_new_ones_later(client: TestClient, rows: Engine) -> None:
    filed(client, {**BROUGHT, "responses": ANSWERS[:1]}, OFFICIAL)
    assert filed(client, BROUGHT, OFFICIAL)["outcome"] == "changed"
    assert filed(client, BROUGHT, OFFICIAL)["outcome"] == "unchanged"
    told = json.loads(events(rows)[-1][1])
    assert [each["text"] for each in told["responses"]] == ["Kami cek", "Sudah ditambal"]
    assert told["response"]["agency"] == "dinkes"
    refused = client.post("/v1/reports", json={**BROUGHT, "responses": ANSWERS[:1]}, headers=OFFICIAL)
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/responses"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"responses": [{"text": "x"}]}, "/responses"),
        ({"responses": list(reversed(ANSWERS))}, "/responses/1/at"),
        ({"responses": [{**ANSWERS[0], "agency": "nobody"}]}, "/responses/0/agency"),
        ({"response": ANSWERS[0]}, "/responses"),
        ({"responses": []}, "/responses"),
    ],
)
def test_answers_that_cannot_be_are_refused(client: TestClient, change: dict[str, object], pointer: str) -> None:
    answer = client.post("/v1/reports", json={**BROUGHT, **change}, headers=OFFICIAL)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
