"""`pendapa train` and `pendapa evaluate`: what they make and say, and what they refuse with file, line and fault."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pendapa import training
from pendapa.fault import Fault
from services.routing.reading.model import load
from services.routing.reading.prior import CARD, FILE, FOLDER
from tests.pendapa.conftest import TINY

MAP = """
source: city
id: id
text: words
category: {column: category, values: {"-": ""}}
kind: {column: kind, values: {"-": ""}}
"""
ROAD = ["jalan berlubang dekat pasar", "lubang besar di jalan", "jalan rusak berlubang", "aspal jalan hancur"]
CLINIC = ["puskesmas tutup terus", "dokter puskesmas tidak ada", "antri lama di puskesmas", "obat di puskesmas habis"]
ROWS = [f"{words} lagi {n},{code},complaint" for n in range(4) for code, texts in
        (("jalan-rusak", ROAD), ("kesehatan", CLINIC)) for words in texts]  # fmt: skip
Table = Callable[[list[str]], tuple[Path, Path]]


@pytest.fixture
def region(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "region"))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    def write(rows: list[str]) -> tuple[Path, Path]:
        (tmp_path / "map.yaml").write_text(MAP)
        lines = ["id,words,category,kind", *(f"{n},{row}" for n, row in enumerate(rows, 1))]
        (tmp_path / "city.csv").write_text("\n".join(lines) + "\n")
        return tmp_path / "city.csv", tmp_path / "map.yaml"

    return write


def train(region: Path, target: Path, *tables: tuple[Path, Path]) -> None:
    training.train(region, tables, None, target, None, 1, anew=True)


def test_a_model_and_its_card_are_written_the_same_each_time(region: Path, table: Table, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    train(region, one, table(ROWS))
    train(region, other, table(ROWS))
    assert (one / FILE).read_bytes() == (other / FILE).read_bytes()
    card = json.loads((one / CARD).read_text())
    assert card["id"] == load(one / FILE).id
    assert card["sources"] == [{"name": "city", "rows": len(ROWS), "licence": None}]


def test_evaluate_tells_a_program_what_it_found(region: Path, table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    train(region, region / FOLDER, table(ROWS))
    capsys.readouterr()
    training.evaluate(*table(ROWS), region, None, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == load(region / FOLDER / FILE).id
    assert told["heads"]["category"]["rows"] == len(ROWS)
    assert told["heads"]["category"]["first"]["share"] == 1
    assert set(told["heads"]["category"]["classes"]) == {"jalan-rusak", "kesehatan"}


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([f"{words},-,-" for words in ROAD], r"city\.csv:1: no row has a label"),
        ([f"{words},jalan-rusak,-" for words in ROAD], r"city\.csv:1: every row has the same label"),
        ([*ROWS, "kata,no-such,complaint"], r"city\.csv:34: .*no-such"),
        ([*ROWS, "kata,jalan-rusak,riddle"], r"city\.csv:34: .*riddle"),
        ([*ROWS, "kata"], r"city\.csv:34: 2 cells under 4 columns"),
    ],
)
def test_a_table_that_teaches_nothing_or_cannot_be_read_replaces_nothing(
    rows: list[str], fault: str, region: Path, table: Table
) -> None:
    (region / FOLDER).mkdir()
    (region / FOLDER / FILE).write_bytes(b"as it was")
    with pytest.raises(Fault, match=fault) as raised:
        train(region, region / FOLDER, table(rows))
    assert raised.value.code == 1
    assert (region / FOLDER / FILE).read_bytes() == b"as it was"


def test_a_prior_of_another_version_is_refused_with_its_file(region: Path, table: Table, tmp_path: Path) -> None:
    (region / FOLDER).mkdir()
    (region / FOLDER / FILE).write_bytes(b"pendapa-model 9\n")
    with pytest.raises(Fault, match=r"prior\.bin:1: not a model of this version") as raised:
        training.train(region, [table(ROWS)], None, tmp_path / "out", None, 1, anew=False)
    assert raised.value.code == 1
    assert not (tmp_path / "out").exists()


def test_files_and_maps_are_as_many() -> None:
    with pytest.raises(Fault, match="there are 1 and 0"):
        training.paired([Path("a.csv")], [])
