"""A report that was hidden after a backup is in no answer once that is restored, from the first one on."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from contracts.region import Region
from pendapa.backups.embedded import back_up
from pendapa.fault import Fault
from pendapa.home import RESTORING
from tests.pendapa import stores
from tests.pendapa.conftest import TINY
from tests.pendapa.steps import WHY, Steps
from tests.routing.conftest import ROAD, UNSURE

SECRET = "kelabang"


@pytest.fixture
def server(tmp_path: Path, tiny: Region) -> Steps:
    return Steps(tmp_path, tiny)


def left_of(client: TestClient, report: str) -> list[str]:
    """The answers that have the report's words, or the report as public; its address answers that it was hidden."""
    lists = [f"/v1/reports{query}" for query in ("", f"?q={SECRET}", "?agency=dpu", "?status=open")]
    lists += ["/v1/changes", "/v1/changes?agency=dpu", f"/v1/reports/{report}", f"/v1/reports/{report}/proof"]
    lists += [f"/open311/v2/requests{of}.{form}" for of in ("", f"/{report}") for form in ("json", "xml")]
    lists += [f"/open311/v2/requests.json?service_request_id={report}", "/v1/datasets/reports/releases/1/reports.csv"]
    answers = {path: client.get(path) for path in lists}
    assert answers["/v1/reports"].status_code == answers["/v1/changes"].status_code == 200
    has = [path for path, answer in answers.items() if SECRET in answer.text]
    listed = {each["id"] for path in lists[:4] for each in answers[path].json()["reports"]}
    assert (answers[f"/v1/reports/{report}"].status_code == 410) is (report not in listed)
    return [*has, *(["a list"] if report in listed else [])]


def hidden_after_backup(server: Steps) -> str:
    """A report that was public when the backup was made, and was hidden after it; its id."""
    report = server.report(f"{ROAD} {SECRET}")
    server.send()
    server.take()
    back_up(server.home, server.backup)
    server.hide(report)
    return report


def test_what_was_hidden_since_is_in_no_answer_from_the_first_on(server: Steps) -> None:
    other, report = server.report(ROAD), server.report(f"{ROAD} {SECRET}")
    server.send()
    server.take()
    stores.cut_release(server.home)
    with server.client() as client:
        assert len(left_of(client, report)) > 10, "all of these have it while it is public"
    back_up(server.home, server.backup)
    server.hide(report)
    with server.client() as client:
        assert left_of(client, report) == []

    answer = server.restore()
    assert answer.exit_code == 0, answer.output
    assert "hidden again" in answer.output
    assert report in answer.output
    with server.client() as client:
        assert left_of(client, report) == []
        assert client.get(f"/v1/reports/{other}").status_code == 200
        assert client.get("/v1/datasets/reports/releases/1/reports.csv").status_code == 410
        hidden = client.get("/v1/changes").json()["changes"][-1]
        assert (hidden["report"], hidden["what"], hidden["fact"]["reason"]) == (report, "hidden", WHY)
    assert server.faults() == []


def test_routing_has_the_act_of_before_and_publish_takes_its_event(server: Steps) -> None:
    report = hidden_after_backup(server)
    assert server.restore().exit_code == 0
    last = "SELECT \"by\", reason, public_reason FROM action WHERE report = :id AND move = 'hide'"
    assert server.ask("routing", last, id=report) == [("official", WHY, WHY)]
    assert server.ask("routing", 'SELECT hidden FROM "case" WHERE id = :id', id=report) == [(1,)]
    assert server.send() == 1
    server.take()
    assert server.ask("publish", "SELECT id, reason FROM hidden") == [(report, WHY)]
    [told] = server.ask(
        "routing", "SELECT seq, type FROM sent WHERE subject = :id ORDER BY seq DESC LIMIT 1", id=report
    )
    assert told[1] == "case.hidden.v1"
    assert server.ask("publish", "SELECT seq FROM taken WHERE report = :id", id=report) == [(told[0],)]
    assert server.faults() == []


def test_what_is_not_public_yet_in_the_restored_stores_does_not_become_so(server: Steps) -> None:
    held, on_its_way = server.report(f"{UNSURE} {SECRET}"), server.report(f"{ROAD} {SECRET}")
    back_up(server.home, server.backup)
    server.act(held, "verify", category="jalan-rusak")
    for report in (held, on_its_way):
        server.hide(report)
    gone = server.report(f"{ROAD} {SECRET}")
    server.hide(gone)
    answer = server.restore()
    assert answer.exit_code == 0, answer.output
    server.act(held, "verify", category="jalan-rusak")
    server.send()
    server.take()
    with server.client() as client:
        assert [left_of(client, report) for report in (held, on_its_way, gone)] == [[], [], []]
    assert server.faults() == []
    assert server.ask("routing", 'SELECT confidential FROM "case" WHERE id = :id', id=held) == [(1,)]
    assert server.ask("routing", 'SELECT id FROM "case" WHERE id = :id', id=gone) == []


@pytest.mark.parametrize("damaged", ["publish", "routing"])
def test_one_of_the_two_services_of_before_is_enough(server: Steps, damaged: str) -> None:
    report = hidden_after_backup(server)
    stores.damage(server.home, damaged)
    answer = server.restore()
    assert answer.exit_code == 0, answer.output
    with server.client() as client:
        assert left_of(client, report) == []
    assert server.ask("publish", "SELECT reason FROM hidden") == [(WHY,)]


def test_where_the_stores_of_before_cannot_be_read_it_is_told(server: Steps) -> None:
    report = hidden_after_backup(server)
    for service in ("publish", "routing"):
        stores.damage(server.home, service)
    answer = server.restore()
    assert answer.exit_code == 0, answer.output
    assert "The stores of before cannot be read" in answer.output
    with server.client() as client:
        assert left_of(client, report) != []


def test_a_new_log_does_not_have_it_either(server: Steps) -> None:
    before, report = server.report(f"{ROAD} {SECRET}"), server.report(f"{ROAD} {SECRET}")
    server.send()
    server.take()
    server.hide(before)
    back_up(server.home, server.backup)
    server.hide(report)
    stores.lose_commitments(server.home)
    answer = server.restore("--new-log")
    assert answer.exit_code == 0, answer.output
    assert server.ask("publish", "SELECT id FROM hidden") == [(report,)], "the other one's hiding is sent again"
    server.send()
    server.take()
    with server.client() as client:
        assert [left_of(client, each) for each in (before, report)] == [[], []]
    assert server.faults() == []


def test_without_the_servers_region_nothing_is_changed(server: Steps) -> None:
    report = hidden_after_backup(server)
    answer = server.restore("--region", TINY.parents[2] / "regions" / "bojonegoro")
    assert isinstance(answer.exception, Fault)
    assert "say the server's --region" in str(answer.exception)
    assert not (server.home.folder / RESTORING).exists()
    with server.client() as client:
        assert client.get(f"/v1/reports/{report}").status_code == 410
