"""What is wrong with a command's words is said in one line, before anything is done."""

from pathlib import Path

import pytest

from pendapa.commands import import_reports
from pendapa.fault import Fault
from pendapa.live.process import free_port
from pendapa.up import address

MAP = "source: x\nid: id\ntext: text\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    table = tmp_path / "a.csv"
    table.write_text("id,text\n1,jalan rusak\n")
    return table


def bring(table: Path, url: str, refused: Path | None = None) -> int:
    return import_reports(table, table.parent / "map.yaml", url, "key", table.parent, refused, 400)


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://[", "http://", "localhost:8000", "http://x:99999", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Fault, match="no address"):
        address(url)


def test_an_address_loses_the_slash_at_its_end() -> None:
    assert address("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"


def test_refused_rows_that_cannot_be_written_stop_the_import_before_it_begins(table: Path) -> None:
    with pytest.raises(Fault, match="cannot be written"):
        bring(table, f"http://127.0.0.1:{free_port()}", table.parent / "nowhere" / "x.csv")
    with pytest.raises(Fault, match="the table itself"):
        bring(table, f"http://127.0.0.1:{free_port()}", table)
    assert table.exists()


def test_what_an_earlier_run_refused_does_not_stay(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pendapa.sending._ATTEMPTS", 1)
    earlier = table.with_name("a.refused.csv")
    earlier.write_text("line,reason\n")
    with pytest.raises(Fault, match="does not answer"):
        bring(table, f"http://127.0.0.1:{free_port()}")
    assert not earlier.exists()
