"""Writes docs/datasets.md from the declarations: `python -m services.publish.describe`."""

from collections.abc import Iterator
from pathlib import Path

from services.publish.datasets.all import DATASETS
from services.publish.datasets.dataset import Dataset
from services.publish.datasets.field import Field, FieldProof
from services.publish.datasets.forms import FORMS

FILE = Path(__file__).resolve().parents[2] / "docs" / "datasets.md"
_HEAD = """\
# The datasets

Made from the declarations in `services/publish/datasets/` by `python -m services.publish.describe`: change those,
not this file. Each release has every dataset, as CSV, CSV in gzip, JSON Lines and Parquet with the same rows. How the
log proves them is in [log.md](log.md).

In the column *proof*, *member* is a member of what the log commits to, since the form that is named; *words* is a text
that a salted hash commits to; *rule* is computed from the release's own files by that rule; *none* is not committed to.
"""


def markdown() -> str:
    """The whole document."""
    return "\n".join([_HEAD, *(line for dataset in DATASETS.values() for line in _dataset(dataset)), *_forms()]) + "\n"


def _dataset(dataset: Dataset) -> Iterator[str]:
    yield f"## {dataset.name}: {dataset.title.en} ({dataset.title.id})\n"
    yield f"{dataset.about.en} *{dataset.about.id}*\n"
    yield "| field | type | empty | filter | proof | meaning | arti |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for field in dataset.fields:
        cells = (f"`{field.name}`", field.type, "yes" if field.empty else "no", _filters(field), _proof(field, dataset))
        yield f"| {' | '.join((*cells, field.says.en, field.says.id))} |"
    yield ""


def _filters(field: Field) -> str:
    return ", ".join(f"`{getattr(each, 'parameter', field.name)}`" for each in field.filters)


def _proof(field: Field, dataset: Dataset) -> str:
    if field.derived is not None:
        return f"rule {field.derived.rule}"
    if not dataset.committed or field.proof is FieldProof.NONE:
        return "none"
    return f"{field.proof}, form {field.since}"


def _forms() -> Iterator[str]:
    yield "## Forms\n"
    yield "The members of a report that `record` is the SHA-256 of, in this order.\n"
    yield "| form | members |"
    yield "| --- | --- |"
    for form in FORMS.values():
        yield f"| {form.number} | {', '.join(f'`{member}`' for member in form.record)} |"


if __name__ == "__main__":
    FILE.write_text(markdown())
