"""What a CSV of somebody else's may hold."""

import csv
from pathlib import Path

from pendapa.table import Refusals, Row, read_rows


def test_odd_bytes_and_nuls_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,\xff\xfe\n2,a\x00b\n3\n4,x,too,many\n")
    columns, rows = read_rows(path, ",")
    assert columns == ["id", "text"]
    assert [(row.cells.get("text"), row.odd) for row in rows] == [
        ("\ufffd\ufffd", ""),
        ("ab", ""),
        (None, "1 cells under 2 columns"),
        ("x", "4 cells under 2 columns"),
    ]


def test_refused_rows_are_kept_as_they_were_with_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    refusals = Refusals(path, ["id", "text"])
    refusals.add(Row(7, {"id": "1", "text": "a,\nb"}), "/text: too long")
    refusals.close()
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["line", "reason", "id", "text"], ["7", "/text: too long", "1", "a,\nb"]]
