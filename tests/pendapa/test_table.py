"""What a CSV of somebody else's may hold."""

import csv
from pathlib import Path

import pytest

from pendapa.table import Refusals, Row, read_rows

UNREADABLE = "bytes that are not utf-8; the map can name another encoding"


def test_odd_bytes_and_nuls_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,a\xff\n2,a\x00b\n3\n4,x,too,many\n")
    columns, rows = read_rows(path, ",")
    assert columns == ["id", "text"]
    assert [(row.cells.get("text"), row.odd) for row in rows] == [
        ("a\udcff", UNREADABLE),
        ("ab", ""),
        (None, "1 cells under 2 columns"),
        ("x", "4 cells under 2 columns"),
    ]


def test_a_cell_without_end_stops_the_reading_whatever_limit_another_library_set(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    path.write_bytes(b'id,text\n1,"' + b"a" * (17 << 20))
    before = csv.field_size_limit(1 << 30)
    try:
        _, rows = read_rows(path, ",")
        with pytest.raises(csv.Error, match="larger than field limit"):
            list(rows)
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("UTF_8", "\ufeffid,text\n1,café €\n".encode()),
        ("windows-1252", b"id,text\n1,caf\xe9 \x80\n"),
        ("utf-16", "id,text\n1,café €\n".encode("utf-16")),
    ],
)
def test_a_table_may_be_in_another_encoding(tmp_path: Path, encoding: str, raw: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(raw)
    _, rows = read_rows(path, ",", encoding)
    assert [(row.cells["text"], row.odd) for row in rows] == [("café €", "")]


def test_a_row_that_could_not_be_read_is_kept_to_the_byte(tmp_path: Path) -> None:
    path, refused = tmp_path / "odd.csv", tmp_path / "refused.csv"
    path.write_bytes(b"id,text\n1,caf\xe9\n")
    columns, rows = read_rows(path, ",")
    refusals = Refusals(refused, columns)
    for row in rows:
        refusals.add(row, row.odd)
    refusals.close()
    assert b",1,caf\xe9\r\n" in refused.read_bytes()


def test_cells_under_no_column_are_kept_in_a_refused_row(tmp_path: Path) -> None:
    path, refused = tmp_path / "odd.csv", tmp_path / "refused.csv"
    path.write_text("id,text\n1,Antrean lama, dokter tidak ada\n")
    columns, rows = read_rows(path, ",")
    refusals = Refusals(refused, columns)
    for row in rows:
        refusals.add(row, row.odd)
    refusals.close()
    assert refused.read_text().splitlines()[1] == "2,3 cells under 2 columns,1,Antrean lama, dokter tidak ada"


def test_refused_rows_are_kept_as_they_were_with_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    refusals = Refusals(path, ["id", "text"])
    refusals.add(Row(7, {"id": "1", "text": "a,\nb"}), "/text: too long")
    refusals.close()
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["line", "reason", "id", "text"], ["7", "/text: too long", "1", "a,\nb"]]


def test_blank_lines_are_no_rows_and_a_cell_may_have_lines_and_be_large(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    large = "x" * 1_000_000
    path.write_bytes(f'id;text\r\n\r\n1;"a\r\nb"\r\n\r\n2;{large}\r\n'.encode())
    _, rows = read_rows(path, ";")
    assert list(rows) == [Row(4, {"id": "1", "text": "a\r\nb"}), Row(6, {"id": "2", "text": large})]
