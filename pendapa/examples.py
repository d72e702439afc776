"""Reads tables of reports whose desk is known, with their maps, as examples for a model."""

from collections.abc import Iterable
from pathlib import Path

from contracts.region import Region
from pendapa.fault import Fault
from pendapa.heads import TableFault
from pendapa.importing import delimiter_of
from pendapa.importmap import ImportMap, MapFault, RowFault, load
from pendapa.table import Row, read_rows
from services.routing.reading.clues import Clues, desk_of
from services.routing.training.examples import HEADS, Lesson


def read_examples(file: Path, map: Path, region: Region, clues: Clues) -> list[Lesson]:
    """An example of each row that has words and a label.

    Raises `Fault` with file, line and fault: a row that cannot be read, no label in any row, or one class in all.
    """
    try:
        mapping = load(map)
        mapping.know({"category": region.categories.keys(), "agency": region.agencies.keys()})
        columns, rows = read_rows(file, delimiter_of(file, mapping), mapping.encoding, mapping.columns())
        mapping.check_columns(columns)
        read = [_example(row, mapping, region, clues, file) for row in rows]
    except (MapFault, TableFault) as error:
        raise Fault(f"{file}:1: {error}", 1) from error
    examples = [each for each in read if each is not None]
    _check_labels(file, examples)
    return examples


def _example(row: Row, mapping: ImportMap, region: Region, clues: Clues, file: Path) -> Lesson | None:
    if row.odd:
        raise Fault(f"{file}:{row.line}: {row.odd}", 1)
    try:
        told = mapping.labels(row.cells)
    except RowFault as error:
        raise Fault(f"{file}:{row.line}: {error}", 1) from error
    for key, known in (("category", region.categories), ("agency", region.agencies)):
        for code in told.get(key, ()):
            if code not in known:
                raise Fault(f"{file}:{row.line}: the region has no {key} {code!r}", 1)
    text = mapping.text_of(row.cells)
    labels = {head: told[head] for head in HEADS if head in told and head != "agency"}
    agencies, topics = told.get("agency", (None,)), told.get("category", (None,))
    found = [desk_of(region, agency, topic) for agency in agencies for topic in topics]
    if desks := tuple(dict.fromkeys(desk for desk in found if desk is not None)):
        labels["agency"] = desks
    if not labels or not text.strip():
        return None
    return Lesson(
        text, labels, clues.of(text).extra, mapping.weight, mapping.source, mapping.licence, is_local=mapping.own
    )


def _check_labels(file: Path, examples: Iterable[Lesson]) -> None:
    classes: dict[str, set[str]] = {}
    for each in examples:
        for head, labels in each.labels.items():
            classes.setdefault(head, set()).update(labels)
    if not classes:
        raise Fault(f"{file}:1: no row has a label: the map names a category, an agency or a kind", 1)
    if all(len(labels) == 1 for labels in classes.values()):
        only = ", ".join(f"{head} {next(iter(labels))!r}" for head, labels in classes.items())
        raise Fault(f"{file}:1: every row has the same label ({only}): nothing can be told apart", 1)
