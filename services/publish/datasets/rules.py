"""The rules by which derived fields are computed from a release's files. A rule never changes."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Derived(NamedTuple):
    """How a field is computed from the release's files: rule `rule`, with these arguments."""

    rule: int
    of: str
    """The field with the code."""
    dataset: str
    """The dataset that has a row for each code."""
    take: str
    """The field of that row that is taken."""


Lists = Mapping[str, Mapping[str, Mapping[str, object]]]
"""Rows by their keys, by the names of their datasets."""


def _name_of_code(row: Mapping[str, object], lists: Lists, derived: Derived) -> object:
    """Rule 1: field `take` of the row of `dataset` whose key is the code in field `of`; empty without such a row."""
    code = row.get(derived.of)
    named = lists.get(derived.dataset, {}).get(code) if isinstance(code, str) else None
    return None if named is None else named.get(derived.take)


def _one_and_those_that_name_it(row: Mapping[str, object], lists: Lists, derived: Derived) -> object:
    """Rule 2: 1, and how many reports name the key in field `of` by their newest fact of `dataset` that is merged or
    split, in field `take`. The facts of a hidden report are erased and name nothing."""
    named = lists.get(derived.dataset, {}).get(str(row.get(derived.of)), {})
    count = named.get(derived.take, 0)
    return 1 + count if isinstance(count, int) else None


RULES: Mapping[int, Callable[[Mapping[str, object], Lists, Derived], object]] = {
    1: _name_of_code,
    2: _one_and_those_that_name_it,
}
COUNTING = frozenset({2})
"""The rules for which `Lists` has no rows of the dataset: how often it names each key, by the name of the field."""


def derive(derived: Derived, row: Mapping[str, object], lists: Lists) -> object:
    """The value that a rule gives; raise `KeyError` for a rule that is not known here.

    >>> agencies = {"agencies": {"dpu": {"id": "dpu", "name": "Dinas PU"}}}
    >>> derive(Derived(1, "agency", "agencies", "name"), {"agency": "dpu"}, agencies)
    'Dinas PU'
    """
    return RULES[derived.rule](row, lists, derived)
