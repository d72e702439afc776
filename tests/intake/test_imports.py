"""`/v1/imports`: a number for each import, and its undoing, which frees what it brought to be brought again."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from kit.db import transaction
from services.intake.handlers import REPORT
from services.intake.standings import STANDING
from tests.intake.conftest import CHANNEL, FILING, NOBODY, OFFICIAL, at_once
from tests.intake.test_rest_door import post
from tests.intake.test_sms_door import all_of, events


def begin(client: TestClient, **body: str) -> int:
    answer = client.post("/v1/imports", json=body, headers=OFFICIAL)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


def bring(client: TestClient, number: int | None, id: str, text: str = "Jalan rusak") -> tuple[int, dict[str, object]]:
    body = {"text": text, "import": number, "source": {"name": "kota", "id": id}}
    return post(client, body, OFFICIAL)


def undo(client: TestClient, number: int) -> dict[str, object]:
    answer = client.post(f"/v1/imports/{number}/undo", headers=OFFICIAL)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def listed(client: TestClient, **query: int) -> dict[str, Any]:
    return dict(client.get("/v1/imports", params=query, headers=OFFICIAL).json())


def test_an_import_is_listed_with_what_became_of_its_reports(client: TestClient, rows: Engine) -> None:
    number = begin(client, name="kota.csv", source="kota")
    receipts = [bring(client, number, id)[1] for id in "abc"]
    bring(client, None, "d")
    with transaction(rows) as session:
        for receipt, status in zip(receipts, ("closed", "rejected"), strict=False):
            values = {"report": receipt["id"], "status": status, "updated_at": all_of(rows, REPORT)[0]["accepted_at"]}
            session.execute(STANDING.insert().values(**values))
    one = listed(client)["imports"][0]
    told = {
        name: one[name] for name in ("number", "name", "source", "undone_at", "reports", "opened", "held", "rejected")
    }
    assert told == {
        "number": number,
        "name": "kota.csv",
        "source": "kota",
        "undone_at": None,
        "reports": 3,
        "opened": 1,
        "held": 1,
        "rejected": 1,
    }


def test_an_undone_import_tells_of_each_report_once_and_its_rows_are_new_again(
    client: TestClient, rows: Engine
) -> None:
    first, other = begin(client), begin(client)
    brought = {str(bring(client, first, id)[1]["id"]) for id in "ab"}
    kept = bring(client, other, "c")[1]["id"]
    assert bring(client, other, "a")[1]["id"] in brought
    undone = [undo(client, first), undo(client, first)]
    assert undone[0] == undone[1]
    assert undone[0]["undone_at"]
    told = [(subject, json.loads(body)) for type, body, subject in _events(rows) if type == "report.undone.v1"]
    assert sorted(told) == [(report, {"number": first}) for report in sorted(brought)]
    again = begin(client)
    assert not brought & {str(bring(client, again, id, "Jalan rusak parah")[1]["id"]) for id in "ab"}
    assert bring(client, again, "c")[1]["id"] == kept
    sources = {row["source"] for row in all_of(rows, REPORT) if row["id"] in brought}
    assert sources == {f"undone/{first}/api/kota"}


def _events(rows: Engine) -> list[tuple[str, bytes, str]]:
    from kit.outbox import OUTBOX

    return [(row["type"], row["body"], row["subject"]) for row in all_of(rows, OUTBOX)]


def test_a_report_of_an_import_that_takes_none_is_refused_and_harms_no_other(
    app: FastAPI, client: TestClient, rows: Engine
) -> None:
    undone, open_one = begin(client), begin(client)
    undo(client, undone)
    for number in (undone, 99):
        status, problem = bring(client, number, "a")
        assert (status, problem["type"]) == (422, "/problems/import-not-open")
    lines = [json.dumps({"text": "Jalan rusak", "import": number}) for number in (undone, open_one, 99, open_one)]
    headers = {**OFFICIAL, "content-type": "application/x-ndjson"}
    (answer,) = at_once(app, 1, "POST", "/v1/reports", content="\n".join(lines), headers=headers)
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [422, 202, 422, 202]
    assert len(all_of(rows, REPORT)) == 2


@pytest.mark.parametrize("headers", [FILING, CHANNEL, NOBODY])
def test_imports_are_for_officials(client: TestClient, rows: Engine, headers: dict[str, str]) -> None:
    number = begin(client)
    answers = [
        client.get("/v1/imports", headers=headers),
        client.post("/v1/imports", json={}, headers=headers),
        client.post(f"/v1/imports/{number}/undo", headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {401 if headers is NOBODY else 403}
    assert listed(client)["imports"][0]["undone_at"] is None
    assert post(client, {"text": "Jalan rusak", "import": number}, headers)[0] in (401, 403)
    assert events(rows) == []


def test_imports_come_in_pages_newest_first(client: TestClient) -> None:
    numbers = [begin(client) for _ in range(5)]
    page = listed(client, limit=2)
    seen = [each["number"] for each in page["imports"]]
    while page["next"]:
        page = client.get(str(page["next"]), headers=OFFICIAL).json()
        seen += [each["number"] for each in page["imports"]]
    assert seen == numbers[::-1]


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "9" * 30])
def test_an_import_that_is_none_cannot_be_undone(client: TestClient, number: str) -> None:
    assert client.post(f"/v1/imports/{number}/undo", headers=OFFICIAL).status_code in (404, 422)


def test_an_import_that_fails_to_commit_is_taken_back_whole_or_not_at_all(client: TestClient, rows: Engine) -> None:
    number = begin(client)
    bring(client, number, "a")
    with transaction(rows) as session:  # a report in the way of the new name, as nobody can make it over HTTP
        report = all_of(rows, REPORT)[0]
        session.execute(
            REPORT.insert().values({**report, "id": "x", "code": "X", "source": f"undone/{number}/api/kota"})
        )
        session.execute(update(REPORT).where(REPORT.c.id == "x").values(import_number=None))
    assert client.post(f"/v1/imports/{number}/undo", headers=OFFICIAL).status_code == 500
    assert listed(client)["imports"][0]["undone_at"] is None
    assert [type for type, _, _ in _events(rows)] == ["report.received.v1"]
