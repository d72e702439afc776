"""The log's promises: dense and ordered, signed with the change, provable, and whole after a report is hidden."""

import threading
from base64 import b64decode
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kit import problems
from kit.db import Reader, snapshot, transaction
from services.publish.datasets.forms import NEWEST
from services.publish.faces import log as face
from services.publish.faces.answers import PROBLEMS
from services.publish.log import checkpoint, leaves, merkle, tiles
from services.publish.log.commitment import commitment
from services.publish.log.tiles import Tile, TilePath
from services.publish.settings import Settings
from services.publish.tables import LEAF, LOG_STATE, TILE
from tests.publish import releasing
from tests.publish.releasing import LOG_KEY, NOW, SIGNER, document, fact


@pytest.fixture
def tables(engine: Engine) -> Engine:
    releasing.make_tables(engine)
    return engine


def settings(engine: Engine, files: Path | None = None) -> Settings:
    return Settings(
        database_url=SecretStr(str(engine.url)),
        bus_url="sqlite:///none",
        region=Path("none"),
        gateway_secret=SecretStr("between us"),
        files_url=f"file://{files}",
        log_key=SecretStr(LOG_KEY),
        origin="PeterNeumann",
    )


@pytest.fixture
def client(tables: Engine) -> TestClient:
    app = Starlette(routes=face.routes(Reader(tables), settings(tables)))
    problems.install(app, PROBLEMS)
    return TestClient(app)


def append(engine: Engine, count: int, first: int = 0) -> list[leaves.Leaf]:
    with transaction(engine) as session:
        facts = [fact(document(number), "verified") for number in range(first, first + count)]
        return leaves.append(session, facts, NOW, SIGNER)


def head(engine: Engine) -> checkpoint.Head:
    with snapshot(engine) as session:
        return checkpoint.verify(SIGNER.verifier, session.scalars(select(LOG_STATE.c.checkpoint)).one())


def leaf_hashes(engine: Engine) -> list[bytes]:
    with snapshot(engine) as session:
        commitments = session.scalars(select(LEAF.c.commitment).order_by(LEAF.c.index)).all()
        return [merkle.leaf_hash(bytes(commitment)) for commitment in commitments]


def test_each_append_signs_the_root_of_all_leaves_so_far(tables: Engine) -> None:
    for size, count in ((0, 1), (1, 254), (255, 1), (256, 1), (257, 600)):
        made = append(tables, count, size)
        assert [leaf.index for leaf in made] == list(range(size, size + count))
        assert head(tables) == checkpoint.Head("PeterNeumann", size + count, merkle.root_of(leaf_hashes(tables)))


def test_nothing_to_append_changes_nothing(tables: Engine) -> None:
    with transaction(tables) as session:
        assert leaves.append(session, [], NOW, SIGNER) == []
        assert session.scalar(select(func.count()).select_from(LOG_STATE)) == 0


def test_an_append_that_is_rolled_back_leaves_no_trace(tables: Engine) -> None:
    append(tables, 3)
    before = head(tables)
    with pytest.raises(ZeroDivisionError), transaction(tables) as session:
        1 / len(leaves.append(session, [fact(document(9), "verified")], NOW, SIGNER)[1:])
    assert head(tables) == before
    append(tables, 1)
    assert head(tables).root == merkle.root_of(leaf_hashes(tables))


