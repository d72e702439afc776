"""The rules by which derived fields are computed from a release's files. Numbered: a rule never changes its meaning."""

from collections.abc import Callable, Mapping

Lists = Mapping[str, Mapping[str, Mapping[str, object]]]
"""Rows by their keys, by the names of their datasets."""
Arguments = Mapping[str, str]


def _name_of_code(row: Mapping[str, object], lists: Lists, said: Arguments) -> object:
    """Rule 1: field `take` of the row of `dataset` whose key is the code in field `of`; empty without such a row."""
    code = row.get(said["of"])
    found = lists.get(said["dataset"], {}).get(code) if isinstance(code, str) else None
    return None if found is None else found.get(said["take"])


RULES: Mapping[int, Callable[[Mapping[str, object], Lists, Arguments], object]] = {1: _name_of_code}


def derive(rule: int, row: Mapping[str, object], lists: Lists, said: Arguments) -> object:
    """The value that a rule gives; raise `KeyError` for a rule that is not known here.

    >>> agencies = {"agencies": {"dpu": {"id": "dpu", "name": "Dinas PU"}}}
    >>> derive(1, {"agency": "dpu"}, agencies, {"of": "agency", "dataset": "agencies", "take": "name"})
    'Dinas PU'
    """
    return RULES[rule](row, lists, said)
