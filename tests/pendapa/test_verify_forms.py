"""`pendapa verify` takes forms and columns from the release, and lets neither hide what the log commits to."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.publish.datasets import history, reports
from services.publish.formats import csv
from services.publish.formats.format import Batch
from services.publish.verify.findings import Verified
from services.publish.verify.release import verify_release
from tests.publish.releasing import KEY

Json = dict[str, Any]


def check(folder: Path) -> Verified:
    """What is found once every sum and size is mended, as a forger or a later version would write them."""
    package: Json = orjson.loads((folder / "datapackage.json").read_bytes())
    for file in package["resources"] + package["proof"]:
        data = (folder / file["path"]).read_bytes()
        file |= {"bytes": len(data), "hash": f"sha256:{sha256(data).hexdigest()}"}
    (folder / "datapackage.json").write_bytes(orjson.dumps(package))
    names = sorted(path.name for path in folder.iterdir() if path.name not in ("SHA256SUMS", "manifest.json"))
    manifest: Json = orjson.loads((folder / "manifest.json").read_bytes())
    manifest["files"] = [
        {"name": name, "bytes": len(data), "sha256": sha256(data).hexdigest()}
        for name in names
        if (data := (folder / name).read_bytes())
    ]
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest))
    names = sorted([*names, "manifest.json"])
    sums = "".join(f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums)
    return verify_release(folder, KEY)


def package_changed(folder: Path, change: Callable[[Json], object]) -> None:
    package = orjson.loads((folder / "datapackage.json").read_bytes())
    change(package)
    (folder / "datapackage.json").write_bytes(orjson.dumps(package))


def rows_changed(folder: Path, dataset: str, change: Callable[[list[Json]], object]) -> None:
    """Change the rows in the JSON Lines and the CSV alike."""
    rows = [orjson.loads(line) for line in (folder / f"{dataset}.jsonl").read_bytes().splitlines()]
    change(rows)
    (folder / f"{dataset}.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    fields = {"reports": reports.FIELDS, "history": history.FIELDS}[dataset]
    (folder / f"{dataset}.csv").write_bytes(csv.header(fields) + csv.lines(Batch(fields, rows).cells))


def column(package: Json, dataset: str, name: str) -> Json:
    declared = next(each for each in package["datasets"] if each["name"] == dataset)
    found: Json = next(each for each in declared["fields"] if each["name"] == name)
    return found


def faults(folder: Path) -> str:
    return "\n".join(map(str, check(folder).faults))


def test_mended_sums_alone_are_no_fault(copy: Path) -> None:
    assert check(copy).faults == []


def test_changed_words_of_a_report_are_found_though_its_record_leaves_them_out(copy: Path) -> None:
    rows_changed(copy, "reports", lambda rows: rows[0].update(text="lain"))
    assert "reports.jsonl, line 1" in (said := faults(copy))
    assert "its words are not those that the log commits to" in said


@pytest.mark.parametrize("change", [{"text": "lain"}, {"text": None, "text_salt": None}, {"text_salt": "00" * 16}])
def test_changed_or_absent_words_of_an_answer_are_found(copy: Path, change: Json) -> None:
    rows_changed(copy, "history", lambda rows: rows[40].update(change))
    assert "history.jsonl, line 41" in (said := faults(copy))
    assert "its words are not those that the log commits to" in said


def test_words_that_nothing_commits_to_are_found(copy: Path) -> None:
    rows_changed(copy, "history", lambda rows: rows[0].update(text="Sudah", text_salt="00" * 16))
    assert "it has words that nothing commits to" in faults(copy)


def test_a_name_that_is_not_the_one_of_its_code_is_found(copy: Path) -> None:
    rows_changed(copy, "reports", lambda rows: rows[0].update(agency_name="Dinas Lain"))
    assert "agency_name is not what rule 1 gives" in faults(copy)


def test_a_column_that_is_declared_to_be_read_from_elsewhere_is_found(copy: Path) -> None:
    package_changed(copy, lambda package: column(package, "reports", "status").update(path=["closure"]))
    assert "the column status of reports is not declared as it is" in faults(copy)


def test_a_known_form_with_other_members_is_found(copy: Path) -> None:
    package_changed(copy, lambda package: package["forms"][1].update(record=["id"]))
    assert "form 2 is not declared as it is" in faults(copy)


def test_a_rule_that_is_not_known_is_not_judged(copy: Path) -> None:
    package_changed(copy, lambda package: column(package, "reports", "agency_name")["derived"].update(rule=99))
    found = check(copy)
    assert (found.faults, found.unjudged) == ([], ["reports.agency_name, by rule 99"])


def test_a_dataset_with_a_type_and_a_format_of_a_later_version_verifies_as_far_as_it_can_be_judged(copy: Path) -> None:
    (copy / "spots.jsonl").write_bytes(b'{"code":"a","where":"1,2"}\n')
    (copy / "spots.csv").write_bytes(b"whatever\r\n")
    (copy / "spots.ods").write_bytes(b"whatever")

    def declare(package: Json) -> None:
        fields = [{"name": "code", "type": "string"}, {"name": "where", "type": "geopoint"}]
        package["datasets"].append({"name": "spots", "key": "code", "rows": 1, "fields": fields})
        for name in ("spots.jsonl", "spots.csv", "spots.ods"):
            package["resources"].append({"path": name, "bytes": 0, "hash": ""})

    package_changed(copy, declare)
    found = check(copy)
    assert found.faults == []
    assert found.unjudged == ["spots.csv: where", "spots.ods"]
    assert found.rows["spots"] == 1
    (copy / "spots.jsonl").write_bytes(b'{"code":"a", "where":"1,2"}\n')
    assert "spots.jsonl, line 1, row a: it is not written as a row is" in faults(copy)


def test_a_manifest_of_another_tree_or_of_other_files_is_found(copy: Path) -> None:
    manifest = orjson.loads((copy / "manifest.json").read_bytes())
    (copy / "manifest.json").write_bytes(orjson.dumps({**manifest, "root": "00" * 32}))
    assert "manifest.json: its tree is not the one that the checkpoint signs" in faults(copy)
    (copy / "manifest.json").write_bytes(orjson.dumps({**manifest, "files": manifest["files"][1:]}))
    found = map(str, verify_release(copy, KEY).faults)
    assert "manifest.json: it does not list the files as they are" in found


def test_a_file_that_the_package_lists_and_the_folder_lacks_is_missed(copy: Path) -> None:
    (copy / "calendar.parquet").unlink()
    assert "calendar.parquet: the file is missing" in map(str, verify_release(copy, KEY).faults)


def test_a_name_beside_a_fact_that_has_no_code_is_found(copy: Path) -> None:
    rows_changed(copy, "history", lambda rows: rows[41].update(agency_name="Dinas Lain"))
    assert "history.jsonl, line 42" in (said := faults(copy))
    assert "agency_name is not what rule 1 gives" in said


@pytest.mark.parametrize(
    "change", [{"derived": None}, {"derived": {"rule": 1, "of": "id", "dataset": "x", "take": "y"}}]
)
def test_a_column_that_is_declared_to_follow_from_no_rule_or_other_fields_is_found(copy: Path, change: Json) -> None:
    package_changed(copy, lambda package: column(package, "reports", "agency_name").update(change))
    assert "the column agency_name of reports is not declared as it is" in faults(copy)


@pytest.mark.parametrize("name", ["salt", "text_salt"])
def test_a_salt_in_another_spelling_is_found(copy: Path, name: str) -> None:
    rows_changed(copy, "history", lambda rows: rows[40].update({name: rows[40][name].upper() + " "}))
    assert "history.jsonl, line 41" in (said := faults(copy))
    assert "a salt is not written in lower-case hexadecimal" in said


def test_a_number_that_no_format_can_hold_is_a_fault_and_no_crash(copy: Path) -> None:
    lines = (copy / "categories.jsonl").read_bytes().splitlines()
    row = orjson.loads(lines[0])
    lines[0] = orjson.dumps({**row, "verify_days": 2**63})
    (copy / "categories.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    found = check(copy).faults
    assert [(fault.file, fault.line, fault.report) for fault in found] == [("categories.jsonl", 1, row["code"])]


def test_a_column_that_neither_the_log_commits_to_nor_this_version_knows_is_not_judged(copy: Path) -> None:
    def declare(package: Json) -> None:
        for dataset in package["datasets"]:
            if dataset["name"] in ("reports", "history"):
                proof = "member" if dataset["name"] == "reports" else "none"
                dataset["fields"].append({"name": "note", "type": "string", "proof": proof})

    package_changed(copy, declare)
    for name in ("reports", "history"):
        rows = [orjson.loads(line) for line in (copy / f"{name}.jsonl").read_bytes().splitlines()]
        noted = [row if row.get("salt", "") is None else {**row, "note": "lain"} for row in rows]
        (copy / f"{name}.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in noted))
    assert {"reports.note", "history.note"} <= set(check(copy).unjudged)


def test_a_file_of_no_dataset_is_not_judged(copy: Path) -> None:
    (copy / "extra.csv").write_bytes(b"whatever\r\n")
    package_changed(copy, lambda package: package["resources"].append({"path": "extra.csv", "bytes": 0, "hash": ""}))
    found = check(copy)
    assert (found.faults, found.unjudged) == ([], ["extra.csv"])
