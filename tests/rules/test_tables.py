"""No table that a caller can make grow is without a bound."""

import ast
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import create_engine

from gateway.door import metrics
from kit import db
from kit.db import Reader
from services.routing.reading import classify
from tests.rules.sources import modules


def unbounded(trees: Mapping[str, ast.Module]) -> Iterator[str]:
    """Functions whose answers are kept for every argument that they are ever called with."""
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for each in node.decorator_list:
                    if _keeps_all(ast.unparse(each)) and node.args.args:
                        yield f"{path}: {node.name}"


def _keeps_all(decorator: str) -> bool:
    return decorator in ("cache", "functools.cache") or "maxsize=None" in decorator


def test_no_function_keeps_an_answer_for_every_argument() -> None:
    assert set(unbounded(modules("contracts", "kit", "services", "gateway"))) == {
        "kit/migrate.py: newest_migration"
    }  # services


@pytest.mark.parametrize("decorator", ["@cache", "@functools.cache", "@lru_cache(maxsize=None)"])
def test_a_function_that_keeps_all_is_seen(decorator: str) -> None:
    assert list(unbounded({"a.py": ast.parse(f"{decorator}\ndef f(x): ...")})) == ["a.py: f"]


def test_long_words_are_not_kept_with_their_stems() -> None:
    stems = classify._WordKeys({}, [])
    for number in range(50):
        assert stems["b" * number + "a" * 10_000]
    assert len(stems) == 0


def test_words_are_kept_with_their_stems_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "_MOST_KEPT", 10)
    stems = classify._WordKeys({"jln": "jalan"}, [])
    for number in range(25):
        assert stems["b" * number + "jalan"]
    assert len(stems) <= 10
    assert (stems["jln"], stems["berlubang"], stems["berlubang"]) == ((("jalan",),), (("lubang",),), (("lubang",),))


def test_statements_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "_STATEMENTS_KEPT", 10)
    reader = Reader(create_engine("sqlite://"))
    for number in range(25):
        reader._compile(f"SELECT {number}")
    assert len(reader._compiled) <= 10


def test_invented_methods_are_one_line_of_the_metrics() -> None:
    before = len(metrics._counters)
    for number in range(50):
        metrics.count(f"BREW{number}", 405)
    lines = [line for line in next(iter(metrics._ANSWERS.collect())).samples if "BREW" in line.labels["method"]]
    assert (lines, len(metrics._counters)) == ([], before)
