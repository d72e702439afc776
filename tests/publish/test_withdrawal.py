"""Withdrawal: once a report is hidden, no release holds it, whatever runs or dies meanwhile."""

import shutil
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select
from sqlmodel import Session
from starlette.testclient import TestClient

from contracts.events import CaseHidden
from contracts.region import Region
from kit.db import snapshot, transaction
from services.publish import handlers
from services.publish.app import create_app
from services.publish.log.checkpoint import BadKey
from services.publish.releases import contents, numbers, withdrawal
from services.publish.releases import cut as releases
from services.publish.releases.files import Files
from services.publish.releases.schedule import Schedule
from services.publish.settings import Settings
from services.publish.tables import LEAF, RELEASE
from services.publish.verify.release import verify_release
from services.publish.worker import create_worker
from tests.publish.conftest import NOW, Desk, disposed, opened

GATEWAY = {"x-pendapa-gateway": "secret", "x-pendapa-role": "official"}
ALL = "/v1/datasets/reports/releases"
SECRET = "Jalan rusak, kata Siti anak RT 3"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The store that the client's app has."""
    return Files(f"file://{tmp_path / 'files'}")


def cut(desk: Desk, files: Files) -> int:
    return releases.cut(desk.engine, files, desk.signer, desk.region, NOW)


def hide(report: UUID) -> CaseHidden:
    return CaseHidden(time=NOW, subject=report, reason="names a child")


def standing(desk: Desk) -> list[int]:
    with snapshot(desk.engine) as session:
        query = select(RELEASE.c.number).where(RELEASE.c.withdrawn_at.is_(None)).order_by(RELEASE.c.number)
        return list(session.scalars(query))


def files_with(folder: Path, words: str) -> list[Path]:
    """Files below the folder that hold the words as they are; the packed ones hold the same rows."""
    return [path for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]


def work(desk: Desk, folder: Path, every: timedelta = timedelta(days=1)) -> None:
    """What the worker does at its next tick."""
    schedule = Schedule(desk.engine, f"file://{folder}", desk.signer, desk.region, every)
    with transaction(desk.engine) as session:
        schedule.tick[1](session, NOW)
    schedule.join()


def test_hiding_a_report_withdraws_every_release_that_holds_it_and_no_other(desk: Desk, files: Files) -> None:
    desk.open("Sebelumnya")
    assert cut(desk, files) == 1
    report = desk.open(SECRET)
    assert [cut(desk, files), cut(desk, files)] == [2, 3]
    desk.publish(disposed(report))
    assert cut(desk, files) == 4
    desk.publish(hide(report))
    assert standing(desk) == [1]
    assert cut(desk, files) == 5
    desk.open("Sesudahnya")
    assert standing(desk) == [1, 5]


def test_a_release_that_ends_at_the_reports_first_fact_holds_it(desk: Desk, files: Files) -> None:
    first = opened(text=SECRET)
    desk.publish(first)
    cut(desk, files)
    desk.publish(hide(first.subject))
    assert standing(desk) == []


def test_hiding_what_became_public_in_the_same_batch_withdraws_nothing(desk: Desk, files: Files) -> None:
    desk.open()
    cut(desk, files)
    event = opened(text=SECRET)
    desk.publish(event, hide(event.subject))
    assert standing(desk) == [1]


