"""`pendapa verify` accuses the file that was changed and names its row, and never a file that is right."""

import gzip
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.publish.datasets.all import DATASETS
from services.publish.formats import FORMATS
from services.publish.log import checkpoint
from services.publish.verify.findings import ReleaseFault, Verdict
from services.publish.verify.release import verify_release
from tests.pendapa.test_verify import run
from tests.pendapa.test_verify_forms import check
from tests.publish.releasing import KEY, NOW

DATA = tuple(f"{dataset}.{format.suffix}" for dataset in DATASETS for format in FORMATS)
Rows = list[bytes]


def rows(path: Path) -> Rows:
    """The rows of a file, each as bytes; the header of a CSV file is the first."""
    if path.suffix == ".parquet":
        return [orjson.dumps(row, default=str) for row in pq.read_table(path).to_pylist()]
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return (
        data.splitlines(keepends=True)
        if path.suffix == ".jsonl"
        else [each + b"\r\n" for each in data.split(b"\r\n")[:-1]]
    )


def move_rows(path: Path, move: Callable[[list[int]], list[int]]) -> None:
    """Leave out, repeat or exchange rows of a file, by their numbers; a header stays."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        pq.write_table(table.take(pa.array(move(list(range(table.num_rows))), pa.int64())), path)
        return
    parts = rows(path)
    head = 0 if path.suffix == ".jsonl" else 1
    data = b"".join([*parts[:head], *(parts[head:][number] for number in move(list(range(len(parts) - head))))])
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def accused(folder: Path) -> set[str]:
    return {fault.file for fault in verify_release(folder, KEY).faults}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_row_left_out_repeated_or_moved_is_found_in_its_file_alone(copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(DATA))
    whole = (copy / name).read_bytes()
    count = len(rows(copy / name)) - (".csv" in name)
    if not count:
        return
    at, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    move_rows(copy / name, data.draw(st.sampled_from([_without(at), _twice(at), _exchanged(at, other)])))
    try:
        if rows(copy / name) != _rows_of(copy.parent, whole, name):
            faults = verify_release(copy, KEY).faults
            assert {fault.file for fault in faults} == {name}
            assert faults[0].line is not None or "no row" in faults[0].what
    finally:
        (copy / name).write_bytes(whole)


def _rows_of(folder: Path, data: bytes, name: str) -> Rows:
    (folder / name).write_bytes(data)
    return rows(folder / name)


def _without(at: int) -> Callable[[list[int]], list[int]]:
    return lambda numbers: [number for number in numbers if number != at]


def _twice(at: int) -> Callable[[list[int]], list[int]]:
    return lambda numbers: [*numbers[: at + 1], *numbers[at:]]


def _exchanged(at: int, other: int) -> Callable[[list[int]], list[int]]:
    return lambda numbers: [{at: other, other: at}.get(number, number) for number in numbers]


@pytest.mark.parametrize("name", [name for name in DATA if not name.startswith("calendar")])
def test_a_changed_cell_is_named_by_its_line_and_its_row(copy: Path, name: str) -> None:
    """The last row of each file has another value."""
    key = DATASETS[name.partition(".")[0]].key
    if name.endswith(".parquet"):
        table = pq.read_table(copy / name)
        field = next(each for each in table.schema if each.type == pa.string() and each.name not in (key, "id"))
        values = table.column(field.name).to_pylist()
        values[-1] = f"{values[-1]} lain"
        at = table.schema.get_field_index(field.name)
        pq.write_table(table.set_column(at, field, pa.array(values, pa.string())), copy / name)
        fault = only_fault(copy, name)
        assert fault.line == table.num_rows
    else:
        data = gzip.decompress((copy / name).read_bytes()) if name.endswith(".gz") else (copy / name).read_bytes()
        at = max(place for place in map(data.rfind, (b"a", b"o")))
        data = data[:at] + b"x" + data[at + 1 :]
        (copy / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        fault = only_fault(copy, name)
        assert fault.line == data[:at].count(b"\n") + 1
    assert fault.report
    assert verify_release(copy, KEY).verdict is Verdict.changed


def only_fault(folder: Path, name: str) -> ReleaseFault:
    faults = verify_release(folder, KEY).faults
    assert {fault.file for fault in faults} == {name}
    return faults[0]


@pytest.mark.parametrize(
    ("name", "word"),
    [("reports.jsonl", b"Kepatihan"), ("agencies.jsonl", b"Dinas"), ("history.jsonl", b"a child")],
)
def test_the_file_that_the_log_or_the_others_contradict_is_accused_though_every_sum_was_mended(
    copy: Path, name: str, word: bytes
) -> None:
    whole = (copy / name).read_bytes()
    assert word in whole
    (copy / name).write_bytes(whole.replace(word, b"lain", 1))
    assert {fault.file for fault in check(copy).faults} == {name}


def test_a_right_file_is_not_accused_because_the_rows_that_it_is_held_against_are_all_wrong(copy: Path) -> None:
    (copy / "reports.jsonl").write_bytes((copy / "reports.jsonl").read_bytes().replace(b'"sms"', b'"web"', 1))
    table = pq.read_table(copy / "reports.parquet")
    pq.write_table(table.slice(1), copy / "reports.parquet")
    found = verify_release(copy, KEY)
    assert {fault.file for fault in found.faults} == {"reports.jsonl", "reports.parquet"}
    assert "reports.csv: no file has right rows to hold it against" in found.unjudged


@pytest.mark.parametrize("name", ["reports.csv", "reports.csv.gz", "reports.jsonl", "reports.parquet", "leaves.bin"])
def test_a_download_that_was_cut_off_is_damaged_and_not_forged(copy: Path, name: str) -> None:
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: len(whole) * 2 // 3])
    assert accused(copy) == {name}
    code, said = run(copy)
    assert code == Verdict.damaged
    assert "Damaged: download these files again" in said


def test_the_row_from_which_a_broken_gzip_file_cannot_be_unpacked_is_named(copy: Path) -> None:
    whole = (copy / "reports.csv.gz").read_bytes()
    (copy / "reports.csv.gz").write_bytes(whole[: len(whole) // 2])
    fault = only_fault(copy, "reports.csv.gz")
    assert "it cannot be unpacked from here on" in str(fault)
    assert fault.report is not None
    lines = (copy / "reports.csv").read_bytes().split(b"\n")
    assert fault.report.encode() in lines[(fault.line or 0) - 1]


@pytest.mark.parametrize("line", range(1, 8))
def test_a_list_that_alone_says_otherwise_is_wrong_itself(copy: Path, line: int) -> None:
    lines = (copy / "SHA256SUMS").read_bytes().split(b"\n")
    lines[line - 1] = (b"0" if lines[line - 1][:1] != b"0" else b"1") + lines[line - 1][1:]
    (copy / "SHA256SUMS").write_bytes(b"\n".join(lines))
    fault = only_fault(copy, "SHA256SUMS")
    assert fault.line == line


def test_a_sum_of_the_manifest_that_was_changed_accuses_the_list_and_not_the_manifest(copy: Path) -> None:
    data = (copy / "SHA256SUMS").read_bytes()
    at = data.index(b"  manifest.json") - 1
    (copy / "SHA256SUMS").write_bytes(data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :])
    assert accused(copy) == {"SHA256SUMS"}


def test_a_manifest_of_another_time_accuses_the_manifest(copy: Path) -> None:
    said = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(said.replace(f"{NOW:%Y-%m-%d}", "2026-11-25"))
    assert accused(copy) == {"manifest.json"}


def test_a_release_that_another_key_signed_says_so(copy: Path) -> None:
    other = checkpoint.read_signer(checkpoint.generate_key("pendapa.example/elsewhere"))
    code, said = run(copy, str(other.verifier))
    assert code == Verdict.changed
    assert "checkpoint: it is signed with another key, PeterNeumann+c74f20a3, and not with yours" in said


def test_a_release_of_a_later_spelling_is_not_judged(copy: Path) -> None:
    package = orjson.loads((copy / "datapackage.json").read_bytes())
    (copy / "datapackage.json").write_bytes(orjson.dumps({**package, "spelling": 99}))
    assert check(copy).verdict is Verdict.incomplete
