"""No cell of a CSV file runs as a formula however a spreadsheet splits it, and every word can be read back."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publish.formats.csv import harmless, lines

SIGNS = "=+-@＝＋－＠"
_TEXT = st.text(alphabet=st.sampled_from([*SIGNS, *";,'\" \t\r\n\u3000", "a", "1", "|"]), max_size=12)


def words_of(cell: str) -> str:
    """As docs/log.md says to do it."""
    cell = re.sub(r"(^|[;\t\r\n])'(?='*[\s\"]*[=+\-@＝＋－＠])", r"\1", cell)
    return re.sub(r"^'(?='*[\t\r\n])", "", cell)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "＝1+1", "＋1", "－1", "＠a", "\t=1", "\n=1", " =1", "a;=1", "a; =1", 'a;"=1"', "a\n=1", "a\t@1", "a;＝1"],
)
def test_a_formula_wherever_a_cell_may_begin_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) != text
    assert words_of(harmless(text)) == text


@pytest.mark.parametrize("text", ["Jalan rusak; bolong", "a=b", "10-12 malam", "'petik", "", "satu\ndua", "a;'b"])
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@given(_TEXT)
def test_no_reader_finds_a_cell_that_begins_as_a_formula(text: str) -> None:
    line = lines([["id", text, "end"]]).decode()
    for delimiter in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=delimiter):
            for cell in row:
                assert not cell.lstrip(' "\u3000').startswith(tuple(SIGNS)), (delimiter, row)


@given(_TEXT)
def test_the_exact_words_can_be_read_back(text: str) -> None:
    assert words_of(harmless(text)) == text
