"""Reads a region's YAML and CSV so that every fault can name its line."""

import csv
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from contracts.region.faults import FileFault
from contracts.region.wording import did_you_mean, wording

M = TypeVar("M", bound=BaseModel)

Loc = Sequence[int | str]


@dataclass
class RegionFile:
    """One file, and the faults found in it so far."""

    path: Path
    faults: list[FileFault] = field(default_factory=list)

    def fault(self, line: int, what: str) -> None:
        self.faults.append(FileFault(str(self.path), line, what))

    def text(self) -> str | None:
        try:
            return self.path.read_text("utf-8-sig")
        except FileNotFoundError:
            self.fault(1, "the file is missing")
        except UnicodeDecodeError:
            self.fault(1, "not UTF-8")
        return None


@dataclass
class YamlFile(RegionFile):
    """A YAML file: its value, and the node tree that knows the lines."""

    value: object = None
    root: yaml.Node | None = None

    def line(self, *loc: object) -> int:
        """The line of the deepest part of `loc` that the file has."""
        node, line = self.root, 1
        for part in loc:
            if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            elif isinstance(node, yaml.MappingNode):
                entry = next(((k, v) for k, v in node.value if _is_key(k, part)), None)
                if entry is None:
                    break
                line, node = entry[0].start_mark.line + 1, entry[1]
            else:
                break
        return line

    def _raw(self, *loc: object) -> str | None:
        """The scalar at `loc` as it is written: 35.10 and 007 are numbers to YAML. `[key]`: the key itself."""
        node = self.root
        for part in loc:
            if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
            elif isinstance(node, yaml.MappingNode):
                entry = next(((k, v) for k, v in node.value if _is_key(k, part)), None)
                if entry is None:
                    return None
                node = entry[0] if loc[-1] == "[key]" and part == loc[-2] else entry[1]
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def parse(self, model: type[M], value: object, *at: int | str) -> M | None:
        """`value`, which stands at `at` in the file, as a model; what is wrong in it becomes faults."""
        try:
            return model.model_validate(value)
        except ValidationError as e:
            for error in e.errors(include_url=False):
                self.fault(self.line(*at, *error["loc"]), wording(error, model, self._raw(*at, *error["loc"])))
        return None


def read_yaml(path: Path) -> YamlFile:
    document = YamlFile(path)
    text = document.text()
    if text is None:
        return document
    loader = yaml.CSafeLoader(text)
    try:
        document.root = loader.get_single_node()
        if document.root is not None:
            for line, key in _repeated(document.root):
                document.fault(line, f"{key!r} stands here twice")
            _construct(document, loader)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        problem = str(e.problem or e.context)
        advice = next((f"; {advice}" for words, advice in _ADVICE.items() if words in problem), "")
        if mark and any("\t" in line[: mark.column + 1] for line in text.split("\n")[mark.line : mark.line + 1]):
            advice = "; write spaces instead of the tab"
        document.fault(mark.line + 1 if mark else 1, f"bad YAML: {problem}{advice}")
    except yaml.YAMLError as e:
        document.fault(1, f"bad YAML: {e}")
    finally:
        loader.dispose()
    return document


def _construct(document: YamlFile, loader: yaml.CSafeLoader) -> None:
    """Sets the document's value, if every scalar is what it looks like (2026-02-30 looks like a date)."""
    try:
        document.value = loader.construct_document(document.root)
    except ValueError:
        for scalar in _scalars(document.root):
            try:
                yaml.constructor.SafeConstructor().construct_object(scalar)
            except ValueError as e:
                document.fault(scalar.start_mark.line + 1, f"bad value {scalar.value!r}: {e}")


def read_csv(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> tuple[RegionFile, list["CsvRow"]]:
    """The rows of a CSV file; `columns` must stand in its header, `optional` ones may."""
    source = RegionFile(path)
    text = source.text()
    if text is None:
        return source, []
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows: list[CsvRow] = []
    line = 1
    try:
        header = next(reader, [])
        if _other_separator(source, header):
            return source, []
        _check_header(source, header, columns, optional)
        line = reader.line_num + 1
        for cells in reader:
            _take_row(source, header, cells, line, rows)
            line = reader.line_num + 1
    except csv.Error as error:
        source.fault(line, f"bad CSV: {error}; close each quote, and write a quote inside quotes twice")
    return source, rows


def _other_separator(source: RegionFile, header: list[str]) -> bool:
    other = next((each for each in ";\t|" if len(header) == 1 and each in header[0]), None)
    if other:
        source.fault(1, f"the columns are separated by {other!r}; write commas between them")
    return other is not None


def _check_header(source: RegionFile, header: list[str], columns: Sequence[str], optional: Sequence[str]) -> None:
    for column in columns:
        if column not in header:
            source.fault(1, f"the column {column!r} is missing; the first line is {','.join((*columns, *optional))}")
    for column in header:
        if column not in columns and column not in optional:
            meant = did_you_mean(column, (*columns, *optional), "the README of the region")
            source.fault(1, f"unknown column {column!r}; {meant}")
        elif header.count(column) > 1:
            source.fault(1, f"the column {column!r} stands here twice; keep one")


def _take_row(source: RegionFile, header: list[str], cells: list[str], line: int, rows: "list[CsvRow]") -> None:
    if len(cells) > len(header):
        source.fault(line, f"{len(cells)} cells under {len(header)} columns; write a text with a comma in quotes")
    elif cells:
        named = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        rows.append(CsvRow(line, {name: cell for name, cell in named.items() if cell}))


@dataclass(frozen=True)
class CsvRow:
    """One row of a CSV file without its empty cells."""

    line: int
    cells: dict[str, str]

    def parse(self, source: RegionFile, model: type[M], **split: list[str]) -> M | None:
        """The row as a model; `split` gives cells that are lists."""
        try:
            return model.model_validate({**self.cells, **split})
        except ValidationError as e:
            for error in e.errors(include_url=False):
                if error["type"] != "extra_forbidden":  # an unknown column is told once, for the header
                    source.fault(self.line, wording(error, model))
        return None


_ADVICE = {
    "mapping values are not allowed": "write a text with a colon in quotes",
    "cannot start any token": "write a text that begins with this character in quotes",
    "did not find expected": "close each bracket and quote, and indent the lines of one list equally",
}
"""Advice on mending a fault of YAML, by the words with which the YAML library reports it."""


def _is_key(node: yaml.Node, part: object) -> bool:
    """Whether this key of a mapping, which may be a number to YAML, is `part` of a pydantic location."""
    if not isinstance(node, yaml.ScalarNode):
        return False
    if node.value == str(part):
        return True
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
        return str(part) in (str(value), repr(value))
    except (ValueError, yaml.YAMLError):
        return False


def _repeated(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _repeated(child)
    elif isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, child in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.start_mark.line + 1, key.value
                seen.add(key.value)
            yield from _repeated(child)


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.CollectionNode):
        for child in node.value:
            for part in child if isinstance(child, tuple) else (child,):
                yield from _scalars(part)
