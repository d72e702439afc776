"""The acts of agencies and officials, a file each: the body it takes, whose key, what it does, what the public hears.

Paths, OpenAPI, permissions and agency events follow. A new act is a file here, its rows in the table of moves
(`services/routing/domain.py`), its row in docs/glossary.md and its test in tests/routing/actions.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from services.routing.act import Act


def _declared() -> Iterator[Act[Any]]:
    for module in iter_modules(__path__):
        act: Act[Any] = import_module(f"{__name__}.{module.name}").ACT
        if act.move != module.name:
            raise ImportError(f"the file of the act {act.move} is called {module.name}.py")
        yield act


ACTS = tuple(_declared())
