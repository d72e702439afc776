"""`pendapa import --dry-run` tells what becomes of each row, and the server then does just that."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.region import load_region
from pendapa.defaults import defaults_taken
from pendapa.foreseeing import EXAMPLES, Outlook, foresee
from pendapa.importmap import ImportMap
from pendapa.main import app

TINY = Path(__file__).parents[1] / "regions" / "tiny"
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
MAP = """
source: kota
id: id
text: isi
category: {column: bidang, values: {jalan: jalan-rusak, sehat: kesehatan, suap: pungli}, default: lainnya}
received_at: masuk
closed_at: selesai
closure: {column: bidang, values: {jalan: done}, default: explained}
confidential: false
"""
ROWS = """id,isi,bidang,masuk,selesai
1,Jalan rusak di depan pasar,jalan,2025-03-01,2025-03-04
2,Jalan berlubang dekat sekolah,jalan,2025-03-01,
3,Ada pungli di kantor desa,jalan,2025-03-01,2025-03-04
4,Petugas minta uang,suap,2025-03-01,
5,Tolong dibantu segera ya,langit,2025-03-01,2025-03-05
6,Puskesmas tutup terus,sehat,2025-03-01,
6,Puskesmas tutup terus,sehat,2025-03-01,
7,Jalan rusak lagi,jalan,kemarin,
8,Jalan rusak di sana,jalan,2025-03-09,2025-03-01
9,,jalan,2025-03-01,
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    table = tmp_path / "kota.csv"
    table.write_text(ROWS)
    return table


def look(table: Path, mapping: str = MAP) -> Outlook:
    import yaml

    return foresee(table, ImportMap.model_validate(yaml.load(mapping, yaml.BaseLoader)), load_region(TINY), NOW)  # noqa: S506


def test_each_row_has_one_fate_and_is_told_with_its_line_and_id(table: Path) -> None:
    outlook = look(table)
    assert {name: group.count for name, group in outlook.fates.items()} == {
        "public, closed": 1,
        "public, open": 2,
        "held for an official": 3,
    }
    assert outlook.fates["public, closed"].examples == ["line 2, id 1  Jalan rusak di depan pasar"]
    assert {name: group.count for name, group in outlook.because.items()} == {
        "sensitive": 2,
        "policy": 1,
        "unsure": 1,
    }
    assert outlook.refused == 4
    assert (outlook.rows, sum(group.count for group in outlook.fates.values())) == (10, 6)
    faults = "\n".join(outlook.refusals)
    for fault in ("a row before this one has the same", "not a time", "/closed_at: ", "/text: "):
        assert fault in faults


def test_a_default_is_told_with_the_value_that_it_stands_for(table: Path) -> None:
    defaults = look(table).defaults
    assert list(defaults) == ["category: lainnya", "closure: explained"]
    assert defaults["category: lainnya"].examples == ["'langit' in line 6, id 5  Tolong dibantu segera ya"]


def test_a_value_that_is_left_out_is_told(table: Path) -> None:
    table.write_text(
        "id,isi,bidang,masuk,selesai,dinas,desa\n"
        "1,Jalan rusak,jalan,2025-03-01,,Dinas Antah,35.22.14.2002\n"
        "2,Jalan rusak,jalan,2025-03-01,,dpu,99.99\n"
        "3,Jalan rusak,jalan,2025-03-01,,,\n"
        "4,Jalan rusak,jalan,2025-03-01,,lama,Negeri Antah\n"
    )
    agency = '{column: dinas, values: {lama: ""}, default: ""}'
    outlook = look(table, MAP + f"agency: {agency}\nplace: desa\n")
    assert {name.partition(":")[0]: group.examples for name, group in outlook.left_out.items()} == {
        "agency": ["'Dinas Antah' in line 2, id 1  Jalan rusak"],
        "place": ["'Negeri Antah' in line 5, id 4  Jalan rusak"],
    }
    assert [(reason, group.examples) for reason, group in outlook.refusals.items()] == [
        ("/place: There is no such place; see /v1/places", ["line 3, id 2  Jalan rusak"])
    ]


def test_what_a_person_has_read_is_not_held(table: Path) -> None:
    outlook = look(table, MAP + "reviewed: true\n")
    assert not outlook.because
    assert sum(group.count for name, group in outlook.fates.items() if name.startswith("public,")) == 6


def test_what_is_confidential_is_public_without_its_words(table: Path) -> None:
    outlook = look(table, MAP.replace("confidential: false", "confidential: true"))
    assert outlook.fates["public, its words withheld, open"].count == 2


def test_of_many_rows_ten_are_shown(table: Path) -> None:
    table.write_text(
        "id,isi,bidang,masuk,selesai\n" + "".join(f"{n},Jalan rusak parah,jalan,2025-03-01,\n" for n in range(25))
    )
    (group,) = look(table).fates.values()
    assert (group.count, len(group.examples)) == (25, EXAMPLES)


def test_the_command_needs_neither_server_nor_key_and_writes_nothing(table: Path) -> None:
    arguments = ["import", str(table), "--map", str(table.parent / "map.yaml"), "--dry-run", "--region", str(TINY)]
    done = CliRunner().invoke(app, [*arguments, "--url", "http://127.0.0.1:1", "--data", str(table.parent / "none")])
    assert done.exit_code == 1
    assert "Nothing was sent. Of 10 rows" in done.output
    assert sorted(path.name for path in table.parent.iterdir()) == ["kota.csv", "map.yaml"]


@pytest.mark.parametrize(
    ("value", "taken"),
    [("jalan", []), ("langit", ["langit"]), ("", [""]), ("lainnya", []), (" jalan ", []), ("kesehatan", [])],
)
def test_only_a_value_that_the_map_does_not_name_takes_its_default(value: str, taken: list[str]) -> None:
    mapping = ImportMap.model_validate(
        {"source": "x", "id": "id", "text": "isi", "category": {"column": "b", "values": {"jalan": "jalan-rusak"}}}
    )
    assert taken_by(mapping, value) == []
    category = {"column": "b", "values": {"jalan": "jalan-rusak"}, "default": "lainnya"}
    mapping = ImportMap.model_validate({"source": "x", "id": "id", "text": "isi", "category": category})
    mapping.know({"category": {"jalan-rusak", "kesehatan", "lainnya"}})
    assert taken_by(mapping, value) == taken


def taken_by(mapping: ImportMap, value: str) -> list[str]:
    cells = {"id": "1", "isi": "Jalan rusak", "b": value}
    return [each.value for each in defaults_taken(mapping, cells, mapping.report(cells))]


def test_the_words_of_undo_are_checked(table: Path) -> None:
    for words in (["--undo", "0"], ["--undo", "1", str(table)], ["--undo", "1", "--dry-run"], [], [str(table)]):
        assert CliRunner().invoke(app, ["import", *words]).exit_code == 2, words


def test_the_outlook_counts_each_row_under_its_category_once(table: Path) -> None:
    outlook = look(table)
    counted = Counter[str]()
    for name, group in outlook.categories.items():
        counted[name.partition(":")[0]] += group.count
    assert counted == {"jalan-rusak": 3, "pungli": 1, "lainnya": 1, "kesehatan": 1}
