"""Where README and docs/ say that something is, it is."""

import re
from pathlib import Path

import pytest

from tests.rules.sources import ROOMS, ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = (*ROOMS, "bench", "deploy", "docs", "regions", "tests")
NAMED = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`\s:]*)`?")


def rows() -> dict[str, list[str]]:
    """README's table "Where do I change X": the files of each X."""
    section = (ROOT / "README.md").read_text().split("\n## Where do I change X", 1)[1].split("\n## ", 1)[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return {cell[0].strip(): NAMED.findall("|".join(cell[1:])) for cell in cells[2:]}


def there(path: str) -> list[Path]:
    """The files and folders of this path; `<name>` stands for any name."""
    return [file for file in ROOT.glob(re.sub("<[a-z]+>", "*", path.rstrip("/"))) if file.name != "__init__.py"]


def test_the_table_has_a_line_for_each_thing_that_is_often_changed() -> None:
    things = ["channel", "field", "dataset", "act", "redaction rule", "error", "setting", "event"]
    assert [each.split(" ", 1)[1] for each in rows()] == things


@pytest.mark.parametrize("thing", rows())
def test_each_file_that_the_table_names_is_there(thing: str) -> None:
    paths = rows()[thing]
    assert paths
    assert [path for path in paths if not there(path)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_each_path_that_a_document_names_is_there(document: Path) -> None:
    paths = NAMED.findall(document.read_text())
    assert [path for path in paths if "<" not in path and not there(path)] == []


def test_a_path_of_nothing_is_seen() -> None:
    assert NAMED.findall("see `kit/nothing.py` and `kit/db.py:Writer`") == ["kit/nothing.py", "kit/db.py"]
    assert there("kit/nothing.py") == []
    assert there("services/<service>/app.py")
