"""All datasets: to add a dataset, add a file to this package that declares `DATASET`."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from services.publish import datasets
from services.publish.datasets.dataset import Dataset
from services.publish.datasets.field import FieldProof
from services.publish.datasets.rules import RULES
from services.publish.formats import FORMATS


def _declared() -> Iterator[Dataset]:
    for module in pkgutil.iter_modules(datasets.__path__, f"{datasets.__name__}."):
        declaration = (
            getattr(importlib.import_module(module.name), "DATASET", None) if module.name != __name__ else None
        )
        if isinstance(declaration, Dataset):
            yield declaration


def check(dataset: Dataset) -> None:
    """Raise `TypeError` if the dataset cannot be written: here, when a process starts, not at the first release."""
    names = [field.name for field in dataset.fields]
    if len(set(names)) < len(names) or dataset.key not in names:
        raise TypeError(f"the dataset {dataset.name}: two fields have one name, or its key is no field")
    for field in dataset.fields:
        if field.proof is FieldProof.WORDS and field.name != "text":
            raise TypeError(f"{dataset.name}.{field.name}: the log commits to no words but those of a field `text`")
        if field.derived is not None and (field.derived.rule not in RULES or field.derived.of not in names):
            raise TypeError(f"{dataset.name}.{field.name}: there is no such rule, or no field {field.derived.of}")
    for format in FORMATS:
        for field in dataset.fields:
            if not format.writes(field.type):
                raise TypeError(f"{dataset.name}.{field.name}: no {format.suffix} file can hold {field.type!r}")


DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset for dataset in sorted(_declared(), key=lambda each: (each.order, each.name))
}
for _dataset in DATASETS.values():
    check(_dataset)
    for _derived in _dataset.derived().values():
        _source = DATASETS.get(_derived.dataset)
        if _source is None or _derived.take not in {field.name for field in _source.fields}:
            raise TypeError(
                f"{_dataset.name}: no dataset {_derived.dataset} has a field {_derived.take} to derive from"
            )
