"""What docs/ lists is what the code has: problems, tables, topics."""

import ast
import importlib
import re
from collections.abc import Iterable
from http import HTTPStatus

import pytest

from contracts.events import Channel, Closure, Kind
from contracts.topics import TOPICS
from deploy.compose import ROOT
from gateway.door import errors
from kit import problems
from kit.db import KIT
from services.routing.domain import Move

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
accepted address at body by charset claimed code content data doc email files for headers id index json lat level long
made media month name number o311 offset partition phone raw rows text time type until updated url value what xml
"""
"""Words in names of columns that mean here what they mean everywhere."""


def test_the_glossary_has_the_words_of_every_column() -> None:
    modules = ("services.intake.tables", "services.routing.feed_tables", "services.publish.tables")
    metadata = [importlib.import_module(module).Base.metadata for module in modules] + [KIT]
    importlib.import_module("kit.worker")
    columns = [column.name for each in metadata for table in each.tables.values() for column in table.columns]
    words = {word for column in columns for word in column.split("_")}
    known = {word for term in terms() for word in re.findall(r"\w+", term)}
    assert {word for word in words if not known & {word, word.removesuffix("s")}} - set(PLAIN.split()) == set()
    assert words >= {"withdrawn", "salt", "wake"}


FURTHER = {"routing": ("services.routing.feed_tables", "services.routing.model_tables")}
"""Modules with more of a service's tables."""


def test_the_glossary_lists_every_table_of_every_database() -> None:
    rows = dict(re.findall(r"^\| (intake|routing|publish|each) \| ([^|]*) \|$", _glossary(), re.MULTILINE))
    for service in ("intake", "routing", "publish"):
        tables = importlib.import_module(f"services.{service}.tables")
        for module in FURTHER.get(service, ()):
            importlib.import_module(module)
        assert set(rows[service].split(", ")) == set(tables.Base.metadata.tables)
    importlib.import_module("kit.worker")
    assert set(rows["each"].split(", ")) == set(KIT.tables)


@pytest.mark.parametrize(
    ("term", "words"),
    [("channel", Channel), ("closure", Closure), ("topic", [topic.name for topic in TOPICS])],
    ids=["channel", "closure", "topic"],
)
def test_the_row_of_a_closed_list_has_each_of_its_words(term: str, words: Iterable[str]) -> None:
    assert set(words) <= set(re.findall(r"[\w-]+", meaning_of(term)))


@pytest.mark.parametrize("kind", Kind)
def test_the_glossary_has_a_row_for_every_kind(kind: str) -> None:
    assert kind in terms()


@pytest.mark.parametrize("event", [event for topic in TOPICS for event in topic.events])
def test_the_glossary_has_a_row_for_every_event(event: str) -> None:
    assert event.split(".")[1] in terms()


@pytest.mark.parametrize("move", Move)
def test_the_glossary_has_a_row_for_every_move_and_so_for_every_act(move: Move) -> None:
    assert move.past in terms()


def test_a_word_within_another_word_is_no_row_of_the_glossary() -> None:
    table = "| word | meaning |\n| --- | --- |\n| masked, redacted | personal data is asked for |\n"
    assert terms(table) == {"masked", "redacted"}


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


def terms(glossary: str = "") -> set[str]:
    """The words that have a row: the first cell of each, where several stand with commas between."""
    return {term for row in _rows(glossary) for term in row[0].split(", ")}


def meaning_of(term: str) -> str:
    return next(row[-1] for row in _rows() if term in row[0].split(", "))


def _rows(glossary: str = "") -> list[list[str]]:
    lines = (glossary or _glossary()).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0] not in ("word", "database", "---")]


def _glossary() -> str:
    return (DOCS / "glossary.md").read_text()
