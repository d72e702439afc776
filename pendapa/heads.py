"""The first line of a CSV: which columns it names, and by which delimiter."""

import codecs
import csv
import re
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from pendapa.records import TableRecord, cut

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
"""Those that `delimiter: auto` tells apart."""

_LINE_CHARACTERS = 16 * 1024 * 1024
"""A line beyond it is not a line of a table."""

UNREAD = re.compile("[\udc80-\udcff]")
"""What Python makes of bytes that the encoding does not have."""

_MARKS = re.compile(r"line(_*),reason\1")
"""The first two columns of a file of refused rows."""


class TableFault(csv.Error):
    """The table cannot be read as the map says."""


class TableHead(NamedTuple):
    line: int
    """Where it ends: a name may have more lines than one."""
    columns: list[str]
    """The names as far as one is not blank: spreadsheets add blank ones at the end."""
    width: int
    """How many cells the first line has, blank ones too."""
    marks: int
    """How many columns before these say why a row was refused, in a file of refused rows."""

    @property
    def widths(self) -> range:
        """How many cells a row may have."""
        return range(len(self.columns) + self.marks, self.width + 1)


def find_delimiter(path: Path, encoding: str, wanted: Collection[str]) -> str:
    """The delimiter by which the first line has the columns that the map wants. Raises `TableFault`."""
    heads = {delimiter: read_head(path, delimiter, encoding, wanted, strict=False).columns for delimiter in DELIMITERS}
    fitting = [delimiter for delimiter, columns in heads.items() if set(wanted) <= set(columns)]
    # A map of one column fits a table of one column, whatever its delimiter would be.
    if len(fitting) > 1 and all(len(heads[delimiter]) == 1 for delimiter in fitting):
        return ","
    if len(fitting) == 1:
        return fitting[0]
    why = "more than one gives" if fitting else "none gives"
    raise TableFault(
        f"delimiter: auto: of {', '.join(DELIMITERS.values())}, {why} the columns {', '.join(sorted(wanted))}; "
        f"name the delimiter in the map. The first line is: {_first_line(path, encoding)}"
    )


def written_encoding(path: Path, encoding: str) -> str:
    """The encoding, with the byte order mark if the file begins with one, as spreadsheets need it."""
    with path.open("rb") as file:
        marked = file.read(3) == codecs.BOM_UTF8
    return "utf-8-sig" if marked and codecs.lookup(encoding).name.startswith("utf-8") else encoding


def open_table(path: Path, encoding: str) -> IO[str]:
    name = codecs.lookup(encoding).name
    name = "utf-8-sig" if name == "utf-8" else name
    return path.open(newline="", encoding=name, errors="surrogateescape")


def lines_of(file: IO[str]) -> Iterator[str]:
    for number, line in enumerate(iter(partial(file.readline, _LINE_CHARACTERS + 1), ""), 1):
        if len(line) > _LINE_CHARACTERS:
            raise TableFault(f"line {number} is larger than field limit ({_LINE_CHARACTERS})")
        yield line


def read_head(
    path: Path, delimiter: str, encoding: str, wanted: Collection[str] = (), *, strict: bool = True
) -> TableHead:
    """The columns. `wanted`: those that the map reads; a table may have columns named as the marks of refused rows."""
    with open_table(path, encoding) as file:
        record = next(cut(lines_of(file), delimiter), TableRecord(1, []))
    if record.fault and strict:
        raise TableFault(f"line {record.line}, which names the columns: {record.fault}")
    names = [UNREAD.sub("\ufffd", column) for column in record.cells]
    while names and not names[-1].strip():
        names.pop()
    marks = 2 if _MARKS.fullmatch(",".join(names[:2])) and not set(wanted) & set(names[:2]) else 0
    return TableHead(record.line, names[marks:], len(record.cells), marks)


def _first_line(path: Path, encoding: str) -> str:
    with open_table(path, encoding) as file:
        return UNREAD.sub("\ufffd", next(lines_of(file), "").strip())[:200]
