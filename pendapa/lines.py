"""The lines of a CSV with a look at those to come, and one record read from them strictly as RFC 4180 has it."""

import re
from collections import deque
from collections.abc import Iterable

_INSIDE = re.compile(r'[^"]*(?:""[^"]*)*')
"""What may stand inside a quoted cell: a quote is written twice."""
_AHEAD = 1000
"""Lines that are looked at to see whether they belong to a cell that a broken line began."""

INSIDE_A_CELL = "a quote inside a cell that does not begin with one: quote the cell and write the quote twice"
AFTER_A_CELL = "text after the quote that closes a cell: a quote inside a cell is written twice"
NOT_CLOSED = "a quote that opens a cell and is not closed"


class Lines:
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
            if '"' in line and match_inside(line, 0) < len(line):
                return n
            n += 1
            self._bare = self.number + n
        return None


class RowReading:
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
            begin, at = at, match_inside(text, at)
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


def match_inside(text: str, at: int) -> int:
    """Where the inside of a quoted cell ends: at its quote, or at the end of the text."""
    match = _INSIDE.match(text, at)
    return match.end() if match else at
