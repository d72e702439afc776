"""A release that an earlier version published verifies for ever, whatever fields and datasets came later."""

import shutil
from pathlib import Path

import orjson
import pytest

from services.publish.datasets.forms import FORMS
from services.publish.verify.release import verify_release
from tests.publish.keeping import KEPT, RELEASES, log_key


@pytest.mark.parametrize("release", RELEASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_kept_release_verifies(release: Path) -> None:
    found = verify_release(release, log_key(release))
    assert found.faults == []
    assert found.reports > 0


@pytest.mark.parametrize("release", RELEASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_the_forms_that_a_kept_release_declares_are_those_of_today(release: Path) -> None:
    for form in orjson.loads((release / "datapackage.json").read_bytes()).get("forms", ()):
        assert (tuple(form["record"]), tuple(form["entry"])) == FORMS[form["form"]][1:]


def test_the_release_of_form_3_has_a_fact_of_every_sort_that_this_form_brought() -> None:
    lines = (KEPT / "form3" / "release" / "history.jsonl").read_bytes().splitlines()
    facts = [fact for fact in map(orjson.loads, lines) if "what" in fact]
    assert {fact["form"] for fact in facts} == {3}
    sorts = {(fact["what"], fact.get("acted"), fact.get("privacy")) for fact in facts}
    further = {
        ("responded", True, None),
        ("responded", False, None),
        ("corrected", None, False),
        ("corrected", None, True),
    }
    assert sorts >= {*further, *((what, None, None) for what in ("transferred", "refused", "amended", "closed"))}
    assert sorts >= {(what, None, None) for what in ("reopened", "hidden", "released")}
    assert any(fact.get("words_erased") for fact in facts)


def test_the_release_of_form_4_has_a_merged_report_and_its_main_one() -> None:
    lines = (KEPT / "form4" / "release" / "history.jsonl").read_bytes().splitlines()
    facts = [fact for fact in map(orjson.loads, lines) if "what" in fact]
    assert {fact["form"] for fact in facts} == {4}
    assert {"merged", "split", "recounted"} <= {fact["what"] for fact in facts}
    reports = map(orjson.loads, (KEPT / "form4" / "release" / "reports.jsonl").read_bytes().splitlines())
    assert sorted({row["reported_by"] for row in reports}) == [1, 2]


@pytest.mark.parametrize("release", RELEASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
@pytest.mark.parametrize("name", ["reports.csv", "reports.jsonl", "history.csv", "history.jsonl", "reports.parquet"])
def test_a_changed_byte_of_a_kept_release_is_found_and_its_file_is_named(
    release: Path, name: str, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    whole = bytearray((copy / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (copy / name).write_bytes(whole)
    faults = verify_release(copy, log_key(release)).faults
    assert any(fault.file == name or name in fault.what for fault in faults)
