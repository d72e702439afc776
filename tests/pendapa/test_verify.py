"""`pendapa verify` accepts a release as it was cut, and no release with one byte changed, anywhere, by anyone."""

import random
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kit.db import open_engine, transaction
from pendapa.verify import verify
from services.publish.datasets import history, reports
from services.publish.datasets.all import DATASETS
from services.publish.formats import FORMATS, csv, parquet
from services.publish.formats.format import Batch
from services.publish.log import checkpoint, merkle
from services.publish.verify import rows as read_rows
from services.publish.verify.listing import NAMES
from services.publish.verify.release import verify_release
from tests.publish import releasing
from tests.publish.releasing import KEY, SIGNER, document

DATA = tuple(f"{dataset}.{format.suffix}" for dataset in DATASETS for format in FORMATS)
FILES = tuple(sorted({*NAMES, *DATA, "manifest.json"}))
ID = str(document(7)["id"])


def run(folder: Path, key: str = KEY) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(verify)
    (folder.parent / "key.txt").write_text(key)
    result = CliRunner().invoke(app, [str(folder), "--key", str(folder.parent / "key.txt")])
    return result.exit_code, re.sub(r"\s+", " ", result.output)


def test_a_release_as_it_was_cut_is_accepted(copy: Path) -> None:
    code, said = run(copy, KEY + "\n")
    assert code == 0
    assert "public reports │ 19" in said


def test_an_empty_release_is_accepted(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/rows.sqlite")
    releasing.make_tables(engine)
    assert verify_release(releasing.cut(engine, tmp_path), KEY).faults == []
    engine.dispose()


def test_a_release_larger_than_a_batch_and_a_row_group_is_accepted_and_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, size in (
        (reports, "BATCH", 7),
        (history, "BATCH", 7),
        (parquet, "ROW_GROUP", 21),
        (read_rows, "BATCH", 10),
    ):
        monkeypatch.setattr(module, name, size)
    engine = open_engine(f"sqlite:///{tmp_path}/rows.sqlite")
    releasing.make_tables(engine)
    with transaction(engine) as session:
        releasing.publish(session, range(100))
    folder = releasing.cut(engine, tmp_path)
    engine.dispose()
    found = verify_release(folder, KEY)
    assert (found.faults, found.head, found.reports, found.facts) == ([], _head(folder), 100, 200)
    whole = (folder / "reports.csv").read_bytes()
    report = str(document(85)["id"])
    at = whole.index(report.encode())
    (folder / "reports.csv").write_bytes(whole[:at] + whole[at:].replace(b"sms", b"web", 1))
    fault = verify_release(folder, KEY).faults[0]
    assert (fault.file, fault.line, fault.report) == ("reports.csv", whole[:at].count(b"\n") + 1, report)


def _head(folder: Path) -> checkpoint.Head:
    return checkpoint.verify(SIGNER.verifier, (folder / "checkpoint").read_text())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_byte_of_any_file_is_found_and_that_file_alone_is_accused(copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    whole = (copy / name).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    (copy / name).write_bytes(changed)
    try:
        assert {fault.file for fault in verify_release(copy, KEY).faults} == {name}
    finally:
        (copy / name).write_bytes(whole)


@pytest.mark.parametrize("name", FILES)
def test_a_byte_more_or_less_or_a_missing_file_is_found(copy: Path, name: str) -> None:
    whole = (copy / name).read_bytes()
    for other in (whole + b"\n", whole + b"\0", whole[:-1], b""):
        (copy / name).write_bytes(other)
        assert run(copy)[0] in (1, 5)
        assert {fault.file for fault in verify_release(copy, KEY).faults} == {name}
    (copy / name).unlink()
    code, said = run(copy)
    assert code == 4
    assert f"{name}: the file is missing" in said
    assert "Incomplete, not judged" in said


def test_another_key_is_refused(copy: Path) -> None:
    other = checkpoint.read_signer(checkpoint.generate_key("PeterNeumann"))
    assert run(copy, str(other.verifier))[0] == 1


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_key_file_is_refused(copy: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(KEY) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda one: one != KEY[at]))
    assert verify_release(copy, KEY[:at] + other + KEY[at + 1 :]).faults


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def line_of(path: Path, report: str) -> int:
    return next(at for at, line in enumerate(path.read_bytes().splitlines(), 1) if report.encode() in line)


@pytest.mark.parametrize("name", ["reports.csv", "reports.jsonl", "history.csv", "history.jsonl"])
def test_a_changed_row_is_named_by_file_line_and_report(copy: Path, name: str) -> None:
    line = line_of(copy / name, ID)
    lines = (copy / name).read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b"dpubmpr", b"dpubmpx")
    (copy / name).write_bytes(b"".join(lines))
    code, said = run(copy)
    assert code == 1
    assert f"{name}, line {line}, report {ID}:" in said


