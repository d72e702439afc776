"""Releases: numbered, whole or not there, the same rows in every format and over HTTP."""

import csv
import gzip
import io
import threading
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import frictionless
import orjson
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from contracts.times import utc
from kit import idempotency, problems
from kit.db import Reader, snapshot, transaction
from kit.locks import exclusive
from services.publish.datasets import history, reports
from services.publish.datasets.forms import NEWEST
from services.publish.faces import datasets
from services.publish.faces.answers import PROBLEMS
from services.publish.faces.downloads import Downloads
from services.publish.log import checkpoint
from services.publish.releases import contents, schedule
from services.publish.releases import cut as releases
from services.publish.releases.files import Files
from services.publish.tables import LEAF, RELEASE
from services.publish.verify.release import verify_release
from tests.publish import releasing
from tests.publish.releasing import KEY, NOW, SIGNER, document
from tests.publish.test_log import settings

GATEWAY = {"x-pendapa-gateway": "between us"}
OFFICIAL = {**GATEWAY, "x-pendapa-role": "official"}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    releasing.fill(engine, 20)
    return engine


@pytest.fixture
def client(filled: Engine, tmp_path: Path) -> TestClient:
    told = settings(filled, tmp_path)
    downloads = Downloads(told.files_url)
    app = Starlette(routes=datasets.routes(Reader(filled), told, releasing.REGION, filled, downloads))
    problems.install(app, PROBLEMS)
    return TestClient(app)


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_every_format_has_the_stored_documents_rows_and_no_hidden_one(filled: Engine, tmp_path: Path) -> None:
    folder = releasing.cut(filled, tmp_path)
    with snapshot(filled) as session:
        columns = (releasing.RECORD.c.received_at, releasing.RECORD.c.id)
        docs = [bytes(doc) for doc in session.scalars(select(releasing.RECORD.c.doc).order_by(*columns))]
    assert len(docs) == 19
    lines = [orjson.loads(line) for line in (folder / "reports.jsonl").read_bytes().splitlines()]
    assert [{member: line[member] for member in reports.MEMBERS} for line in lines] == [
        orjson.loads(doc) for doc in docs
    ]
    header, *rows = read_csv((folder / "reports.csv").read_bytes())
    assert header == [field.name for field in reports.FIELDS]
    assert [row[0] for row in rows] == [orjson.loads(doc)["id"] for doc in docs]
    assert gzip.decompress((folder / "reports.csv.gz").read_bytes()) == (folder / "reports.csv").read_bytes()
    table = pq.read_table(folder / "reports.parquet").to_pylist()
    for row, cells, report in zip(table, rows, map(orjson.loads, docs), strict=True):
        assert row["text"] == report["text"]
        assert row["place"] == (report["place"] or {}).get("name")
        assert row["lat"] == report["lat"]
        assert (float(cells[8]) if cells[8] else None) == report["lat"]
        assert utc(row["received_at"]) == report["received_at"]


def test_a_spreadsheet_runs_nothing_that_a_resident_wrote(filled: Engine, tmp_path: Path) -> None:
    folder = releasing.cut(filled, tmp_path)
    for name in ("reports.csv", "history.csv"):
        data = (folder / name).read_bytes()
        assert data.count(b"\r\n") >= 20
        for row in read_csv(data)[1:]:
            assert not [cell for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r")]
            assert all(float(cell) for cell in row if cell[:1] == "-")
    assert "'=1+1, sudah diperbaiki" in (folder / "reports.csv").read_text()
    assert '"=1+1, sudah diperbaiki"' in (folder / "reports.jsonl").read_text()


def test_every_leaf_has_its_line_and_an_erased_one_has_only_its_index(filled: Engine, tmp_path: Path) -> None:
    folder = releasing.cut(filled, tmp_path)
    lines = (folder / "history.jsonl").read_bytes().splitlines()
    facts = [orjson.loads(line) for line in lines]
    assert [fact["index"] for fact in facts] == list(range(42))
    assert len((folder / "leaves.bin").read_bytes()) == 42 * 32
    assert [fact for fact in facts if fact["salt"] is None] == [{"index": 6, "salt": None}, {"index": 7, "salt": None}]
    assert str(document(3)["id"]) not in (folder / "reports.jsonl").read_text()
    assert facts[41]["what"] == "hidden"
    for fact, line, leaf in zip(facts, lines, range(0, 42 * 32, 32), strict=True):
        if fact["salt"] is not None:
            # As docs/log.md says to do it by hand: what stands before the entry is taken away.
            beside = ("index", "salt", "text_salt", "text", "agency_name")
            salt, entry = bytes.fromhex(fact["salt"]), orjson.dumps({k: v for k, v in fact.items() if k not in beside})
            assert line.endswith(entry[1:])
            assert sha256(salt + entry).digest() == (folder / "leaves.bin").read_bytes()[leaf : leaf + 32]


def test_the_package_describes_every_file_and_field(filled: Engine, tmp_path: Path) -> None:
    folder = releasing.cut(filled, tmp_path)
    package = orjson.loads((folder / "datapackage.json").read_bytes())
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    described = {resource["path"]: resource for resource in package["resources"] + package["proof"]}
    assert described.keys() | {"README.txt", "SHA256SUMS", "datapackage.json", "manifest.json"} == {
        p.name for p in folder.iterdir()
    }
    for name, resource in described.items():
        data = (folder / name).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{sha256(data).hexdigest()}"
        assert resource["description"]
    assert (described["reports.csv"]["rows"], described["history.csv"]["rows"]) == (19, 42)
    assert [field["name"] for field in described["history.csv"]["schema"]["fields"]] == [
        field.name for field in history.FIELDS
    ]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # frictionless leaves the gzip file open
def test_frictionless_finds_the_package_valid(filled: Engine, tmp_path: Path) -> None:
    folder = releasing.cut(filled, tmp_path)
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "note"])


