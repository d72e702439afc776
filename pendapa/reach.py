"""How far a wrong quote reaches in a CSV: which lines may be the rest of a cell that it cut or left open."""

import re
from enum import Enum, auto

from pendapa.lines import Lines, RowReading, match_inside

_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")


class QuoteState(Enum):
    """Whether the next line begins inside a cell."""

    outside = auto()
    unknown = auto()
    inside = auto()


def state_after(line: str, delimiter: str, otherwise: QuoteState = QuoteState.unknown) -> QuoteState:
    """Whether a cell that this line opens goes on in the next one, as far as a broken line can tell."""
    reading = RowReading(delimiter)
    if not reading.feed(line):
        return QuoteState.inside if reading.is_open else otherwise
    last = line.rfind('"')
    return QuoteState.inside if last == 0 or line.startswith(delimiter, last - 1) else otherwise


def rest_of_cell(ahead: Lines, row: str, delimiter: str, widths: range, state: QuoteState) -> int:
    """How many of the next lines are the rest of a cell of `row` or a later line: they end with one that closes it.

    A line that begins a row shows that no cell is open. It begins as `row` does; where rows begin with no number, it
    has as many cells. Where a cell is known to be open, it must do both.
    """
    n = ahead.next_quote()
    if n is None or not _closes((ahead.peek(n) or "").rstrip("\r\n"), delimiter, state):
        return 0
    form = _form(row, delimiter)
    for text in ((ahead.peek(k) or "").rstrip("\r\n") for k in range(n + 1)):
        is_alike = "9" in form and delimiter in text and _form(text, delimiter) == form
        is_row = _is_row(text, delimiter, widths)
        begins = is_alike and is_row if state is QuoteState.inside else is_alike or (is_row and "9" not in form)
        if begins:
            return 0
    return n + 1


def holds_rows(taken: list[str], cells: list[str], delimiter: str, widths: range) -> bool:
    """Whether a record over several lines holds other rows: its quote was never closed, and another row's closed it.

    Such a row has as many cells as there are columns, and begins as the first line does (with a number, say). Many
    lines with so many cells tell it, too.
    """
    if len(cells) < widths.start or any(map(str.strip, cells[widths.stop - 1 :])):
        return True
    form = _form(taken[0], delimiter)
    alike = ["9" in form and _form(line, delimiter) == form for line in taken]
    rows = [_is_row(line, delimiter, widths) for line in taken]
    among = any(row and same for row, same in zip(rows[1:], alike[1:], strict=True))
    return among or (len(cells) > 2 and len(rows) > 2 and all(rows))


def _closes(text: str, delimiter: str, state: QuoteState) -> bool:
    """Whether the first quote of a line can only close a cell of an earlier line."""
    at = match_inside(text, 0)
    if at > 0 and text.startswith(delimiter, at - 1):
        return False
    if at + 1 < len(text) and not text.startswith(delimiter, at + 1):
        return False
    return state is not QuoteState.outside or bool(RowReading(delimiter).feed(text))


def _is_row(line: str, delimiter: str, widths: range) -> bool:
    """Whether a line has as many delimiters as a row; those at its end may be too many."""
    fewest = line.rstrip(f"{delimiter} \r\n").count(delimiter) + 1
    return fewest < widths.stop and line.count(delimiter) + 1 >= widths.start


def _form(line: str, delimiter: str) -> str:
    """The first cell of a line, each number as 9 and each word as a."""
    return _LETTERS.sub("a", _DIGITS.sub("9", line.rstrip("\r\n").split(delimiter, 1)[0].strip(' "')))
