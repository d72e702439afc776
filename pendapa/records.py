"""Cuts a CSV into records strictly as RFC 4180 has it, and decides how far a broken quote reaches.

Python's csv module takes a quote that nobody closed as open until the next one, which puts the lines between into one
cell. Here such lines are refused, and so is a line that has a quote where none may stand.
"""

import re
from collections import deque
from collections.abc import Container, Iterable, Iterator
from enum import Enum, auto
from typing import NamedTuple

_INSIDE = re.compile(r'[^"]*(?:""[^"]*)*')
"""What may stand inside a quoted cell: a quote is written twice."""
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")

_LARGEST = 16 * 1024 * 1024
"""Characters of a record over several lines; beyond it a quote was never closed."""
_AHEAD = 1000
"""Lines that are looked at to see whether they belong to a cell that a broken line began."""

INSIDE_A_CELL = "a quote inside a cell that does not begin with one: quote the cell and write the quote twice"
AFTER_A_CELL = "text after the quote that closes a cell: a quote inside a cell is written twice"
NOT_CLOSED = "a quote that opens a cell and is not closed"
TOO_EARLY = "a quote that closes its cell too early: a quote inside a cell is written twice"
OVER_LINES = "a cell over several lines that does not fit the columns, or holds other rows: its quote is not closed"
OF_ANOTHER = "this line may be part of a cell of the broken line before it"


class Record(NamedTuple):
    line: int
    """The line of the file on which it ends, from 1."""
    cells: list[str]
    fault: str = ""
    """Why the line cannot be cut into cells."""
    raw: str = ""
    """The line as it stands in the file, if there is a fault."""


class _Lines:
    """The lines of a file, with a look at those to come."""

    def __init__(self, lines: Iterable[str], number: int) -> None:
        self._lines = iter(lines)
        self._ahead: deque[str] = deque()
        self._bare = 0
        self.number = number

    def take(self) -> str | None:
        line = self._ahead.popleft() if self._ahead else next(self._lines, None)
        self.number += line is not None
        return line

    def peek(self, n: int) -> str | None:
        """The line after the next `n`."""
        while len(self._ahead) <= n:
            if (line := next(self._lines, None)) is None:
                return None
            self._ahead.append(line)
        return self._ahead[n]

    def next_quote(self) -> int | None:
        """How many lines there are before the next one with a quote that could close a cell; null if it is far away."""
        # A line is looked at once, however often this is asked.
        n = max(self._bare - self.number, 0)
        while n < _AHEAD and (line := self.peek(n)) is not None:
            if '"' in line and _match_inside(line, 0) < len(line):
                return n
            n += 1
            self._bare = self.number + n
        return None


class _State(Enum):
    """Whether the next line begins inside a cell."""

    outside = auto()
    unknown = auto()
    inside = auto()


class _Reading:
    """One record, read line by line until no cell is open."""

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self._delimiter = delimiter
        self._open: list[str] = []

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    def feed(self, line: str) -> str:
        """Read one line; what is wrong with it, or nothing."""
        text = line.rstrip("\r\n")
        at, earlier = 0, bool(self._open)
        while True:
            if not self._open and not text.startswith('"', at):
                end = text.find(self._delimiter, at)
                cell = text[at:] if end < 0 else text[at:end]
                if '"' in cell:
                    return INSIDE_A_CELL
                self.cells.append(cell)
                if end < 0:
                    return ""
                at = end + 1
                continue
            at += not self._open
            begin, at = at, _match_inside(text, at)
            self._open.append(text[begin:at])
            if at == len(text):
                self._open.append(line[at:])
                return ""
            if not text.startswith(self._delimiter, at + 1) and at + 1 < len(text):
                return NOT_CLOSED if earlier else AFTER_A_CELL
            self.cells.append("".join(self._open).replace('""', '"'))
            self._open, earlier = [], False
            if at + 1 == len(text):
                return ""
            at += 2


def cut(lines: Iterable[str], delimiter: str, widths: Container[int] | None = None, after: int = 0) -> Iterator[Record]:
    """The records of a CSV's lines, blank lines left out, numbered `after` those that were read before.

    `widths`: how many cells a row may have; none for the line that names the columns. A line with a fault is a record
    of its own, and so is each line that the fault reaches: those up to where the broken cell ends, and those after it
    that may be the rest of a cell.
    """
    ahead = _Lines(lines, after)
    while (line := ahead.take()) is not None:
        text = line.rstrip("\r\n")
        if '"' in line or (
            widths is not None and text and _rest_of_cell(ahead, line, delimiter, widths, _State.outside)
        ):
            yield from _cut_row(ahead, line, delimiter, widths)
        elif text:
            yield Record(ahead.number, text.split(delimiter))