def test_releases_are_numbered_and_an_old_one_never_changes(filled: Engine, tmp_path: Path) -> None:
    first = releasing.cut(filled, tmp_path)
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    with transaction(filled) as session:
        releasing.change(session, 5, "lain lagi")
    second = releasing.cut(filled, tmp_path)
    assert (first.name, second.name) == ("1", "2")
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    assert (second / "reports.jsonl").read_bytes() != before["reports.jsonl"]


def test_the_same_rows_give_the_same_bytes(filled: Engine, tmp_path: Path) -> None:
    first, second = releasing.cut(filled, tmp_path), releasing.cut(filled, tmp_path)
    for name in ("reports.csv", "reports.csv.gz", "reports.jsonl", "reports.parquet", "calendar.parquet"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize(("last", "number"), [("history", "1"), ("rename", "1"), ("row", "2")])
def test_a_cut_that_dies_leaves_no_release_and_no_row_of_a_report(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, number: str
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        if last == "history":
            broken.setattr(contents, "write_leaves", die)
        elif last == "rename":
            broken.setattr(Files, "rename", die)
        else:
            broken.setattr(releases, "transaction", die)
        with pytest.raises(KeyboardInterrupt):
            releasing.cut(filled, tmp_path)
    with snapshot(filled) as session:
        assert session.scalars(select(RELEASE.c.number)).all() == []
    assert releasing.cut(filled, tmp_path).name == number
    files = {path.relative_to(tmp_path / "reports") for path in (tmp_path / "reports").rglob("*") if path.is_file()}
    assert {file for file in files if file.parts[0] != number} == ({Path("1/withdrawn")} if number == "2" else set())


def test_only_one_release_is_cut_at_a_time(filled: Engine, client: TestClient) -> None:
    with exclusive(filled, "release"):
        answer = client.post("/v1/datasets/reports/releases", headers=OFFICIAL)
    assert answer.status_code == 409
    assert client.get("/v1/datasets/reports/releases").json() == {"releases": [], "next": None}


def test_an_empty_database_makes_an_empty_release(engine: Engine, tmp_path: Path) -> None:
    releasing.make_tables(engine)
    folder = releasing.cut(engine, tmp_path)
    assert (folder / "reports.jsonl").read_bytes() == b""
    assert pq.read_table(folder / "reports.parquet").num_rows == 0


def test_a_release_is_due_when_it_is_old_and_the_log_has_grown(filled: Engine, tmp_path: Path) -> None:
    def due(after: timedelta) -> bool:
        with snapshot(filled) as session:
            return releases.is_due(session, timedelta(days=1), NOW + after)

    assert due(timedelta())
    releasing.cut(filled, tmp_path)
    assert not due(timedelta(days=2))
    with transaction(filled) as session:
        releasing.change(session, 5, "lain lagi")
    assert not due(timedelta(hours=23))
    assert due(timedelta(days=1))


def test_the_schedule_cuts_what_is_due_and_nothing_else(filled: Engine, tmp_path: Path) -> None:
    plan = schedule.Schedule(filled, f"file://{tmp_path}", SIGNER, releasing.REGION, timedelta(hours=1))
    every, work, _, rests = plan.tick
    assert every == 1
    assert rests > every
    for _ in range(2):
        with transaction(filled) as session:
            work(session, NOW)
        plan.join()
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["1"]


def test_a_release_cut_while_reports_arrive_is_of_one_moment(filled: Engine, tmp_path: Path) -> None:
    ended = threading.Event()

    def arrive() -> None:
        for number in range(100, 160):
            with transaction(filled) as session:
                releasing.publish(session, [number])
        ended.set()

    writer = threading.Thread(target=arrive)
    writer.start()
    folders = []
    while not ended.is_set():
        folders.append(releasing.cut(filled, tmp_path))
    writer.join()
    for number, folder in enumerate(folders):
        rows = (folder / "reports.jsonl").read_bytes().count(b"\n")
        assert (folder / "history.jsonl").read_bytes().count(b"\n") == 42 + number + 2 * (rows - 19)


def test_a_release_is_a_leaf_that_names_its_manifest_and_its_tree_and_makes_no_release_due(
    filled: Engine, tmp_path: Path
) -> None:
    first = releasing.cut(filled, tmp_path)
    with snapshot(filled) as session:
        assert not releases.is_due(session, timedelta(days=1), NOW + timedelta(days=2))
        entry = session.scalars(select(LEAF.c.entry).order_by(LEAF.c.index.desc())).first()
    head = checkpoint.verify(SIGNER.verifier, (first / "checkpoint").read_text())
    manifest = (first / "manifest.json").read_bytes()
    assert orjson.loads(entry or b"") == {
        "at": "2026-11-24T05:00:00.000Z",
        "form": NEWEST,
        "manifest": sha256(manifest).hexdigest(),
        "number": 1,
        "root": head.root.hex(),
        "size": 42,
        "what": "released",
    }
    listed = {file["name"]: file["sha256"] for file in orjson.loads(manifest)["files"]}
    assert listed.keys() == {path.name for path in first.iterdir()} - {"SHA256SUMS", "manifest.json"}
    assert all(sha256((first / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())
    second = releasing.cut(filled, tmp_path)
    assert verify_release(second, KEY).faults == []
    assert read_csv((second / "history.csv").read_bytes())[-1].count("released") == 1


def test_the_listing_and_the_files_say_the_same(client: TestClient) -> None:
    assert client.get("/v1/datasets").json()["datasets"][0]["id"] == "reports"
    made = client.post("/v1/datasets/reports/releases", headers=OFFICIAL)
    assert made.status_code == 201
    assert (made.json()["number"], made.json()["rows"]) == (1, 19)
    listed = client.get("/v1/datasets/reports/releases").json()["releases"]
    assert listed == [made.json()]
    assert client.get("/v1/datasets/reports/releases/latest").json() == made.json()
    for file in listed[0]["files"]:
        for url in (file["url"], file["url"].replace("/1/", "/latest/")):
            answer = client.get(url, headers={"accept-encoding": "identity"})
            assert answer.status_code == 200
            assert int(answer.headers["content-length"]) == len(answer.content) == file["bytes"]
            assert sha256(answer.content).hexdigest() == file["sha256"]
            assert answer.headers["etag"] == f'"{file["sha256"]}"'
            for held in (answer.headers["etag"], f"W/{answer.headers['etag']}", "*"):
                again = {"if-none-match": held, "accept-encoding": "identity"}
                assert client.get(url, headers=again).status_code == 304


def test_a_file_is_sent_from_the_compressed_form_beside_it(client: TestClient) -> None:
    made = client.post("/v1/datasets/reports/releases", headers=OFFICIAL).json()
    digests = {file["name"]: file["sha256"] for file in made["files"]}
    url, gzip = f"{made['url']}/reports.csv", {"accept-encoding": "gzip"}
    coded = client.get(url, headers=gzip)
    assert sha256(coded.content).hexdigest() == digests["reports.csv"]
    assert coded.headers["etag"] == f'"{digests["reports.csv.gz"]}"'
    assert (coded.headers["content-encoding"], coded.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert coded.headers["content-type"].startswith("text/csv")
    assert 'filename="reports.csv"' in coded.headers["content-disposition"]
    part = client.get(url, headers={**gzip, "range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, coded.content[:4])
    assert client.get(f"{made['url']}/reports.jsonl", headers=gzip).headers.get("content-encoding") is None


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=0-99999999", "bytes=-99999999"])
def test_a_part_that_is_all_of_a_file_is_a_part(client: TestClient, asked: str) -> None:
    made = client.post("/v1/datasets/reports/releases", headers=OFFICIAL).json()
    whole = client.get(f"{made['url']}/reports.csv", headers={"accept-encoding": "identity"}).content
    answer = client.get(f"{made['url']}/reports.csv", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, whole)
    assert answer.headers["content-range"] == f"bytes 0-{len(whole) - 1}/{len(whole)}"


def test_releases_are_listed_in_pages(client: TestClient) -> None:
    for _ in range(3):
        client.post("/v1/datasets/reports/releases", headers=OFFICIAL)
    page = client.get("/v1/datasets/history/releases?limit=2").json()
    assert [each["number"] for each in page["releases"]] == [3, 2]
    last = client.get(page["next"]).json()
    assert ([each["number"] for each in last["releases"]], last["next"]) == ([1], None)
    for wrong in ("limit=0", "limit=1001", "cursor=0", "cursor=x", "page=2"):
        assert client.get(f"/v1/datasets/reports/releases?{wrong}").status_code == 400


def test_a_cut_with_a_key_is_made_once(client: TestClient) -> None:
    headers = {**OFFICIAL, "idempotency-key": "a-1"}
    first, again = (client.post("/v1/datasets/reports/releases", headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post("/v1/datasets/history/releases", headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert len(client.get("/v1/datasets/reports/releases").json()["releases"]) == 1


def test_a_cut_that_was_made_at_the_same_moment_by_the_same_request_is_made_once(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {**OFFICIAL, "idempotency-key": "a-1"}
    first = client.post("/v1/datasets/reports/releases", headers=headers).json()
    find = idempotency.find
    sessions: list[object] = []

    def late(session: Session, keyed: idempotency.Keyed) -> idempotency.KeptAnswer | None:
        """Sees nothing at its first look, as it came before the other's commit."""
        sessions.append(session)
        return None if len(sessions) == 1 else find(session, keyed)

    monkeypatch.setattr(idempotency, "find", late)
    assert client.post("/v1/datasets/reports/releases", headers=headers).status_code == 409
    assert client.post("/v1/datasets/reports/releases", headers=headers).json() == first
    assert len(client.get("/v1/datasets/reports/releases").json()["releases"]) == 1
    assert client.post("/v1/datasets/reports/releases", headers=OFFICIAL).status_code == 201


def test_a_part_of_a_file_can_be_had(client: TestClient) -> None:
    client.post("/v1/datasets/reports/releases", headers=OFFICIAL)
    url = "/v1/datasets/reports/releases/1/reports.csv"
    whole = client.get(url).content
    size = len(whole)
    for span, part in (("0-3", whole[:4]), ("5-", whole[5:]), ("-7", whole[-7:]), (f"2-{size * 2}", whole[2:])):
        answer = client.get(url, headers={"range": f"bytes={span}"})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{size}")
    beyond = client.get(url, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert client.get(url, headers={"range": "bytes=9-2"}).status_code == 416
    for odd in ("bytes=-", "bytes=0-1,3-4", "lines=1-2"):
        assert client.get(url, headers={"range": odd}).content == whole
    assert client.get(url, headers={"range": "bytes=0-3", "if-range": '"else"'}).content == whole


@pytest.mark.parametrize(
    "path",
    [
        "/v1/datasets/x/releases",
        "/v1/datasets/reports/releases/1",
        "/v1/datasets/reports/releases/latest",
        "/v1/datasets/reports/releases/0/reports.csv",
        "/v1/datasets/reports/releases/99999999999999999999/reports.csv",
        "/v1/datasets/reports/releases/latest/reports.csv",
    ],
)
def test_what_was_never_cut_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("file", ["x.csv", "..%2F..%2Frows.sqlite", ".aside", "%00"])
def test_only_a_releases_own_files_are_served(client: TestClient, file: str) -> None:
    client.post("/v1/datasets/reports/releases", headers=OFFICIAL)
    assert client.get(f"/v1/datasets/reports/releases/1/{file}").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (GATEWAY, 401),
        ({**GATEWAY, "x-pendapa-role": "filing"}, 403),
        ({**OFFICIAL, "x-pendapa-gateway": "x"}, 403),
    ],
)
def test_only_an_official_through_the_gateway_cuts_a_release(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/v1/datasets/reports/releases", headers=headers).status_code == status
