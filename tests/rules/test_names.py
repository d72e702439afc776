"""One word per thing: a class has a name of its own, unless the name is that of a role which each room has."""

import ast
from collections import defaultdict
from collections.abc import Mapping

from tests.rules.sources import modules

ROLES = {
    "Base": "the metadata of a service's tables",
    "Settings": "what a process is told from outside",
}


def twice(trees: Mapping[str, ast.Module]) -> dict[str, list[str]]:
    """The public classes that several modules declare, with those modules."""
    declared = defaultdict(list)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                declared[node.name].append(path)
    return {name: paths for name, paths in sorted(declared.items()) if len(paths) > 1 and name not in ROLES}


def test_no_two_modules_declare_a_class_of_the_same_name() -> None:
    assert twice(modules()) == {}


def test_two_classes_of_one_name_are_seen() -> None:
    place = "class Place:\n    pass"
    trees = {"a.py": ast.parse(place), "b.py": ast.parse(place), "c.py": ast.parse("class _Place:\n    pass")}
    assert twice(trees) == {"Place": ["a.py", "b.py"]}