def _cut_row(ahead: _Lines, line: str, delimiter: str, widths: Container[int] | None) -> Iterator[Record]:
    reading, taken, size = _Reading(delimiter), [line], len(line)
    fault = reading.feed(line)
    while not fault and reading.is_open:
        following = ahead.take() if size <= _LARGEST else None
        if following is None:
            fault = NOT_CLOSED
        else:
            taken.append(following)
            size += len(following)
            fault = reading.feed(following)
    if not fault and len(taken) > 1 and widths is not None and _holds_rows(taken, reading.cells, delimiter, widths):
        fault = OVER_LINES
    if widths is not None:
        state = _state_after(taken[-1], delimiter) if fault else _State.outside
        while rest := _rest_of_cell(ahead, line, delimiter, widths, state):
            fault = fault or TOO_EARLY
            taken += [text for _ in range(rest) if (text := ahead.take()) is not None]
            state = _state_after(taken[-1], delimiter, _State.outside)
    if not fault:
        yield Record(ahead.number, reading.cells)
        return
    first = ahead.number - len(taken) + 1
    for number, text in enumerate(taken, first):
        if raw := text.rstrip("\r\n"):
            yield Record(number, [], fault if number == first else OF_ANOTHER, raw)


def _holds_rows(taken: list[str], cells: list[str], delimiter: str, widths: Container[int]) -> bool:
    """Whether a record over several lines holds other rows: its quote was never closed, and another row's closed it.

    Such a row begins as the first line does (with a number, say) and has as many cells as there are columns, as far as
    this can be counted: in the line that closes the quote, it cannot. Many lines with so many cells tell it, too.
    """
    if len(cells) not in widths:
        return True
    form = _form(taken[0], delimiter)
    alike = ["9" in form and _form(line, delimiter) == form for line in taken]
    rows = [line.count(delimiter) + 1 in widths for line in taken]
    among = any(row and same for row, same in zip(rows[1:], alike[1:], strict=True))
    closing = alike[-1] and delimiter in taken[-1].partition('"')[0]
    return among or closing or (len(cells) > 2 and len(rows) > 2 and all(rows))


def _form(line: str, delimiter: str) -> str:
    """The first cell of a line, each number as 9 and each word as a."""
    return _LETTERS.sub("a", _DIGITS.sub("9", line.rstrip("\r\n").split(delimiter, 1)[0].strip(' "')))


def _state_after(line: str, delimiter: str, otherwise: _State = _State.unknown) -> _State:
    """Whether a cell that this line opens goes on in the next one, as far as a broken line can tell."""
    reading = _Reading(delimiter)
    if not reading.feed(line):
        return _State.inside if reading.is_open else otherwise
    last = line.rfind('"')
    return _State.inside if last == 0 or line.startswith(delimiter, last - 1) else otherwise


def _rest_of_cell(ahead: _Lines, row: str, delimiter: str, widths: Container[int], state: _State) -> int:
    """How many of the next lines are the rest of a cell of `row` or a later line: they end with one that closes it.

    A line that begins a row shows that no cell is open. It begins as `row` does; only where rows begin with no number,
    or where a cell is known to be open, the count of its cells decides.
    """
    n = ahead.next_quote()
    if n is None or not _closes((ahead.peek(n) or "").rstrip("\r\n"), delimiter, state):
        return 0
    form = _form(row, delimiter)
    for text in ((ahead.peek(k) or "").rstrip("\r\n") for k in range(n + 1)):
        is_alike = "9" in form and delimiter in text and _form(text, delimiter) == form
        has_width = text.count(delimiter) + 1 in widths
        if (is_alike or "9" not in form) if has_width else (is_alike and state is not _State.inside):
            return 0
    return n + 1


def _closes(text: str, delimiter: str, state: _State) -> bool:
    """Whether the first quote of a line can only close a cell of an earlier line."""
    at = _match_inside(text, 0)
    if at > 0 and text.startswith(delimiter, at - 1):
        return False
    if at + 1 < len(text) and not text.startswith(delimiter, at + 1):
        return False
    return state is not _State.outside or bool(_Reading(delimiter).feed(text))


def _match_inside(text: str, at: int) -> int:
    """Where the inside of a quoted cell ends: at its quote, or at the end of the text."""
    match = _INSIDE.match(text, at)
    return match.end() if match else at
