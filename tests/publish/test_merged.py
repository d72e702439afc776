"""A merged report names its main one, which counts the public reports of the matter, and no others."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from contracts.events import AnyEvent, CaseHidden, CaseMerged, CaseSplit, CaseTold
from kit.db import snapshot, transaction
from services.publish.record import sound, values
from services.publish.releases import cut as releases
from services.publish.releases import numbers
from services.publish.releases.files import Files
from services.publish.verify.release import verify_release
from tests.pendapa.test_verify_forms import rows_changed
from tests.publish.conftest import NOW, Desk, disposed, opened

LATER = NOW + timedelta(hours=1)


def merged(report: UUID, main: UUID | None, **fields: Any) -> CaseMerged:
    told = {"time": LATER, "subject": report, "duplicate_of": main, "agency": "dpu", "reason": "lubang yang sama"}
    return CaseMerged(**{**told, **fields})


def split(report: UUID, **fields: Any) -> CaseSplit:
    told = {"time": LATER, "subject": report, "agency": "dpu", "reason": "lubang lain", "due_at": LATER}
    return CaseSplit(**{**told, **fields})


def read(client: TestClient, report: UUID) -> Any:
    return client.get(f"/v1/reports/{report}").json()


def count(client: TestClient, report: UUID) -> int:
    number: int = read(client, report)["reported_by"]
    [request] = client.get(f"/open311/v2/requests/{report}.json?extensions=true").json()
    assert request["extended_attributes"]["reported_by"] == number
    listed = {each["id"]: each["reported_by"] for each in client.get("/v1/reports").json()["reports"]}
    assert listed[str(report)] == number
    return number


@pytest.fixture
def cut(desk: Desk, tmp_path: Path) -> Callable[[], Path]:
    """Cuts a release, and returns its folder."""
    files = Files(f"file://{tmp_path / 'files'}")

    def made() -> Path:
        number = releases.cut(desk.engine, files, desk.signer, desk.region, NOW)
        return tmp_path / "files" / numbers.folder(number)

    return made


def faults(desk: Desk, folder: Path) -> list[str]:
    return [str(fault) for fault in verify_release(folder, f"{desk.signer.verifier}\n").faults]


def lines(folder: Path) -> dict[str, dict[str, Any]]:
    rows = [orjson.loads(line) for line in (folder / "reports.jsonl").read_bytes().splitlines()]
    return {row["id"]: row for row in rows}


def test_a_merge_and_a_split_are_facts_of_both_reports(desk: Desk, client: TestClient, cut: Callable[[], Path]) -> None:
    main, report = desk.open(), desk.open()
    desk.publish(disposed(main), disposed(report))
    desk.publish(merged(report, main))
    body = read(client, report)
    assert (body["status"], body["closure"], body["duplicate_of"]) == ("closed", "duplicate", str(main))
    assert (body["closed_at"], body["reported_by"]) == ("2026-11-24T06:00:00.000Z", 1)
    step = body["history"][-1]
    assert (step["what"], step["duplicate_of"], step["reason"]) == ("merged", str(main), "lubang yang sama")
    assert (count(client, main), read(client, main)["history"][-1]["what"]) == (2, "recounted")
    assert read(client, main)["updated_at"] == "2026-11-24T06:00:00.000Z"
    changes = client.get("/v1/changes").json()["changes"]
    assert [(each["report"], each["what"]) for each in changes[-2:]] == [
        (str(report), "merged"),
        (str(main), "recounted"),
    ]
    folder = cut()
    assert faults(desk, folder) == []
    assert (lines(folder)[str(main)]["reported_by"], lines(folder)[str(report)]["duplicate_of"]) == (2, str(main))

    desk.publish(split(report))
    body = read(client, report)
    assert (body["status"], body["closure"], body["duplicate_of"], body["closed_at"]) == ("reopened", None, None, None)
    assert (body["due_at"], body["history"][-1]["what"]) == ("2026-11-24T06:00:00.000Z", "split")
    assert (count(client, main), faults(desk, cut())) == (1, [])
    with snapshot(desk.engine) as session:
        assert list(sound.faults(session, desk.signer.verifier)) == []


@pytest.mark.parametrize("batches", ["one", "each"])
@pytest.mark.parametrize("order", ["AaMBb", "ABbaM", "BAabM", "BbAaM", "AaBMb"])
def test_it_does_not_matter_which_report_comes_first(
    desk: Desk, client: TestClient, order: str, batches: str, cut: Callable[[], Path]
) -> None:
    one, main = opened(), opened()
    events: dict[str, AnyEvent] = {"A": one, "B": main, "a": disposed(one.subject), "b": disposed(main.subject)}
    events["M"] = merged(one.subject, main.subject)
    told = [events[each] for each in order]
    for batch in [told] if batches == "one" else [[event] for event in told]:
        desk.publish(*batch)
    assert count(client, main.subject) == 2
    assert faults(desk, cut()) == []


def test_what_was_hidden_is_counted_no_more(desk: Desk, client: TestClient, cut: Callable[[], Path]) -> None:
    main, report, other = desk.open(), desk.open(), desk.open()
    desk.publish(merged(report, main), merged(other, main))
    assert count(client, main) == 3
    desk.publish(CaseHidden(time=LATER, subject=report, reason="menyebut nama"))
    assert (count(client, main), faults(desk, cut())) == (2, [])
    desk.publish(CaseHidden(time=LATER, subject=main, reason="menyebut nama"))
    assert client.get(f"/v1/reports/{main}").status_code == 410
    desk.publish(split(other))
    assert (read(client, other)["duplicate_of"], faults(desk, cut())) == (None, [])


def test_of_a_report_that_was_never_public_the_count_of_rejected_ones_alone_tells(
    desk: Desk, client: TestClient
) -> None:
    main, held = desk.open(), UUID(int=7)
    seen = [client.get(path).json() for path in (f"/v1/reports/{main}", "/v1/changes")]
    desk.publish(merged(held, None, agency=None, received_at=NOW), CaseTold(time=LATER, subject=held, what="disposed"))
    desk.publish(CaseTold(time=LATER, subject=main, what="responded", text="Besok"))
    assert [client.get(path).json()["status"] for path in [f"/v1/reports/{main}"]] == ["verified"]
    assert (client.get("/v1/changes").json()["changes"], read(client, main)) == (seen[1]["changes"], seen[0])
    assert client.get(f"/v1/reports/{held}").status_code == 404

    def rejected() -> int:
        cells = client.get("/v1/stats").json()["counts"]
        return sum(cell["reports"] for cell in cells if cell["status"] == "rejected")

    assert rejected() == 1
    desk.publish(split(held, agency=None, due_at=None, received_at=NOW))
    assert rejected() == 0
    desk.publish(opened(subject=held))
    assert read(client, held)["reported_by"] == 1


def test_a_withheld_report_is_closed_and_names_nothing(desk: Desk, client: TestClient, cut: Callable[[], Path]) -> None:
    main, secret, other = desk.open(), *(opened(text=None, place=None, confidential=True) for _ in range(2))
    desk.publish(secret, other)
    desk.publish(merged(secret.subject, None, reason="digabung"))
    body = read(client, secret.subject)
    assert (body["status"], body["closure"], body["duplicate_of"]) == ("closed", "duplicate", None)
    assert [step["reason"] for step in body["history"] if step["what"] == "merged"] == [None]
    assert (count(client, main), count(client, secret.subject), faults(desk, cut())) == (1, 1, [])
    desk.publish(merged(other.subject, main))  # whatever routing sends
    assert count(client, main) == 1


def test_a_check_of_the_database_tells_another_count(desk: Desk) -> None:
    main, report = desk.open(), desk.open()
    desk.publish(merged(report, main))
    with transaction(desk.engine) as session:
        session.execute(text("UPDATE record SET reported_by = 3 WHERE id = :id"), {"id": str(main)})
    with snapshot(desk.engine) as session:
        told = [fault for fault in sound.faults(session, desk.signer.verifier) if "reported it" in fault]
    assert told == [f"report {main} says that 3 reported it, and there are 2"]


def test_another_count_in_a_release_is_found(desk: Desk, cut: Callable[[], Path]) -> None:
    main, report = desk.open(), desk.open()
    desk.publish(merged(report, main))
    folder = cut()
    number = next(at for at, row in enumerate(lines(folder).values()) if row["id"] == str(main))
    rows_changed(folder, "reports", lambda rows: rows[number].update(reported_by=9))
    found = faults(desk, folder)
    assert found
    assert any("reported_by is not what rule 2 gives" in fault for fault in found)


def test_a_record_of_a_version_that_merged_none_was_reported_by_one() -> None:
    assert values.read(b'{"id": "x"}')["reported_by"] == 1
