"""A report whose location changed: every face and file has the new one, and the log the fact."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from contracts.events import CaseHidden, CaseRelocated, Place
from services.publish.releases.files import Files
from services.publish.verify.release import verify_release
from tests.publish.conftest import NOW, Desk, closed, disposed, opened
from tests.publish.test_withdrawal import cut

KEDUNGADEM = Place(code="35.22.11.2001", name="Sukorejo", kecamatan="Kedungadem")


def relocated(report: UUID, **fields: Any) -> CaseRelocated:
    values = {"place": KEDUNGADEM, "lat": -7.3, "long": 112.0, "reason": "menurut kota"}
    return CaseRelocated(**{"time": NOW + timedelta(hours=1), "subject": report, **values, **fields})


def request_of(client: TestClient, report: UUID) -> dict[str, Any]:
    [request] = client.get(f"/open311/v2/requests/{report}.json").json()
    return dict(request)


def test_every_face_has_the_new_location_and_its_filters_find_it(desk: Desk, client: TestClient) -> None:
    event = opened(lat=-7.25, long=111.85, address="dekat sekolah")
    report = event.subject
    desk.publish(event, disposed(report))
    desk.publish(relocated(report))
    body = client.get(f"/v1/reports/{report}").json()
    assert (body["place"], body["lat"], body["long"]) == (KEDUNGADEM.model_dump(), -7.3, 112.0)
    assert (body["status"], body["agency"], body["updated_at"]) == ("disposed", "dpu", "2026-11-24T06:00:00.000Z")
    step = {"at": "2026-11-24T06:00:00.000Z", "what": "relocated", "reason": "menurut kota"}
    nulls = ("agency", "text", "acted", "closure", "answer", "by", "privacy", "duplicate_of")
    assert body["history"][-1] == step | dict.fromkeys(nulls)
    assert body["log"] == [0, 1, 2]
    request = request_of(client, report)
    assert (request["address"], request["address_id"]) == ("Sukorejo, Kedungadem", KEDUNGADEM.code)
    assert request["lat"] == -7.3
    for query, found in (("place=35.22.11", 1), ("place=35.22.14", 0), ("bbox=111.9,-7.4,112.1,-7.2", 1)):
        assert len(client.get(f"/v1/reports?{query}").json()["reports"]) == found, query


def test_a_location_that_is_not_known_any_more_leaves(desk: Desk, client: TestClient) -> None:
    event = opened(lat=-7.25, long=111.85, address="dekat sekolah")
    desk.publish(event, relocated(event.subject, place=None, lat=None, long=None))
    body = client.get(f"/v1/reports/{event.subject}").json()
    assert (body["place"], body["lat"], body["long"]) == (None, None, None)
    assert request_of(client, event.subject)["address"] is None


def test_other_facts_leave_the_location_as_it_was(desk: Desk, client: TestClient) -> None:
    event = opened(address="dekat sekolah")
    desk.publish(event, disposed(event.subject), closed(event.subject))
    assert request_of(client, event.subject)["address"] == "Sukorejo, Dander"
    assert client.get(f"/v1/reports/{event.subject}").json()["place"] is not None


@pytest.mark.parametrize("how", ["confidential", "hidden"])
def test_nothing_shows_where_a_withheld_report_is(desk: Desk, client: TestClient, how: str) -> None:
    event = opened(confidential=how == "confidential", text=None, place=None)
    desk.publish(event)
    if how == "hidden":
        desk.publish(CaseHidden(time=NOW, subject=event.subject, reason="names a child"))
    desk.publish(relocated(event.subject))
    for path in (f"/v1/reports/{event.subject}", f"/open311/v2/requests/{event.subject}.json", "/v1/reports"):
        answer = client.get(path).text
        assert "Sukorejo" not in answer
        assert "menurut kota" not in answer


def test_history_that_is_brought_later_is_found_by_when_it_came(desk: Desk, client: TestClient) -> None:
    event = opened()
    desk.publish(event, disposed(event.subject))
    desk.publish(closed(event.subject, NOW - timedelta(days=3)), now=NOW + timedelta(days=1))
    body = client.get(f"/v1/reports/{event.subject}").json()
    assert (body["closed_at"], body["updated_at"]) == ("2026-11-21T05:00:00.000Z", "2026-11-25T05:00:00.000Z")
    assert body["history"][-1]["at"] == "2026-11-21T05:00:00.000Z"
    found = client.get("/v1/reports?updated_from=2026-11-25T00:00:00Z").json()["reports"]
    assert [report["id"] for report in found] == [str(event.subject)]


def test_a_release_with_a_relocation_verifies(desk: Desk, client: TestClient, tmp_path: Path) -> None:
    event = opened(lat=-7.25, long=111.85)
    desk.publish(event, disposed(event.subject), relocated(event.subject))
    number = cut(desk, Files(f"file://{tmp_path / 'files'}"))
    folder = tmp_path / "release"
    folder.mkdir()
    for file in client.get(f"/v1/datasets/reports/releases/{number}").json()["files"]:
        (folder / file["name"]).write_bytes(client.get(file["url"]).content)
    result = verify_release(folder, client.get("/log/key").text)
    assert (result.faults, result.facts) == ([], 3)
    assert "relocated" in (folder / "history.csv").read_text()
    assert "35.22.11.2001" in (folder / "reports.csv").read_text()
