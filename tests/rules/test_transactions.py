"""One function commits (`kit.db.transaction`): no handler, and nothing that it calls, ends or begins a transaction."""

import ast
from collections.abc import Iterator

import pytest

from tests.rules.sources import modules

ENDING = frozenset({"begin", "begin_nested", "commit", "flush", "rollback"})
OTHERS = frozenset({"compress", "consumer", "file", "kafka"})
"""What has a method of such a name and is no transaction: what is called otherwise is taken for one."""
MAY = frozenset({"kit/db.py", "kit/migrate.py", "kit/rows.py"})
"""`kit.rows` has a savepoint: rows are inserted all, or none."""


def endings(tree: ast.Module) -> Iterator[str]:
    """The calls that begin or end a transaction, with their lines."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ENDING:
            owner = call.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name.strip("_") not in OTHERS:
                yield f"line {call.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("path", modules("kit", "services", "gateway"))
def test_only_the_kits_databases_begin_and_end_transactions(path: str) -> None:
    assert path in MAY or list(endings(modules("kit", "services", "gateway")[path])) == []


@pytest.mark.parametrize(
    "line",
    [
        "session.commit()",
        "desk.session.flush()",
        "self._session.rollback()",
        "s.connection().begin_nested()",
        "it.begin()",
    ],
)
def test_each_way_to_end_a_transaction_is_seen(line: str) -> None:
    assert list(endings(ast.parse(f"def handle(session, desk, self):\n    {line}")))


def test_what_is_no_transaction_is_passed_over() -> None:
    assert list(endings(ast.parse("file.flush()\nconsumer.commit()\nself._file.flush()"))) == []
