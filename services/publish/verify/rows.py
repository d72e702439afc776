"""Reads the rows of a release's JSON Lines, and checks what needs no log: their members and derived fields."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import orjson

from services.publish.datasets.dataset import BATCH
from services.publish.datasets.field import Field, Row, members
from services.publish.datasets.rules import COUNTING, RULES, Lists, derive
from services.publish.verify.declared import DeclaredDataset
from services.publish.verify.findings import Verified


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, each with its end."""
    with path.open("rb") as lines:
        yield from lines


def batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Some lines at a time."""
    while some := list(islice(lines, BATCH)):
        yield some


def read(line: bytes) -> dict[str, object]:
    """The row of a line; raise `ValueError` if it is not written as rows are."""
    row = orjson.loads(line)
    if not isinstance(row, dict) or orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) != line:
        raise ValueError("it is not written as a row is")
    return row


def check_members(row: Row, dataset: DeclaredDataset) -> None:
    """Raise `ValueError` unless the row has exactly the members of its fields, in order."""
    if tuple(row) != members(dataset.fields):
        raise ValueError("its members are not those of the release's columns")


def check_derived(row: Row, dataset: DeclaredDataset, lists: Lists, verified: Verified) -> None:
    """Raise `ValueError` if a derived field is not what its rule gives."""
    for field in dataset.fields:
        rule = field.derived
        if rule is None:
            continue
        if rule.rule not in RULES or (rule.rule in COUNTING and rule.dataset not in lists):
            verified.not_judged(f"{dataset.name}.{field.name}, by rule {rule.rule}")
        elif row.get(field.name) != derive(rule, row, lists):
            raise ValueError(f"{field.name} is not what rule {rule.rule} gives")


def note_unproven(row: Row, dataset: DeclaredDataset, proven: Callable[[Field], bool], verified: Verified) -> None:
    """Note the columns of a later version that have a value in this row which the log does not commit to."""
    for field in dataset.later:
        if row.get(field.member) is not None and not proven(field):
            verified.not_judged(f"{dataset.name}.{field.name}")


def by_key(lines: Iterator[bytes], key: str) -> dict[str, Row]:
    """The rows that can be read, by their keys; the check of their dataset notes the others."""
    rows: dict[str, Row] = {}
    for line in lines:
        try:
            row = read(line)
        except ValueError:
            continue
        rows[str(row.get(key))] = row
    return rows
