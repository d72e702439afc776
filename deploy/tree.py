"""Reads YAML of unknown shape: a missing value is empty, never an error."""

from collections.abc import Mapping, Sequence


def at(tree: object, *path: str | int) -> object:
    """The value at `path`, or None.

    >>> at({"spec": {"ports": [{"port": 80}]}}, "spec", "ports", 0, "port")
    80
    >>> at({"spec": {}}, "spec", "ports", 0, "port")
    """
    for step in path:
        if isinstance(tree, Mapping):
            tree = tree.get(step)
        elif isinstance(tree, Sequence) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree


def entries(tree: object, *path: str | int) -> list[object]:
    """The list at `path`, or an empty one."""
    value = at(tree, *path)
    return list(value) if isinstance(value, list) else []


def fields(tree: object, *path: str | int) -> dict[str, object]:
    """The mapping at `path`, or an empty one."""
    value = at(tree, *path)
    return {str(name): each for name, each in value.items()} if isinstance(value, Mapping) else {}


def word(tree: object, *path: str | int) -> str:
    """The text at `path`, or ""."""
    value = at(tree, *path)
    return value if isinstance(value, str) else ""


def words(tree: object, *path: str | int) -> dict[str, str]:
    """The mapping at `path`, its values as text: labels, a ConfigMap's data."""
    return {name: str(value) for name, value in fields(tree, *path).items()}