def test_a_changed_parquet_row_is_named(copy: Path) -> None:
    lines = (copy / "reports.jsonl").read_bytes().splitlines()
    batch = Batch(reports.FIELDS, [orjson.loads(line) for line in lines])
    batch.columns[5][7] = "35.22.01.2001"
    import pyarrow.parquet as pq

    pq.write_table(parquet.table(reports.FIELDS, batch), copy / "reports.parquet")
    assert f"reports.parquet, line 8, report {batch.columns[0][7]}:" in run(copy)[1]


def retold(folder: Path, change: Callable[[list[bytes]], object]) -> None:
    """Change reports.jsonl and make all that can be made without the key agree with it, as a forger would."""
    lines = (folder / "reports.jsonl").read_bytes().splitlines(keepends=True)
    change(lines)
    rows = Batch(reports.FIELDS, [orjson.loads(line) for line in lines]).cells
    (folder / "reports.jsonl").write_bytes(b"".join(lines))
    (folder / "reports.csv").write_bytes(csv.header(reports.FIELDS) + csv.lines(rows))
    (folder / "SHA256SUMS").write_text(
        "".join(
            f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES if name != "SHA256SUMS"
        )
    )


def test_a_forger_who_mends_every_other_file_is_still_found_by_the_log(copy: Path) -> None:
    line = line_of(copy / "reports.jsonl", ID)

    def change(lines: list[bytes]) -> None:
        lines[line - 1] = lines[line - 1].replace(b'"status":"disposed"', b'"status":"closed"')

    retold(copy, change)
    assert f"reports.jsonl, line {line}, report {ID}: it is not the record" in run(copy)[1]


def test_a_report_left_out_of_every_file_is_still_missed(copy: Path) -> None:
    retold(copy, lambda lines: lines.pop(line_of(copy / "reports.jsonl", ID) - 1))
    assert f"reports.jsonl, report {ID}: it has no row" in run(copy)[1]


def test_a_report_added_to_every_file_or_given_twice_is_found(copy: Path) -> None:
    retold(copy, lambda lines: lines.append(lines[4]))
    assert "reports.jsonl, line 20" in run(copy)[1]
    retold(copy, lambda lines: lines.append(row_of(99)))
    assert f"reports.jsonl, line 21, report {document(99)['id']}: no fact of the log" in run(copy)[1]


def row_of(number: int) -> bytes:
    """The line of a report that the release does not have."""
    further = dict.fromkeys(field.name for field in reports.FIELDS if not field.answered)
    return orjson.dumps({**document(number), **further}) + b"\n"


def test_a_hidden_report_that_is_put_back_is_found(copy: Path) -> None:
    retold(copy, lambda lines: lines.insert(3, row_of(3)))
    assert f"reports.jsonl, line 4, report {document(3)['id']}" in run(copy)[1]


def test_facts_erased_without_a_fact_that_says_so_are_found(copy: Path) -> None:
    lines = (copy / "history.jsonl").read_bytes().splitlines(keepends=True)
    lines[14:16] = [b'{"index":14,"salt":null}\n', b'{"index":15,"salt":null}\n']
    (copy / "history.jsonl").write_bytes(b"".join(lines))
    retold(copy, lambda lines: lines.pop(line_of(copy / "reports.jsonl", ID) - 1))
    said = run(copy)[1]
    assert "history.jsonl, line 15: the fact is gone" in said
    assert "history.jsonl, line 16: the fact is gone" in said


def test_a_log_that_the_keeper_of_the_key_did_not_sign_is_found(copy: Path) -> None:
    leaves = bytearray((copy / "leaves.bin").read_bytes())
    leaves[-32:] = random.Random(1).randbytes(32)
    (copy / "leaves.bin").write_bytes(leaves)
    root = merkle.root_of(merkle.leaf_hash(bytes(leaves[at : at + 32])) for at in range(0, len(leaves), 32))
    forger = checkpoint.read_signer(checkpoint.generate_key("PeterNeumann"))
    (copy / "checkpoint").write_text(checkpoint.sign(forger, 42, root))
    assert "checkpoint: the note is not signed by this key" in run(copy)[1]
