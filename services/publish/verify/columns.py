"""Rows as the JSON Lines have them, from a file of typed columns that can stand in for them: Parquet."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from services.publish.datasets.field import Type, Value
from services.publish.datasets.forms import FORMS
from services.publish.datasets.history import OF_ERASURES, OF_RELEASES
from services.publish.datasets.spelling import LAST_SPELLED_OTHERWISE, time_before
from services.publish.formats import parquet
from services.publish.formats.format import Unlike
from services.publish.verify.declared import DeclaredDataset

_SPECIAL: Mapping[object, tuple[str, ...]] = {
    "hidden": ("id", "at", "what", "reason", "erased", "form"),
    "released": ("at", "what", "form", *OF_RELEASES),
    "lost": ("at", "what", "erased", "number", "form"),
}
"""The members of the entries that have others than the rest of their form."""


def lines(path: Path, dataset: DeclaredDataset, spelling: int) -> Iterator[bytes]:
    """The lines that the JSON Lines must have. Raises `ValueError` if the file cannot be read, or not so."""
    import pyarrow as pa

    try:
        times = [field.name for field in dataset.fields if field.type is Type.DATETIME and spelling == 1]
        for values in parquet.values_of(path, dataset.fields):
            values |= {name: time_before(time) for name in times if isinstance(time := values[name], str)}
            row = _fact(values, dataset, spelling) if dataset.name == "history" else _row(values, dataset)
            yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except (OSError, KeyError, TypeError, Unlike, pa.ArrowException) as error:
        raise ValueError(f"it cannot be read ({type(error).__name__})") from None


def _row(values: Mapping[str, Value], dataset: DeclaredDataset) -> dict[str, object]:
    row: dict[str, object] = {}
    for field in dataset.fields:
        if not field.path:
            row[field.name] = values[field.name]
            continue
        inner = row.setdefault(field.path[0], {})
        if isinstance(inner, dict):
            inner[field.path[1]] = values[field.name]
    return {name: None if _is_empty(value) else value for name, value in row.items()}


def _is_empty(value: object) -> bool:
    return isinstance(value, dict) and all(part is None for part in value.values())


def _fact(values: Mapping[str, Value], dataset: DeclaredDataset, spelling: int) -> dict[str, object]:
    if values["salt"] is None:
        return {"index": values["index"], "salt": None}
    form = values.get("form") or 1
    entry = _entry(values, int(str(form)))
    beside = ("index", "salt", *(("text_salt", "text") if form != 1 else ()))
    derived = [field.name for field in dataset.fields if field.derived]
    spelled = entry if spelling == 1 or form not in range(1, LAST_SPELLED_OTHERWISE + 1) else _spelled(entry, values)
    return {**{name: values[name] for name in (*beside, *derived)}, **spelled}


def _entry(values: Mapping[str, Value], form: int) -> dict[str, object]:
    members = _SPECIAL.get(values["what"]) or [
        *(name for name in FORMS[form].entry if name not in (*OF_ERASURES, *OF_RELEASES)),
        *(name for name in OF_ERASURES if values.get(name) is not None),  # of a correction for privacy
    ]
    entry: dict[str, object] = {name: values[name] for name in sorted(members) if name != "form" or form > 1}
    for name in OF_ERASURES:
        if isinstance(erased := entry.get(name), str):
            entry[name] = [int(index) for index in erased.split()]
    return entry


def _spelled(entry: dict[str, object], values: Mapping[str, Value]) -> dict[str, object]:
    """Of forms 1 and 2, the members that only the new spelling has."""
    further = {"responded": "acted", "closed": "closure"}.get(str(values["what"]))
    return dict(sorted({**entry, **({further: values[further]} if further else {})}.items()))