def test_hiding_and_withdrawing_are_one_transaction(desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    report = desk.open(SECRET)
    cut(desk, files)

    def hide_and_die() -> None:
        with transaction(desk.engine) as session:
            handlers.publish(session, [hide(report)], region=desk.region, signer=desk.signer, now=NOW)
            assert session.scalar(select(RELEASE.c.withdrawn_at)) == NOW
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hide_and_die()
    assert standing(desk) == [1]
    with snapshot(desk.engine) as session:
        assert session.scalar(select(func.count()).where(LEAF.c.hides)) == 0


def test_a_withdrawn_release_stays_listed_and_its_files_are_gone(desk: Desk, files: Files, client: TestClient) -> None:
    report = desk.open(SECRET)
    before = client.post(ALL, headers=GATEWAY).json()
    assert (before["withdrawn_at"], before["reason"]) == (None, None)
    url = before["files"][0]["url"]
    had = client.get(url)
    assert "max-age" not in had.headers["cache-control"]
    desk.publish(hide(report))
    expected = {**before, "withdrawn_at": "2026-11-24T05:00:00.000Z", "reason": "a report in it was hidden"}
    assert client.get(ALL).json() == {"releases": [expected], "next": None}
    assert client.get(f"{ALL}/1").json() == expected
    for file in before["files"]:
        for headers in ({}, {"if-none-match": f'"{file["sha256"]}"'}, {"range": "bytes=0-3"}):
            answer = client.get(file["url"], headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")
            assert answer.json()["type"] == "/problems/withdrawn-release"
        assert client.head(file["url"]).status_code == 410


def test_latest_is_the_newest_that_stands_and_says_so_while_there_is_none(
    desk: Desk, files: Files, client: TestClient, tmp_path: Path
) -> None:
    assert client.get(f"{ALL}/latest").status_code == 404
    desk.open("Sebelumnya")
    cut(desk, files)
    report = desk.open(SECRET)
    cut(desk, files)
    desk.publish(hide(report))
    assert client.get(f"{ALL}/latest").json()["number"] == 1
    assert client.get(f"{ALL}/latest/reports.csv").status_code == 200
    with transaction(desk.engine) as session:
        withdrawal.withdraw(session, 0, NOW)
    for path in (f"{ALL}/latest", f"{ALL}/latest/reports.csv"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    work(desk, tmp_path / "files")
    assert client.get(f"{ALL}/latest").json()["number"] == 3
    assert SECRET not in client.get(f"{ALL}/latest/reports.csv").text


def test_the_next_tick_removes_the_bytes_and_cuts_a_release_that_verifies(desk: Desk, tmp_path: Path) -> None:
    report = desk.open(SECRET)
    desk.open("Yang lain")
    work(desk, tmp_path)
    assert files_with(tmp_path / "reports", SECRET)
    desk.publish(hide(report))
    work(desk, tmp_path, every=timedelta(days=1000))
    assert standing(desk) == [2]
    assert [path.name for path in (tmp_path / "reports" / "1").iterdir()] == ["withdrawn"]
    assert not files_with(tmp_path / "reports", SECRET)
    verified = verify_release(tmp_path / "reports" / "2", str(desk.signer.verifier))
    assert (verified.faults, verified.reports, verified.hidden) == ([], 1, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's autovacuum has a time of its own
def test_the_words_of_a_hidden_report_leave_the_file(desk: Desk, tmp_path: Path) -> None:
    hidden = desk.open("murgwistle qofficlebrent rusak")
    desk.open("murgwana qofficium jembatan")  # words that share their beginnings are kept as their ends
    desk.publish(hide(hidden))
    for n in range(50):
        desk.open(f"jalan {n} rusak")
    work(desk, tmp_path / "files")
    file = Path(str(desk.engine.url.database))
    kept = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert b"murgwana" in kept or b"gwana" in kept
    for ending in (b"gwistle", b"ficlebrent", b"istle"):
        assert ending not in kept


def test_a_tick_with_nothing_to_do_does_nothing(desk: Desk, tmp_path: Path) -> None:
    report = desk.open(SECRET)
    work(desk, tmp_path)
    desk.publish(hide(report))
    work(desk, tmp_path)
    shutil.rmtree(tmp_path / "reports")
    work(desk, tmp_path)
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("dies", ["put", "transaction"])
def test_a_removal_that_dies_is_done_again(
    desk: Desk, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    report = desk.open(SECRET)
    cut(desk, files)
    desk.publish(hide(report))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Files if dies == "put" else releases, dies, die)
        with pytest.raises(KeyboardInterrupt):
            releases.remove_withdrawn(desk.engine, files)
    with snapshot(desk.engine) as session:
        assert releases.to_be_removed(session) == [1]
    releases.remove_withdrawn(desk.engine, files)
    with snapshot(desk.engine) as session:
        assert releases.to_be_removed(session) == []
    assert [path.name for path in (tmp_path / "files" / "reports" / "1").iterdir()] == ["withdrawn"]


def test_files_that_are_gone_already_are_as_good_as_removed(desk: Desk, files: Files, tmp_path: Path) -> None:
    report = desk.open(SECRET)
    cut(desk, files)
    desk.publish(hide(report))
    shutil.rmtree(tmp_path / "files")
    releases.remove_withdrawn(desk.engine, files)
    with snapshot(desk.engine) as session:
        assert releases.to_be_removed(session) == []


def test_files_that_cannot_be_removed_do_not_keep_the_next_release_from_being_cut(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = desk.open(SECRET)
    work(desk, tmp_path)
    desk.publish(hide(report))

    def away(*_: object) -> None:
        raise OSError("the store is away")

    with monkeypatch.context() as broken:
        broken.setattr(Files, "empty", away)
        work(desk, tmp_path)
    assert standing(desk) == [2]
    work(desk, tmp_path)
    assert not files_with(tmp_path / "reports", SECRET)


def once(act: Callable[[], object], then: Callable[..., Any]) -> Callable[..., Any]:
    """`then`, with `act` done before its first call."""
    left = [act]

    def call(*args: Any, **named: Any) -> Any:
        if left:
            left.pop()()
        return then(*args, **named)

    return call


@pytest.mark.parametrize("moment", ["while it is written", "after it was moved"])
def test_a_report_hidden_while_a_release_is_cut_is_not_in_it(
    desk: Desk, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    report = desk.open(SECRET)
    desk.open("Yang lain")

    def act() -> None:
        desk.publish(hide(report))

    if moment == "while it is written":
        monkeypatch.setattr(contents, "write_leaves", once(act, contents.write_leaves))
    else:
        monkeypatch.setattr(releases, "transaction", once(act, transaction))
    number = cut(desk, files)
    assert standing(desk) == [number]
    assert not files_with(tmp_path / "files", SECRET)
    assert verify_release(tmp_path / "files" / numbers.folder(number), str(desk.signer.verifier)).faults == []


def test_a_release_is_not_cut_again_for_a_report_that_was_never_in_it(
    desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    event = opened(text=SECRET)
    written: list[int] = []
    write = contents.write_leaves

    def act() -> None:
        desk.publish(event)
        desk.publish(hide(event.subject))

    def counted(*args: Any) -> None:
        written.append(1)
        once_acted(*args)

    once_acted = once(act, write)
    monkeypatch.setattr(contents, "write_leaves", counted)
    cut(desk, files)
    assert (standing(desk), written) == ([1], [1])


def test_a_cut_waits_for_a_hiding_that_has_begun(desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    report = desk.open(SECRET)
    begun = threading.Event()

    def hide_slowly() -> None:
        with transaction(desk.engine) as session:
            handlers.publish(session, [hide(report)], region=desk.region, signer=desk.signer, now=NOW)
            begun.set()
            time.sleep(0.3)  # the cut comes to its row meanwhile

    def begin() -> None:
        hiding.start()
        begun.wait()

    hiding = threading.Thread(target=hide_slowly)
    monkeypatch.setattr(Files, "rename", once(begin, Files.rename))
    number = cut(desk, files)
    hiding.join()
    assert standing(desk) == [number]
    with snapshot(desk.engine) as session:
        assert session.scalar(select(RELEASE.c.size)) == 2


def test_a_hiding_waits_for_a_release_that_is_being_recorded(
    desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = desk.open(SECRET)
    hiding = threading.Thread(target=lambda: desk.publish(hide(report)))
    looked = withdrawal.is_overtaken

    def look(session: Session, size: int) -> bool:
        answer = looked(session, size)
        hiding.start()
        time.sleep(0.3)  # the hiding comes to the log meanwhile
        return answer

    monkeypatch.setattr(withdrawal, "is_overtaken", look)
    assert cut(desk, files) == 1
    hiding.join()
    assert standing(desk) == []


def test_a_number_is_not_given_again_when_the_database_forgot_its_release(
    desk: Desk, files: Files, tmp_path: Path
) -> None:
    desk.open()
    cut(desk, files)
    report = desk.open(SECRET)
    assert [cut(desk, files), cut(desk, files)] == [2, 3]
    kept = {path: path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()}
    with transaction(desk.engine) as session:  # as a backup of before has it
        session.execute(delete(RELEASE).where(RELEASE.c.number > 1))
    assert cut(desk, files) == 4
    assert all(path.read_bytes() == data for path, data in kept.items())
    desk.publish(hide(report))
    releases.remove_withdrawn(desk.engine, files)
    with transaction(desk.engine) as session:
        session.execute(delete(RELEASE))
    assert cut(desk, files) == 5


def test_a_folder_that_is_there_is_never_written_over(files: Files, tmp_path: Path) -> None:
    for name in ("new", "old"):
        files.folder(name)
        files.put(f"{name}/a", name.encode())
    with pytest.raises(FileExistsError):
        files.rename("new", "old", ["a"])
    assert files.get("old/a") == b"old"


@pytest.mark.parametrize("make", [create_app, create_worker])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_starts_with_the_key_of_another_log(
    tiny_settings: Settings, region: Region, make: Callable[[Settings, Region], object]
) -> None:
    other = tiny_settings.model_copy(update={"origin": "pendapa.example/other"})
    with pytest.raises(BadKey, match=r"PUBLISH_ORIGIN is pendapa\.example/other") as raised:
        make(other, region)
    assert tiny_settings.log_key.get_secret_value() not in str(raised.value)
