"""Cuts a CSV into records strictly, and refuses each line that a wrong quote reaches.

Python's csv module takes a quote that nobody closed as open until the next one, which puts the lines between into one
cell. Here such lines are refused, and so is a line that has a quote where none may stand.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pendapa.lines import NOT_CLOSED, Lines, RowReading
from pendapa.reach import QuoteState, holds_rows, rest_of_cell, state_after

_LARGEST = 16 * 1024 * 1024
"""Characters of a record over several lines; beyond it a quote was never closed."""

TOO_EARLY = "a quote that closes its cell too early: a quote inside a cell is written twice"
OVER_LINES = "a cell over several lines that does not fit the columns, or holds other rows: its quote is not closed"
OF_ANOTHER = "this line may be part of a cell of the broken line before it"


class TableRecord(NamedTuple):
    line: int
    """The line of the file on which it ends, from 1."""
    cells: list[str]
    fault: str = ""
    """Why the line cannot be cut into cells."""
    raw: str = ""
    """The line as it stands in the file, if there is a fault."""


def cut(lines: Iterable[str], delimiter: str, widths: range | None = None, after: int = 0) -> Iterator[TableRecord]:
    """The records of a CSV's lines, blank lines left out, numbered `after` those that were read before.

    `widths`: how many cells a row may have, apart from blank ones at its end; none for the line that names the columns.
    A line with a fault is a record of its own, and so is each line that the fault reaches: those up to where the broken
    cell ends, and those after it that may be the rest of a cell.
    """
    ahead = Lines(lines, after)
    while (line := ahead.take()) is not None:
        text = line.rstrip("\r\n")
        if '"' in line or (
            widths is not None and text and rest_of_cell(ahead, line, delimiter, widths, QuoteState.outside)
        ):
            yield from _cut_row(ahead, line, delimiter, widths)
        elif text:
            yield TableRecord(ahead.number, text.split(delimiter))


def _cut_row(ahead: Lines, line: str, delimiter: str, widths: range | None) -> Iterator[TableRecord]:
    reading, taken, size = RowReading(delimiter), [line], len(line)
    fault = reading.feed(line)
    while not fault and reading.is_open:
        following = ahead.take() if size <= _LARGEST else None
        if following is None:
            fault = NOT_CLOSED
        else:
            taken.append(following)
            size += len(following)
            fault = reading.feed(following)
    if not fault and len(taken) > 1 and widths is not None and holds_rows(taken, reading.cells, delimiter, widths):
        fault = OVER_LINES
    if widths is not None:
        state = state_after(taken[-1], delimiter) if fault else QuoteState.outside
        while rest := rest_of_cell(ahead, line, delimiter, widths, state):
            fault = fault or TOO_EARLY
            taken += [text for _ in range(rest) if (text := ahead.take()) is not None]
            state = state_after(taken[-1], delimiter, QuoteState.outside)
    if not fault:
        yield TableRecord(ahead.number, reading.cells)
        return
    first = ahead.number - len(taken) + 1
    for number, text in enumerate(taken, first):
        if raw := text.rstrip("\r\n"):
            yield TableRecord(number, [], fault if number == first else OF_ANOTHER, raw)
