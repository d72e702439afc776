"""`POST /v1/reports` with a source that came before: its changes are taken with the official key, or none of them."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from contracts.events import CaseClosed, CaseDisposed, CaseReopened, Closure, Event
from kit.db import transaction
from kit.outbox import OUTBOX
from services.intake import many
from services.intake.handlers import REPORT
from services.intake.standings import follow_cases
from tests.intake.conftest import FILING, OFFICIAL
from tests.intake.test_sms_door import all_of, events

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
ROW: dict[str, Any] = {
    "text": "Jalan rusak",
    "source": {"name": "kota", "id": "7"},
    "kind": "complaint",
    "category": "jalan-rusak",
    "agency": "dpu",
    "place": "Sukorejo",
    "lat": -7.25,
    "long": 111.85,
    "received_at": "2026-11-01T08:00:00+07:00",
    "confidential": False,
}
ANSWER = {"text": "Sudah ditambal", "at": "2026-11-03T01:00:00Z", "acted": True}
CLOSED = {"closed_at": "2026-11-04T01:00:00Z", "closure": "done"}


def post(client: TestClient, body: object, headers: dict[str, str] = OFFICIAL) -> dict[str, Any]:
    """The answer, with its status as a line of many has it."""
    answer = client.post("/v1/reports", json=body, headers=headers)
    document: dict[str, Any] = {"status": answer.status_code, **answer.json()}
    return document


def told(rows: Engine) -> list[dict[str, Any]]:
    """What each `report.updated` says, without what did not change."""
    bodies = [json.loads(body) for type, body in events(rows) if type == "report.updated.v1"]
    for body in bodies:
        if body["response"] is not None:
            body["response"] = {name: value for name, value in body["response"].items() if value is not None}
    return [{name: value for name, value in body.items() if value is not None} for body in bodies]


def follow(rows: Engine, report: object, *happened: Event) -> None:
    with transaction(rows) as session:
        follow_cases(session, [event.model_copy(update={"subject": UUID(str(report))}) for event in happened])  # type: ignore[misc]


def disposed(agency: str = "dpu") -> Event:
    return CaseDisposed(time=NOW, subject=UUID(int=0), agency=agency, category="jalan-rusak", reason="")


def closed() -> Event:
    return CaseClosed(time=NOW, subject=UUID(int=0), closure=Closure.done)


def test_the_same_row_is_unchanged_and_says_nothing_to_routing(client: TestClient, rows: Engine) -> None:
    first = post(client, {**ROW, **CLOSED, "response": ANSWER})
    again = post(client, {**ROW, **CLOSED, "response": ANSWER})
    assert (first["outcome"], again["outcome"]) == ("new", "unchanged")
    assert again == {**first, "outcome": "unchanged"}
    assert len(events(rows)) == len(all_of(rows, REPORT)) == 1


@pytest.mark.parametrize(
    ("change", "news"),
    [
        (CLOSED, CLOSED),
        ({"closed_at": "2026-11-04T08:00:00+07:00"}, {"closed_at": "2026-11-04T01:00:00Z"}),
        ({"response": ANSWER}, {"response": ANSWER}),
        ({"category": "kesehatan"}, {"category": "kesehatan", "agency": "dpu"}),
        ({"category": "kesehatan", "agency": None}, {"category": "kesehatan"}),
        ({"agency": "dinkes"}, {"agency": "dinkes"}),
        ({"agency": None}, {"category": "jalan-rusak"}),
        ({"place": "Dander"}, {"location": {"place": "Dander", "lat": -7.25, "long": 111.85, "address": None}}),
        ({"lat": -7.3}, {"location": {"place": "Sukorejo", "lat": -7.3, "long": 111.85, "address": None}}),
        ({"place": None, "lat": None, "long": None}, {"location": dict.fromkeys(("place", "lat", "long", "address"))}),
        (
            {"address": "Jl. Mawar"},
            {"location": {**{k: ROW[k] for k in ("place", "lat", "long")}, "address": "Jl. Mawar"}},
        ),
        ({**CLOSED, "response": ANSWER, "agency": "dinkes"}, {**CLOSED, "response": ANSWER, "agency": "dinkes"}),
    ],
)
def test_a_change_is_taken_once_and_only_it_is_told(
    client: TestClient, rows: Engine, change: dict[str, Any], news: dict[str, Any]
) -> None:
    first = post(client, ROW)
    changed, again = (post(client, {**ROW, **change}) for _ in range(2))
    assert (changed["status"], changed["outcome"], again["outcome"]) == (202, "changed", "unchanged")
    assert changed["id"] == again["id"] == first["id"]
    assert told(rows) == [news]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"text": "Jalan rusak parah"}, ["/text"]),
        ({"received_at": "2026-11-02T08:00:00+07:00"}, ["/received_at"]),
        ({"kind": "information"}, ["/kind"]),
        ({"channel": "radio"}, ["/channel"]),
        ({"anonymous": True}, ["/anonymous"]),
        ({"confidential": True}, ["/confidential"]),
        ({"contact": {"phone": "0811000000"}}, ["/contact/phone"]),
        ({"category": None}, ["/category"]),
        ({"text": "x", "received_at": "2026-11-02T08:00:00+07:00", **CLOSED}, ["/text", "/received_at"]),
    ],
)
def test_what_cannot_change_is_named_and_nothing_of_its_row_is_taken(
    client: TestClient, rows: Engine, change: dict[str, Any], pointers: list[str]
) -> None:
    post(client, ROW)
    before = all_of(rows, REPORT)
    refusal = post(client, {**ROW, **change, "place": "Dander"})
    assert (refusal["status"], refusal["type"]) == (409, "/problems/cannot-change")
    assert [error["pointer"] for error in refusal["errors"]] == pointers
    assert all(error["detail"] for error in refusal["errors"])
    assert told(rows) == []
    assert all_of(rows, REPORT) == before


def test_what_a_row_does_not_say_any_more_of_fixed_members_is_no_change(client: TestClient, rows: Engine) -> None:
    post(client, ROW)
    silent = {name: value for name, value in ROW.items() if name not in ("received_at", "kind", "confidential")}
    assert post(client, silent)["outcome"] == "unchanged"
    assert post(client, ROW)["outcome"] == "unchanged"


def test_a_row_without_a_date_is_the_same_on_every_night(client: TestClient) -> None:
    row = {name: value for name, value in ROW.items() if name != "received_at"}
    assert [post(client, row)["outcome"] for _ in range(2)] == ["new", "unchanged"]


@pytest.mark.parametrize(
    ("first", "change", "pointers"),
    [
        (CLOSED, {}, ["/closed_at"]),
        (CLOSED, {**CLOSED, "closed_at": "2026-11-05T01:00:00Z"}, ["/closed_at"]),
        (CLOSED, {**CLOSED, "closure": "explained"}, ["/closure"]),
        (CLOSED, {**CLOSED, "category": "kesehatan"}, ["/category"]),
        (CLOSED, {**CLOSED, "agency": "dinkes"}, ["/agency"]),
        (CLOSED, {**CLOSED, "response": ANSWER}, ["/response"]),
        ({**CLOSED, "response": ANSWER}, CLOSED, ["/response"]),
    ],
)
def test_a_report_that_is_closed_here_stays_as_it_ended(
    client: TestClient, rows: Engine, first: dict[str, Any], change: dict[str, Any], pointers: list[str]
) -> None:
    receipt = post(client, {**ROW, **first})
    follow(rows, receipt["id"], disposed(), closed())
    refusal = post(client, {**ROW, **change})
    assert refusal["status"] == 409
    assert [error["pointer"] for error in refusal["errors"]] == pointers


def test_the_place_of_a_closed_report_may_still_be_corrected(client: TestClient, rows: Engine) -> None:
    receipt = post(client, {**ROW, **CLOSED})
    follow(rows, receipt["id"], disposed(), closed())
    assert post(client, {**ROW, **CLOSED, "place": "Dander"})["outcome"] == "changed"


def test_a_report_closed_here_is_not_reopened_or_closed_again_by_its_row(client: TestClient, rows: Engine) -> None:
    receipt = post(client, ROW)
    follow(rows, receipt["id"], disposed(), closed())
    assert post(client, ROW)["outcome"] == "unchanged"
    assert post(client, {**ROW, **CLOSED})["outcome"] == "unchanged"
    assert told(rows) == []


def test_a_report_reopened_here_stays_open_until_its_row_is_closed_anew(client: TestClient, rows: Engine) -> None:
    receipt = post(client, {**ROW, **CLOSED})
    reopened = CaseReopened(time=NOW, subject=UUID(int=0), agency="dpu", reason="")
    follow(rows, receipt["id"], disposed(), closed(), reopened)
    assert post(client, {**ROW, **CLOSED})["outcome"] == "unchanged"
    assert post(client, ROW)["outcome"] == "unchanged", "it is open there, too"
    later = {**CLOSED, "closed_at": "2026-11-20T01:00:00Z"}
    assert post(client, {**ROW, **later})["outcome"] == "changed"
    assert told(rows) == [later]


def test_another_closure_of_a_report_that_is_not_public_yet_is_taken(client: TestClient, rows: Engine) -> None:
    post(client, {**ROW, **CLOSED})
    assert post(client, {**ROW, **CLOSED, "closure": "cannot"})["outcome"] == "changed"
    assert told(rows) == [{**CLOSED, "closure": "cannot"}]


def test_a_transfer_here_is_not_undone_by_a_row_that_did_not_change(client: TestClient, rows: Engine) -> None:
    receipt = post(client, ROW)
    follow(rows, receipt["id"], disposed("dinkes"))
    assert post(client, ROW)["outcome"] == "unchanged"


def test_a_row_of_an_older_version_is_compared_with_what_is_known(client: TestClient, rows: Engine) -> None:
    receipts = [
        post(client, {**ROW, "source": {"name": "kota", "id": id}, **end}) for id, end in (("1", {}), ("2", CLOSED))
    ]
    with transaction(rows) as session:
        session.execute(update(REPORT).values(elsewhere=None))
    follow(rows, receipts[1]["id"], disposed(), closed())
    first, second = ({**ROW, "source": {"name": "kota", "id": id}} for id in ("1", "2"))
    assert post(client, {**second, **CLOSED, "response": ANSWER})["outcome"] == "unchanged"
    assert post(client, {**first, **CLOSED})["outcome"] == "changed"
    assert told(rows) == [CLOSED]
    assert post(client, {**second, **CLOSED, "closed_at": "2026-11-05T01:00:00Z"})["status"] == 409, "now it is known"


def test_without_the_official_key_a_known_source_is_the_same_report(client: TestClient, rows: Engine) -> None:
    body = {"text": "Jalan rusak", "source": ROW["source"], "category": "jalan-rusak"}
    first = post(client, body, FILING)
    assert "outcome" not in first
    assert post(client, {**body, "category": "kesehatan"}, FILING) == first
    assert post(client, {**body, "text": "Lain"}, FILING) == first | {"differs": True}
    assert len(events(rows)) == 1


def test_lines_are_told_apart_each_by_its_own_row(client: TestClient, rows: Engine) -> None:
    def row(id: str, **more: object) -> dict[str, Any]:
        return {**ROW, "source": {"name": "kota", "id": id}, **more}

    def lines(*sent: object) -> list[dict[str, Any]]:
        content = b"\n".join(json.dumps(each).encode() for each in sent)
        headers = {**OFFICIAL, "content-type": many.MEDIA_TYPE}
        return [
            json.loads(line)
            for line in client.post("/v1/reports", content=content, headers=headers).content.splitlines()
        ]

    lines(row("1"), row("2"), row("3"))
    answers = lines(row("1"), row("2", **CLOSED), row("3", text="Lain"), row("4"), row("4", **CLOSED))
    assert [answer["status"] for answer in answers] == [202, 202, 409, 202, 202]
    assert [answer.get("outcome") for answer in answers] == ["unchanged", "changed", None, "new", "changed"]
    assert answers[2]["errors"][0]["pointer"] == "/text"
    assert told(rows) == [CLOSED, CLOSED]


def test_what_is_told_to_routing_has_the_reporter_masked(client: TestClient, rows: Engine) -> None:
    row = {**ROW, "contact": {"phone": "0811000000", "name": "Siti Aminah"}}
    post(client, row)
    answer = {**ANSWER, "text": "Kami telepon Siti Aminah di 0811-000-000"}
    assert post(client, {**row, "place": "rumah Siti Aminah", "response": answer})["outcome"] == "changed"
    left = b"".join(bytes(each["body"]) for each in all_of(rows, OUTBOX)).decode().casefold()
    assert not [secret for secret in ("siti", "aminah", "0811") if secret in left]


def test_a_report_without_a_source_is_always_new(client: TestClient) -> None:
    body = {"text": "Jalan rusak"}
    first, second = post(client, body), post(client, body)
    assert (first["outcome"], second["outcome"]) == ("new", "new")
    assert first["id"] != second["id"]
