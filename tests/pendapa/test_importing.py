"""What a CSV of somebody else's may hold, and what happens when the server is not there."""

import asyncio
import csv
from pathlib import Path

import pytest

from pendapa import importing
from pendapa.importing import ImportStopped, Refusals, Row, read_rows
from pendapa.importmap import ImportMap, RowFault
from pendapa.live.process import free_port

MAP = ImportMap.model_validate({"source": "x", "id": "id", "text": "text"})


def test_odd_bytes_and_nuls_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,\xff\xfe\n2,a\x00b\n3\n4,x,too,many\n")
    columns, rows = read_rows(path, ",")
    assert columns == ["id", "text"]
    assert [row.cells["text"] for row in rows] == ["\ufffd\ufffd", "ab", "", "x"]


def test_refused_rows_are_kept_as_they_were_with_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    refusals = Refusals(path, ["id", "text"])
    refusals.add(Row(7, {"id": "1", "text": "a,\nb"}), "/text: too long")
    refusals.close()
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["line", "reason", "id", "text"], ["7", "/text: too long", "1", "a,\nb"]]


def test_a_server_that_is_not_there_stops_the_import_and_loses_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_ATTEMPTS", 1)
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,jalan rusak\n")
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ImportStopped, match="again"):
        asyncio.run(importing.run(path, MAP, nowhere, "key", tmp_path / "refused.csv", 4))
    assert not (tmp_path / "refused.csv").exists()


def test_rows_go_in_batches_of_so_many_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_BATCH_BYTES", 1000)
    rows = [
        Row(n, {"id": str(n), "text": text}) for n, text in enumerate(["a", "b", "", "c", "x" * 990, "d", "y" * 5000])
    ]
    rows[2] = Row(2, {"id": " ", "text": "no id"})
    batches = list(importing._batches(iter(rows), MAP, 3))
    assert [[row.line for row, _ in batch] for batch in batches] == [[0, 1, 2], [3], [4], [5], [6]]
    assert isinstance(batches[0][2][1], RowFault)
