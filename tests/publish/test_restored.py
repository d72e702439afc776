"""A database of publish that is older than what was published is noticed, signs nothing, and catches up."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, insert, select
from starlette.testclient import TestClient

from contracts.region import Region
from kit import db
from kit.db import snapshot, transaction
from services.publish.app import create_app
from services.publish.log import checkpoint, tiles
from services.publish.log.behind import Behind
from services.publish.log.checkpoint import Head
from services.publish.log.copies import KeepingSigner, LogCopy, commitments
from services.publish.log.tiles import TilePath
from services.publish.releases import cut, restored
from services.publish.releases.files import Files
from services.publish.releases.numbers import folder
from services.publish.settings import Settings
from services.publish.tables import LOG_STATE, Base
from services.publish.verify.release import verify_release
from tests.publish.conftest import NOW, Desk, disposed, opened


class Town:
    """A log with one copy apart from its database, and a store of releases."""

    def __init__(self, desk: Desk, tmp_path: Path) -> None:
        self.desk, self.engine, self.files_folder = desk, desk.engine, tmp_path / "files"
        self.files = Files(self.files_folder.as_uri())
        self.copy = LogCopy(tmp_path / "apart" / desk.signer.verifier.id.hex())
        self.signer = self.desk.signer = KeepingSigner(desk.signer.name, desk.signer.key, (self.copy,))
        self.witnesses: list[str] = []

    def cut(self) -> int:
        return cut.cut(self.engine, self.files, self.signer, self.desk.region, NOW)

    def head(self) -> Head:
        with snapshot(self.engine) as session:
            return checkpoint.verify(self.signer.verifier, session.scalars(select(LOG_STATE.c.checkpoint)).one())

    def start(self) -> int:
        heads = restored.known(self.signer, self.files, self.witnesses)
        with transaction(self.engine) as session:
            lost = restored.catch_up(session, self.signer, heads, NOW)
            self.signer.keep_after(session)
        return lost

    def forget_copy(self) -> None:
        """As on another machine, to which only the database and the releases were brought."""
        self.copy.folder.rename(self.copy.folder.with_name("gone"))

    def faults(self, number: int) -> list[object]:
        return list(verify_release(self.files_folder / folder(number), str(self.signer.verifier)).faults)


@pytest.fixture
def town(desk: Desk, tmp_path: Path) -> Town:
    return Town(desk, tmp_path)


def taken_copy(engine: Engine) -> Callable[[], None]:
    """Keep all rows as they are now; the function brings them back."""
    return taken_copy_of(engine, Base.metadata.sorted_tables + db.KIT.sorted_tables)


def taken_copy_of(engine: Engine, tables: Sequence[Table]) -> Callable[[], None]:
    with snapshot(engine) as session:
        kept = [(table, [row._mapping for row in session.execute(select(table))]) for table in tables]

    def bring_back() -> None:
        with transaction(engine) as session:
            for table, _ in reversed(kept):
                session.execute(delete(table))
            for table, rows in kept:
                if rows:
                    session.execute(insert(table), [dict(row) for row in rows])

    return bring_back


def test_an_older_database_never_signs_a_second_history(town: Town) -> None:
    town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    published = town.head()
    bring_back()
    with pytest.raises(Behind, match=r"its log has 1 facts, and 2 were published"):
        town.desk.open()
    assert town.head().size == 1
    town.start()
    town.desk.open()
    with snapshot(town.engine) as session:
        again = cut_root(session, published.size)
    assert again == published.root


def cut_root(session: Any, size: int) -> bytes:
    from services.publish.log import leaves, merkle

    return merkle.root(size, leaves.reader(session))


def test_a_log_that_caught_up_verifies_with_its_old_releases_and_its_new_ones(town: Town) -> None:
    town.desk.open("Jalan rusak di Sukorejo")
    assert town.cut() == 1
    bring_back = taken_copy(town.engine)
    lost = opened(text="Lampu mati di Sukorejo")
    town.desk.publish(lost, disposed(lost.subject))
    assert town.cut() == 2
    bring_back()
    assert town.start() == 3
    assert town.start() == 0
    town.desk.publish(lost, disposed(lost.subject))
    assert town.cut() == 3
    assert [town.faults(number) for number in (1, 2, 3)] == [[], [], []]
    assert verify_release(town.files_folder / folder(3), str(town.signer.verifier)).lost == 3


def test_a_fact_that_comes_while_a_release_is_cut_does_not_make_its_log_older(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.desk.open()
    head_of = cut._head

    def head_and_then_a_fact(session: Any, signer: Any) -> Any:
        head = head_of(session, signer)
        town.desk.open()
        town.signer.keep(town.engine)
        return head

    monkeypatch.setattr(cut, "_head", head_and_then_a_fact)
    assert town.cut() == 1
    assert town.faults(1) == []


def test_facts_of_a_lost_range_are_counted_not_taken_for_erased_ones(town: Town) -> None:
    town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    bring_back()
    town.start()
    number = town.cut()
    history = town.files_folder / folder(number) / "history.jsonl"
    lines = history.read_bytes().splitlines()
    assert lines[1] == b'{"index":1,"salt":null}'
    assert b'"erased":[1]' in lines[2]
    assert b'"what":"lost"' in lines[2]


def test_another_machine_catches_up_from_the_newest_release(town: Town) -> None:
    town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    town.cut()
    bring_back()
    town.forget_copy()
    assert town.start() == 1
    assert town.cut() == 2
    assert town.faults(1) == []


def test_no_number_of_a_release_is_used_twice_even_if_its_files_are_gone(town: Town, tmp_path: Path) -> None:
    town.desk.open()
    town.cut()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    assert town.cut() == 2
    bring_back()
    town.files.delete(folder(2))
    town.start()
    town.desk.open()
    assert town.cut() == 3


def test_what_only_a_witness_knows_counts_too(town: Town, mirror: "Mirror") -> None:
    for _ in range(300):
        town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    town.cut()
    mirror.take(town)
    bring_back()
    town.forget_copy()
    town.files.delete(folder(1))
    town.witnesses = [mirror.url]
    assert town.start() == 2
    town.desk.open()
    assert town.cut() == 3, "one of the two lost facts may be of release 1, the other of release 2"
    assert town.faults(3) == []


def test_commitments_that_nobody_has_leave_the_log_unsigned_and_readable(
    town: Town, tiny_settings: Settings, region: Region, caplog: pytest.LogCaptureFixture
) -> None:
    report = town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    bring_back()
    (town.copy.folder / "leaves.bin").unlink()
    with pytest.raises(Behind, match=r"docs/stores\.md"):
        town.start()
    with pytest.raises(Behind):
        town.cut()
    assert town.files.folders("reports") == []
    settings = tiny_settings.model_copy(update={"log_copy": str(town.copy.folder.parent)})
    with TestClient(create_app(settings, region)) as client:
        assert client.get(f"/v1/reports/{report}").status_code == 200
        official = {"x-pendapa-role": "official", "x-pendapa-gateway": "secret"}
        answer = client.post("/v1/datasets/reports/releases", headers=official)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/log-behind")


def test_another_history_of_the_same_size_is_never_signed_further(town: Town) -> None:
    town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    town.desk.signer = replace(town.signer, copies=())
    bring_back()
    town.desk.open()  # as a version that knew no copies did
    with pytest.raises(Behind, match="are not those that were published"):
        town.start()


def test_a_copy_that_cannot_be_written_stops_nothing(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.copy.folder.parent.mkdir()
    town.copy.folder.write_text("a file")
    with caplog.at_level(logging.WARNING):
        town.desk.open()
    assert town.copy.problem is not None
    assert "cannot be written" in caplog.text
    town.copy.folder.unlink()
    town.desk.open()
    assert town.copy.problem is None
    assert (head := town.copy.head(town.signer.verifier)) is not None
    assert head.head == town.head()


def test_after_a_loss_no_etag_comes_a_second_time(town: Town) -> None:
    town.desk.open()
    bring_back = taken_copy(town.engine)
    town.desk.open()
    with snapshot(town.engine) as session:
        version = session.scalars(select(LOG_STATE.c.version)).one()
    bring_back()
    town.start()
    with snapshot(town.engine) as session:
        assert session.scalars(select(LOG_STATE.c.version)).one() > version


class Mirror:
    """A copy of the log as a mirror serves it."""

    def __init__(self, root: Path, url: str) -> None:
        self._root, self.url = root, url

    def take(self, town: Town) -> None:
        with snapshot(town.engine) as session:
            state = session.execute(select(LOG_STATE)).one()
            data = commitments(session, 0, state.size)
        (self._root / "checkpoint").write_text(state.checkpoint)
        for number in range((state.size + 255) // 256):
            width = min(256, state.size - number * 256)
            name = self._root / "tile" / tiles.tile_path(TilePath(None, number, width))
            name.parent.mkdir(parents=True, exist_ok=True)
            entries = [data[at * 32 : at * 32 + 32] for at in range(number * 256, number * 256 + width)]
            name.write_bytes(tiles.bundle(entries))


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    root = tmp_path / "mirror"
    root.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(root))

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Mirror(root, f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()


def test_a_store_of_objects_has_the_newest_checkpoint(town: Town) -> None:
    noted = restored.NotedHead(town.files)
    town.files.folder("log")
    bring_back = taken_copy(town.engine)
    town.desk.open()
    for _ in range(2):
        with transaction(town.engine) as session:
            noted.note(session, town.signer)
    town.forget_copy()
    bring_back()
    town.desk.signer = replace(town.signer, copies=())
    with pytest.raises(Behind, match="log/checkpoint in the store of releases"):
        town.start()
