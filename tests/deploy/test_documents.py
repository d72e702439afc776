"""What docs/ lists is what the code has: problems, tables, topics."""

import ast
import importlib
import re
from http import HTTPStatus

import pytest

from contracts.events import Channel, Closure, Kind
from contracts.topics import TOPICS
from deploy.compose import ROOT
from gateway import errors
from kit import problems
from kit.db import KIT

HEADING = re.compile(r"^## (\S+)$", re.MULTILINE)
DOCS = ROOT / "docs"
CODE = [file for folder in ("kit", "services", "gateway") for file in sorted((ROOT / folder).rglob("*.py"))]
OF_STATUSES = {status.phrase.lower().replace(" ", "-") for status in HTTPStatus}


def slugs(source: str) -> set[str]:
    """The slugs of every `Problem(status, "slug", …)` in some code."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Problem"]
    return {
        argument.value
        for call in made
        for argument in call.args[1:2]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_the_slugs_of_problems_are_found_in_code() -> None:
    assert slugs('A = Problem(404, "no-such-thing", "None")\nProblem(1, name, "")') == {"no-such-thing"}


def test_every_problem_has_a_heading_and_every_heading_a_problem() -> None:
    text = (DOCS / "problems.md").read_text()
    headings = HEADING.findall(text)
    used = {slug for file in CODE for slug in slugs(file.read_text())}
    used |= {slug for slug, _ in errors._PROBLEMS.values()} | {slug for slug, _ in problems._NAMES.values()}
    assert used <= set(headings)
    assert set(headings) <= used | OF_STATUSES
    assert headings == sorted(headings)


PLAIN = """
accepted address at body by charset claimed code content data doc email files headers id index json lat level long made
media month name number o311 offset partition phone raw rows text time type updated url value what xml
"""
"""Words in names of columns that mean here what they mean everywhere."""


def test_the_glossary_has_the_words_of_every_column() -> None:
    modules = ("services.intake.tables", "services.routing.feed_tables", "services.publish.tables")
    metadata = [importlib.import_module(module).Base.metadata for module in modules] + [KIT]
    importlib.import_module("kit.worker")
    columns = [column.name for each in metadata for table in each.tables.values() for column in table.columns]
    words = {word for column in columns for word in column.split("_")}
    assert words - set(PLAIN.split()) - set(re.findall(r"\w+", _glossary())) == set()
    assert words >= {"withdrawn", "salt", "wake"}


FURTHER = {"routing": "services.routing.feed_tables"}
"""Modules with more of a service's tables."""


def test_the_glossary_lists_every_table_of_every_database() -> None:
    rows = dict(re.findall(r"^\| (intake|routing|publish|each) \| ([^|]*) \|$", _glossary(), re.MULTILINE))
    for service in ("intake", "routing", "publish"):
        tables = importlib.import_module(f"services.{service}.tables")
        if service in FURTHER:
            importlib.import_module(FURTHER[service])
        assert set(rows[service].split(", ")) == set(tables.Base.metadata.tables)
    importlib.import_module("kit.worker")
    assert set(rows["each"].split(", ")) == set(KIT.tables)


@pytest.mark.parametrize("word", [*Kind, *Channel, *Closure, *(topic.name for topic in TOPICS)])
def test_the_glossary_has_the_words_of_the_contracts(word: str) -> None:
    assert re.search(rf"\b{word}\b", _glossary())


@pytest.mark.parametrize("event", [event for topic in TOPICS for event in topic.events])
def test_the_glossary_has_the_word_of_every_event(event: str) -> None:
    kind = event.split(".")[1]
    known = {"opened": "case.opened.v1", "acknowledged": "acknowledged", "disposed": "disposed"}
    assert known.get(kind, kind) in _glossary()


def test_every_decision_has_its_number_and_the_parts_of_the_template() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))
    parts = re.findall(r"^\*\*.*?\*\*", files[0].read_text(), re.MULTILINE)
    for number, file in enumerate(files[1:], 1):
        text = file.read_text()
        assert file.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert re.findall(r"^\*\*(?:The|What|Instead)[^*]*\.\*\*", text, re.MULTILINE) == parts
        assert len(text.splitlines()) <= 40, "one screen"


def test_every_store_says_what_a_thief_can_do_and_what_losing_it_costs() -> None:
    for section in (DOCS / "stores.md").read_text().split("\n## ")[1:]:
        assert "attacker" in section
        assert "**Losing it**" in section
        assert "**Backup**" in section


def _glossary() -> str:
    return (DOCS / "glossary.md").read_text()
