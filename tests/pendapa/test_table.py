"""What a CSV of somebody else's may hold."""

import csv
from pathlib import Path

import pytest

from pendapa.heads import find_delimiter, written_encoding
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


def bring(path: Path, refused: Path, delimiter: str = ",", encoding: str = "utf-8") -> list[dict[str, str]]:
    """Read a table and refuse each row that is odd; the cells of the others."""
    columns, rows = read_rows(path, delimiter, encoding)
    refusals = Refusals(refused, columns, delimiter, written_encoding(path, encoding))
    taken = []
    for row in rows:
        if row.odd:
            refusals.add(row, row.odd)
        else:
            taken.append(row.cells)
    refusals.close()
    return taken


def test_a_broken_quote_costs_its_lines_by_number_and_no_other_row(tmp_path: Path) -> None:
    path, refused = tmp_path / "a.csv", tmp_path / "refused.csv"
    path.write_text('id,text,name\n1,"Jalan rusak,Sri W\n2,got,Ani\n3,"got, lagi",Budi\n4,lampu,Tri\n')
    assert [row["id"] for row in bring(path, refused)] == ["4"]
    with refused.open(newline="") as file:
        found = [(row["line"], row["id"]) for row in csv.DictReader(file)]
    assert found == [("2", '1,"Jalan rusak,Sri W'), ("3", "2,got,Ani"), ("4", '3,"got, lagi",Budi')]


def test_refused_rows_once_mended_are_read_as_the_table_that_they_are_from(tmp_path: Path) -> None:
    path, refused = tmp_path / "a.csv", tmp_path / "refused.csv"
    raw = 'id;text;name\n1;"Jalan rusak;Sri W\n2;"caf\xe9; lagi";Ani\n3;got\n4;a;b;c\n'
    path.write_bytes(raw.encode("windows-1252"))
    assert bring(path, refused, ";", "windows-1252") == []
    mended = refused.read_bytes().replace(b'"1;""Jalan rusak;Sri W"', b'"1;""Jalan rusak"";Sri W"')
    mended = mended.replace(b"3;got\r\n", b"3;got;Tri\r\n")
    again = tmp_path / "again.csv"
    again.write_bytes(mended)
    assert bring(again, refused, ";", "windows-1252") == [
        {"id": "1", "text": "Jalan rusak", "name": "Sri W"},
        {"id": "2", "text": "caf\xe9; lagi", "name": "Ani"},
        {"id": "3", "text": "got", "name": "Tri"},
    ]
    assert refused.read_text() == "line;reason;id;text;name\n5;4 cells under 3 columns;4;a;b;c\n"


def test_what_is_refused_again_keeps_the_line_that_was_not_mended(tmp_path: Path) -> None:
    path, refused, again = tmp_path / "a.csv", tmp_path / "refused.csv", tmp_path / "again.csv"
    path.write_text('id,text\n1,"Jalan "6" rusak"\n')
    assert bring(path, refused) == []
    assert bring(refused, again) == []
    assert again.read_text() == refused.read_text()


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_a_reason_that_the_encoding_does_not_have_stops_nothing(tmp_path: Path, encoding: str) -> None:
    refusals = Refusals(tmp_path / "refused.csv", ["id"], encoding=encoding)
    refusals.add(Row(2, {"id": "1"}, written=("\udcff" if encoding == "utf-8" else "1",)), "‘ş’ 漢 \udc81")
    refusals.add(Row(3, {"id": "2"}, written=("2\udc81",)), "odd bytes")
    refusals.close()
    with (tmp_path / "refused.csv").open(newline="", encoding=encoding, errors="surrogateescape") as file:
        assert [row["line"] for row in csv.DictReader(file)] == ["2", "3"]


def test_marks_of_refused_rows_have_names_that_the_table_has_not(tmp_path: Path) -> None:
    path, refused = tmp_path / "a.csv", tmp_path / "refused.csv"
    path.write_text("line,reason,id\nK1,rusak\n")
    columns, rows = read_rows(path, ",", wanted={"line", "id"})
    assert columns == ["line", "reason", "id"]
    refusals = Refusals(refused, columns)
    for row in rows:
        refusals.add(row, row.odd)
    refusals.close()
    assert refused.read_text().splitlines()[0] == "line_,reason_,line,reason,id"
    columns, rows = read_rows(refused, ",", wanted={"line", "id"})
    assert (columns, next(rows).written) == (["line", "reason", "id"], ("K1", "rusak"))


def test_a_byte_order_mark_stays_on_the_refused_rows(tmp_path: Path) -> None:
    path, refused = tmp_path / "a.csv", tmp_path / "refused.csv"
    path.write_bytes("\ufeffid,text\n1\n".encode())
    bring(path, refused)
    assert refused.read_bytes().startswith("\ufeffline,".encode())
    assert bring(refused, tmp_path / "again.csv") == []


@pytest.mark.parametrize(
    ("text", "rows", "odd"),
    [
        ("id,text\n1,a,,\n2,b, ,\n", ["1a", "2b"], []),
        ("id,text,,\n1,a,,\n2,b\n3,c,note,\n", ["1a", "2b", "3c"], []),
        ("id,text,,\n1,a,,,more\n", [], ["5 cells under 2 columns"]),
        ("id,text\n1\n2,b\n", ["2b"], ["1 cells under 2 columns"]),
        ("id,text\n1,a\n,\n , \n\n2,b\n", ["1a", "2b"], []),
    ],
    ids=["padded rows", "a padded header", "too many", "too few", "blank rows"],
)
def test_blank_cells_at_the_end_are_no_cells(tmp_path: Path, text: str, rows: list[str], odd: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    columns, found = read_rows(path, ",")
    found_rows = list(found)
    assert columns == ["id", "text"]
    assert [row.cells["id"] + row.cells["text"] for row in found_rows if not row.odd] == rows
    assert [row.odd for row in found_rows if row.odd] == odd


def test_names_of_columns_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,"text,name\n1,a,b\n')
    with pytest.raises(csv.Error, match="line 1, which names the columns"):
        read_rows(path, ",")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("names", [["id", "text"], ["id", "te,xt"], ["No; urut", "text"], ["line", "id", "text"]])
def test_the_delimiter_is_the_one_that_gives_the_maps_columns(tmp_path: Path, delimiter: str, names: list[str]) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([[*names, "a|b,c;d"], ["1", "x,y;z", "", ""]])
    assert find_delimiter(path, "utf-8", names) == delimiter


def test_a_delimiter_that_is_not_certain_is_told_with_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id:text\n1:a\n")
    with pytest.raises(csv.Error, match=r"none gives the columns id, text; .*id:text"):
        find_delimiter(path, "utf-8", ["id", "text"])
    path.write_text("text,a;text\n")
    with pytest.raises(csv.Error, match="more than one gives the columns text"):
        find_delimiter(path, "utf-8", ["text"])
    path.write_text("text\n")
    assert find_delimiter(path, "utf-8", ["text"]) == ","
