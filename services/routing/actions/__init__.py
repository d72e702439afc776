"""The acts of agencies and officials, one file each: its body, whose key may do it, its effect, its public words.

Paths, OpenAPI, permissions and agency events are made from these files. A new act is a file here, its rows in the
table of moves (`services/routing/domain.py`), its row in docs/glossary.md and its test in tests/routing/actions.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from services.routing.act import Act


def _load_acts() -> Iterator[Act[Any]]:
    for module in iter_modules(__path__):
        act: Act[Any] = import_module(f"{__name__}.{module.name}").ACT
        if act.move != module.name:
            raise ImportError(f"{module.name}.py declares the act {act.move}: name the file {act.move}.py")
        yield act


ACTS = tuple(_load_acts())