def test_writers_at_once_share_one_dense_order(tables: Engine) -> None:
    threads = [threading.Thread(target=append, args=(tables, 40, 100 * number)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert head(tables) == checkpoint.Head("PeterNeumann", 200, merkle.root_of(leaf_hashes(tables)))


def test_the_version_grows_with_every_change_and_the_tree_only_with_facts(tables: Engine) -> None:
    append(tables, 2)
    before = head(tables)
    with transaction(tables) as session:
        assert leaves.bump(session, NOW, SIGNER) == 2
    assert head(tables) == before


def test_hiding_erases_salts_and_entries_even_of_the_same_batch_and_keeps_the_tree(tables: Engine) -> None:
    append(tables, 3)
    old = document(1)
    hashes = leaf_hashes(tables)
    with transaction(tables) as session:
        facts: list[leaves.LogFact | leaves.LogHiding] = [fact(old, "responded")]
        facts += [releasing.hiding(str(old["id"])), fact(document(2), "closed")]
        leaves.append(session, facts, NOW, SIGNER)
    with snapshot(tables) as session:
        rows = session.execute(select(LEAF.c.index, LEAF.c.salt, LEAF.c.entry).order_by(LEAF.c.index)).all()
    assert [index for index, salt, entry in rows if salt is None and entry is None] == [1, 3]
    entry = orjson.loads(rows[4].entry)
    assert entry == {
        "id": old["id"],
        "at": "2026-11-24T05:00:00.000Z",
        "what": "hidden",
        "reason": "it named a child",
        "erased": [1, 3],
        "form": NEWEST,
    }
    assert leaf_hashes(tables)[:3] == hashes
    assert head(tables).root == merkle.root_of(leaf_hashes(tables))


def test_hiding_again_erases_nothing_of_the_first_hiding(tables: Engine) -> None:
    append(tables, 1)
    hide = releasing.hiding(str(document(0)["id"]), "again")
    for _ in range(2):
        with transaction(tables) as session:
            leaves.append(session, [hide], NOW, SIGNER)
    with snapshot(tables) as session:
        assert session.scalars(select(LEAF.c.index).where(LEAF.c.salt.is_(None))).all() == [0]


def test_every_commitment_is_of_its_salt_and_entry_and_no_salt_is_used_twice(tables: Engine) -> None:
    append(tables, 50)
    with snapshot(tables) as session:
        rows = session.execute(select(LEAF.c.salt, LEAF.c.entry, LEAF.c.commitment)).all()
    assert all(commitment(bytes(salt), bytes(entry)) == leaf for salt, entry, leaf in rows)
    assert len({bytes(row.salt) for row in rows}) == 50


def test_tiles_are_kept_as_the_specification_lays_them_out(tables: Engine) -> None:
    append(tables, 600)
    with snapshot(tables) as session:
        data_of = {Tile(level, number): bytes(data) for level, number, data in session.execute(select(TILE))}
    assert {tile: len(data) // 32 for tile, data in data_of.items()} == {
        Tile(0, 0): 256,
        Tile(0, 1): 256,
        Tile(0, 2): 88,
        Tile(1, 0): 2,
    }


def test_a_stranger_rebuilds_the_tree_from_the_tiles_alone(tables: Engine, client: TestClient) -> None:
    append(tables, 300)
    text = client.get("/log/checkpoint").text
    verifier = checkpoint.read_verifier(client.get("/log/key").text)
    size, root = _head_of(verifier, text)

    def load(wanted: set[Tile]) -> dict[Tile, bytes]:
        return {tile: _fetch(client, tile, size) for tile in wanted}

    read = tiles.reader(load)
    assert merkle.root(size, read) == root
    bundle = client.get("/log/tile/entries/001.p/44").content
    entries = [bundle[at + 2 : at + 34] for at in range(0, len(bundle), 34)]
    for number, entry in enumerate(entries, 256):
        assert merkle.included(merkle.leaf_hash(entry), number, size, merkle.inclusion(number, size, read), root)


def _head_of(verifier: checkpoint.Verifier, text: str) -> tuple[int, bytes]:
    signed = checkpoint.verify(verifier, text)
    return signed.size, signed.root


def _fetch(client: TestClient, tile: Tile, size: int) -> bytes:
    width = min(256, (size >> 8 * tile.level) - tile.number * 256)
    answer = client.get("/log/tile/" + tiles.tile_path(TilePath(tile.level, tile.number, width)))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) == 32 * width
    return answer.content


@pytest.mark.parametrize(
    "path", ["0/001", "0/000.p/301", "0/001.p/45", "2/000", "entries/001", "entries/001.p/45", "0/0", "x", "63/999"]
)
def test_a_tile_that_is_not_there_is_not_found(tables: Engine, client: TestClient, path: str) -> None:
    append(tables, 300)
    answer = client.get(f"/log/tile/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_empty_log_has_a_checkpoint(client: TestClient) -> None:
    assert _head_of(SIGNER.verifier, client.get("/log/checkpoint").text) == (0, merkle.EMPTY)


def test_a_reports_proof_holds_against_the_checkpoint_that_comes_with_it(tables: Engine, client: TestClient) -> None:
    append(tables, 280)
    append(tables, 1, 7)
    proof = client.get(f"/v1/reports/{document(7)['id']}/proof").json()
    signed = checkpoint.verify(SIGNER.verifier, proof["checkpoint"])
    assert [leaf["index"] for leaf in proof["leaves"]] == [7, 280]
    assert (proof["index"], proof["size"]) == (280, 281)
    for leaf in proof["leaves"]:
        committed = commitment(bytes.fromhex(leaf["salt"]), leaf["entry"].encode())
        assert committed.hex() == leaf["leaf"]
        assert merkle.leaf_hash(committed).hex() == leaf["hash"]
        path = [bytes.fromhex(hash) for hash in leaf["hashes"]]
        assert merkle.included(merkle.leaf_hash(committed), leaf["index"], signed.size, path, signed.root)


def test_a_hidden_reports_proof_shows_no_words(tables: Engine, client: TestClient) -> None:
    append(tables, 2)
    id = str(document(1)["id"])
    with transaction(tables) as session:
        leaves.append(session, [releasing.hiding(id)], NOW, SIGNER)
    first, second = client.get(f"/v1/reports/{id}/proof").json()["leaves"]
    assert (first["salt"], first["entry"]) == (None, None)
    assert orjson.loads(second["entry"])["what"] == "hidden"


@pytest.mark.parametrize("id", ["x", "%00", "00000000-0000-4000-8000-000000000000", "a" * 36])
def test_a_proof_of_what_the_log_does_not_know_is_not_found(client: TestClient, id: str) -> None:
    assert client.get(f"/v1/reports/{id}/proof").status_code == 404


def test_the_checkpoint_is_three_lines_and_a_signature(tables: Engine, client: TestClient) -> None:
    append(tables, 5)
    answer = client.get("/log/checkpoint")
    origin, size, root, gap, signature, end = answer.text.split("\n")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (origin, size, gap, end) == ("PeterNeumann", "5", "", "")
    assert len(b64decode(root)) == 32
    assert signature.startswith("— PeterNeumann ")
