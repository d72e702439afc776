"""This version starts on the data folder of an earlier one, and serves, changes and releases its reports."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from services.publish.verify.release import verify_release
from tests.journey.system import ROOT, System
from tests.publish import keeping
from tests.publish.test_times_of_files import times_read

NEVER_PUBLIC = ("held", "rejected")
CHANGED_BY_AN_ANSWER = {"status", "updated_at", "history", "log", "due_at", "responded_at", "closes_at"}


@pytest.fixture(scope="module", params=keeping.FORMS)
def earlier_system(request: pytest.FixtureRequest) -> Iterator[tuple[System, dict[str, str]]]:
    with TemporaryDirectory(prefix="pendapa-") as folder:
        data = keeping.unpack(request.param, Path(folder))
        system = System(data, "embedded", ROOT / "tests/regions/tiny")
        try:
            system.start()
            yield system, keeping.reports(request.param)
        finally:
            if system.process is not None and system.process.poll() is None:
                system.end()
            system.http.close()


def test_every_report_of_an_earlier_version_is_served(earlier_system: tuple[System, dict[str, str]]) -> None:
    system, ids = earlier_system
    for name in ("answerable", "responded", "closed", "confidential", "somewhere", "reopened"):
        report = system.public(ids[name])
        assert report["id"] == ids[name]
        assert (report["text"] is None) == (name == "confidential")
    assert system.http.get(f"/v1/reports/{ids['hidden']}").status_code == 410
    for name in NEVER_PUBLIC:
        assert system.http.get(f"/v1/reports/{ids[name]}").status_code == 404
    matches = {report["id"] for report in system.all_reports(q="rusak")}
    assert matches == {ids["answerable"], ids["closed"], ids["somewhere"]}


def test_an_answer_to_a_report_of_an_earlier_version_is_accepted_and_becomes_public(
    earlier_system: tuple[System, dict[str, str]],
) -> None:
    system, ids = earlier_system
    before = system.public(ids["answerable"])
    answer = system.act(
        ids["answerable"], "respond", system.bearer("agencies", before["agency"]), text="Ditambal pagi ini", acted=True
    )
    assert answer.status_code == 200, answer.text
    after = system.public(ids["answerable"], "responded")
    assert after["history"][-1]["text"] == "Ditambal pagi ini"
    assert after["history"][: len(before["history"])] == before["history"]
    assert (before["responded_at"], after["responded_at"]) == (None, after["history"][-1]["at"])
    assert after["closes_at"] > after["responded_at"]
    same = before.keys() - CHANGED_BY_AN_ANSWER
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert system.parked() == 0


def test_a_release_of_an_earlier_version_is_listed_and_served_as_it_was(
    earlier_system: tuple[System, dict[str, str]],
) -> None:
    system, _ = earlier_system
    listed = system.http.get("/v1/datasets/reports/releases").json()["releases"]
    earlier = [release for release in listed if release["number"] <= 4]
    assert [(release["number"], release["withdrawn_at"] is None) for release in earlier] == [
        (4, True), (3, True), (2, False), (1, False),
    ]  # fmt: skip
    for file in earlier[0]["files"]:
        assert system.http.get(file["url"]).status_code == 200
    assert system.http.get(earlier[-1]["files"][0]["url"]).status_code == 410


def test_a_release_cut_on_a_folder_of_an_earlier_version_verifies(
    earlier_system: tuple[System, dict[str, str]], tmp_path: Path
) -> None:
    system, ids = earlier_system
    reopened = system.public(ids["reopened"])
    closing = system.act(
        ids["reopened"], "close", system.bearer("agencies", reopened["agency"]), closure="done", text="Sudah"
    )
    assert closing.status_code == 200, closing.text
    system.public(ids["reopened"], "closed")
    release = system.release()
    folder = system.download(release, tmp_path / "release")
    result = verify_release(folder, system.http.get("/log/key").text)
    assert result.faults == []
    assert times_read(folder) > 50
    assert result.reports == len(ids.keys() - {"hidden", *NEVER_PUBLIC})
