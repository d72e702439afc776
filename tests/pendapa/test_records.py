"""A broken quote costs the lines that it reaches, by number, and nothing else; no cell takes in another row."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendapa import records
from pendapa.lines import NOT_CLOSED
from pendapa.records import cut

HEAD = "id,text,name,address\n"


def read(text: str, width: int = 4, delimiter: str = ",") -> tuple[list[list[str]], list[int]]:
    """The rows, and the numbers of the lines that are refused."""
    lines = io.StringIO(HEAD + text, newline="")
    next(lines)
    found = list(cut(lines, delimiter, range(width, width + 1), after=1))
    refused = [each.line for each in found if each.fault or len(each.cells) < width or any(each.cells[width:])]
    return [record.cells[:width] for record in found if record.line not in refused], refused


@pytest.mark.parametrize(
    ("text", "ids", "refused"),
    [
        # not closed: up to the line of the next quote
        ('1,"Jalan rusak,Sri W,RT 3\n2,got,Ani,RT 4\n3,"Got, mampet",Budi,RT 5\n4,x,Tri,RT 6\n', "4", [2, 3, 4]),
        ('1,a,b,c\n2,"Jalan rusak,Sri W,RT 3\n3,got,Ani,RT 4\n', "1", [3, 4]),
        ('1,a,b,"c\n2,a,b,c\n3,"",b,c\n4,"a",b,c\n5,a,b,c\n', "5", [2, 3, 4, 5]),
        ('"1","a","b","c\n"2","a","b","c"\n"3","a","b","c"\n', "3", [2, 3]),
        # closed by chance, by the stray quote of another row
        ('1,"Jalan rusak,Sri W,RT 3\n2,got,Ani,RT 4\n3,Pipa 6",Budi,RT 5\n4,x,Tri,RT 6\n', "4", [2, 3, 4]),
        ('1,Jalan,Sri,"RT 3\n2,got,Ani,RT 4\n3,got,Budi,"\nRT 5"\n4,x,Tri,RT 6\n', "4", [2, 3, 4, 5]),
        ('1,Jalan,Sri,"RT 3\n2,got,"\nBudi",c\n4,x,Tri,RT 6\n', "4", [2, 3, 4]),
        # a quote where none may stand
        ('1,a,b,c\n2,"Jalan 6" rusak",b,c\n3,a,b,c\n', "13", [3]),
        ('1,a,b,c\n2,Jalan 6" rusak,b,c\n3,a,b,c\n', "13", [3]),
        ('1,a,b,c\n2,Jalan 6",b,c\n3,"a, b",b,c\n', "13", [3]),
        ('1,a,b,c\n2,"Jalan \\"lubang\\" rusak",b,c\n3,a,b,c\n', "13", [3]),
        ('1,a,b,c\n2, "Jalan",b,c\n3,a,b,c\n', "13", [3]),
        # what is inside a cell is no row, also when it looks like one
        ('1,Pipa 6" bocor,b,"Rumah:\nRT 3, RW 4,a,b\nDesa"\n2,a,b,c\n', "2", [2, 3, 4]),
        ('a,Pipa 6" bocor,b,"Rumah\nRT, RW, Desa, x\nRT, RW, Desa, y\nlama"\nc,a,b,c\n', "c", [2, 3, 4, 5]),
        ('1,"Jalan"rusak\ndi RT 3, RW 4, Desa, x\nsekali",b,c\n2,a,b,c\n', "2", [2, 3, 4]),
        ('1,"a\nJalan"rusak\ndi RT 3, RW 4, Desa, x\nsekali",b,c\n2,a,b,c\n', "2", [2, 3, 4, 5]),
        ('0,a,b,c\n1,a,b,"Jalan"\nrusak\nparah"\n2,a,b,c\n', "02", [3, 4, 5]),
        ('0,a,b,c\n1,a,b,Jalan\nrusak"\n2,a,b,c\n', "02", [3, 4]),
        # and what is right stays
        ('1,"a, ""b""\nc",b,c\n\n2,"",b,"c\n"\n', "12", []),
        ('1,"a\nb",b,c,,\n2,a,b,c,,\n', "12", []),
        ('1,"a,b,c,,\n2,a,b,c,,\n3,a 6",b,c,,\n4,a,b,c,,\n', "4", [2, 3, 4]),
        ('1,a,b,"Yth. Bapak, Ibu,\nsalam,"\n2,",a",b,c\n', "12", []),
    ],
)
def test_a_broken_quote_costs_the_lines_that_it_reaches(text: str, ids: str, refused: list[int]) -> None:
    rows, numbers = read(text)
    assert ("".join(row[0] for row in rows), numbers) == (ids, refused)


def test_a_faulty_line_is_kept_as_it_stands_with_its_reason() -> None:
    found = list(cut(['1,"Jalan,x\r\n', '2,a"b",c\r\n'], ",", range(3, 4)))
    assert [(record.line, record.raw, record.fault) for record in found] == [
        (1, '1,"Jalan,x', NOT_CLOSED),
        (2, '2,a"b",c', records.OF_ANOTHER),
    ]


def test_a_cell_without_end_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_LARGEST", 20)
    rows, refused = read('1,"a,b,c\n2,a,b,c\n3,a,b,c\n4,a,b,c\n5,a,b,c\n')
    assert ([row[0] for row in rows], refused) == (["4", "5"], [2, 3, 4])


words = st.text(st.sampled_from('ab,;" 12'), max_size=6)
prose = st.lists(st.text(st.sampled_from('ab" .'), max_size=6), max_size=3).map("\n".join)


def written(rows: list[tuple[str, ...]], quoting: int) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(  # type: ignore[arg-type]
        [str(1000 + n), *row] for n, row in enumerate(rows)
    )
    return text.getvalue()


@given(st.lists(st.tuples(words | prose, words | prose, words | prose), max_size=6), st.sampled_from([0, 1]))
def test_a_well_formed_table_is_read_as_it_was_written(rows: list[tuple[str, ...]], quoting: int) -> None:
    assert read(written(rows, quoting)) == ([[str(1000 + n), *row] for n, row in enumerate(rows)], [])


@given(
    st.lists(st.tuples(words, words, words), min_size=1, max_size=6),
    st.sampled_from([0, 1]),
    st.integers(0, 999),
    st.booleans(),
)
def test_one_quote_more_or_less_changes_no_row_unseen(
    rows: list[tuple[str, ...]], quoting: int, where: int, added: bool
) -> None:
    right = written(rows, quoting)
    quotes = [at for at, letter in enumerate(right) if letter == '"']
    at = quotes[where % len(quotes)] if quotes and not added else where % (len(right) + 1)
    broken = right[:at] + right[at + 1 :] if quotes and not added else f'{right[:at]}"{right[at:]}'
    accepted, refused = read(broken)
    known = [[str(1000 + n), *row] for n, row in enumerate(rows)]
    assert not [row for row in accepted if row not in known]
    assert max(Counter(row[0] for row in accepted).values(), default=1) == 1
    unread = {n for n, row in enumerate(known, 2) if row not in accepted}
    assert unread <= set(refused)
