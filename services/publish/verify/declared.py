"""Reads datapackage.json of a release: the files, datasets, columns and forms that it declares."""

from dataclasses import dataclass, field

import orjson
from pydantic import BaseModel

from services.publish.datasets import forms
from services.publish.datasets.all import DATASETS
from services.publish.datasets.field import Field, FieldProof, Said, Type
from services.publish.datasets.rules import RULES, Derived

_TYPES = {str(each): each for each in Type}
_PROOFS = {str(each): each for each in FieldProof}


class _Derived(BaseModel):
    rule: int
    of: str
    dataset: str
    take: str


class _Column(BaseModel):
    name: str
    type: str
    proof: str = FieldProof.MEMBER
    path: tuple[str, ...] = ()
    derived: _Derived | None = None


class _Dataset(BaseModel):
    name: str
    key: str
    rows: int
    fields: list[_Column]


class _Form(BaseModel):
    form: int
    record: tuple[str, ...]
    entry: tuple[str, ...]


class _Schema(BaseModel):
    fields: list[_Column]


class _File(BaseModel):
    path: str
    bytes: int
    hash: str
    rows: int | None = None
    schema_: _Schema | None = None

    model_config = {"alias_generator": lambda name: name.rstrip("_"), "populate_by_name": True}


class _Package(BaseModel):
    resources: list[_File]
    proof: list[_File]
    spelling: int = 1
    forms: list[_Form] | None = None
    datasets: list[_Dataset] | None = None


@dataclass
class DeclaredDataset:
    """A dataset as the release declares it."""

    name: str
    key: str
    rows: int
    fields: list[Field]
    unknown: list[str]
    """Columns with a type that this version does not know."""
    later: list[Field]
    """Columns, not derived, that this version does not know."""


@dataclass
class Declared:
    """The declarations in datapackage.json that the check needs."""

    files: dict[str, tuple[int, str]]
    """Bytes and SHA-256 by name."""
    datasets: dict[str, DeclaredDataset]
    forms: dict[int, tuple[str, ...]]
    """The members of a report's record by the number of the form."""
    manifest: bool
    """Whether it has a manifest; releases of form 1 have none."""
    spelling: int = 1
    """How its files spell values (`datasets.spelling`)."""
    faults: list[str] = field(default_factory=list)


def read(data: bytes) -> Declared:
    """The declarations of the file; raise `ValueError` if it cannot be read."""
    package = _Package.model_validate(orjson.loads(data))
    declared = package.datasets if package.datasets is not None else _of_form_1(package)
    files = {
        each.path: (each.bytes, each.hash.removeprefix("sha256:")) for each in (*package.resources, *package.proof)
    }
    known = {form.number: form.record for form in forms.FORMS.values()}
    result = Declared(files, {}, known, manifest=package.datasets is not None, spelling=package.spelling)
    for each in declared:
        result.datasets[each.name] = _dataset(each, result)
    for form in package.forms or ():
        known_form = forms.FORMS.get(form.form)
        if known_form is not None and (known_form.record, known_form.entry) != (form.record, form.entry):
            result.faults.append(f"form {form.form} is not declared as it is")
        result.forms.setdefault(form.form, form.record)
    return result


def _of_form_1(package: _Package) -> list[_Dataset]:
    """The two datasets of a release of form 1, from the schemas of their CSV files."""
    schemas = {each.path: each for each in package.resources if each.schema_ is not None}
    datasets = []
    for name, key in (("reports", "id"), ("history", "index")):
        file = schemas.get(f"{name}.csv")
        if file is None or file.schema_ is None or file.rows is None:
            raise ValueError(f"it does not describe {name}.csv")
        datasets.append(_Dataset(name=name, key=key, rows=file.rows, fields=file.schema_.fields))
    return datasets


def _dataset(described: _Dataset, result: Declared) -> DeclaredDataset:
    ours = {each.name: each for each in DATASETS[described.name].fields} if described.name in DATASETS else {}
    dataset = DeclaredDataset(described.name, described.key, described.rows, [], [], [])
    for column in described.fields:
        known = ours.get(column.name)
        if known is not None and not _is_as_declared(column, known):
            result.faults.append(f"the column {column.name} of {described.name} is not declared as it is")
        dataset.fields.append(_field(column, known.path if known is not None else column.path, known))
        if known is None and column.derived is None:
            dataset.later.append(dataset.fields[-1])
        if column.type not in _TYPES:
            dataset.unknown.append(column.name)
    return dataset


def _is_as_declared(column: _Column, known: Field) -> bool:
    """Whether a column that this version knows is of its type, read from its place and, by a known rule, derived alike.

    Another number of a rule may be a later version's: the check then notes that it was not judged.
    """
    rule = column.derived and Derived(**column.derived.model_dump())
    derived_alike = rule == known.derived or (known.derived is not None and rule is not None and rule.rule not in RULES)
    return column.type == known.type and column.path in ((), known.path) and derived_alike


def _field(column: _Column, path: tuple[str, ...], known: Field | None) -> Field:
    kind = _TYPES.get(column.type, Type.STRING)
    proof = known.proof if known is not None else _PROOFS.get(column.proof, FieldProof.NONE)
    derived = None if column.derived is None else Derived(**column.derived.model_dump())
    return Field(column.name, kind, Said("", ""), path=path, proof=proof, derived=derived)
