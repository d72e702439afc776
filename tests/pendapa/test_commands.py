"""What is wrong with a command's words is said in one line, before anything is done."""

from pathlib import Path

import pytest

from pendapa.commands import import_reports, read_keys
from pendapa.fault import Fault
from pendapa.home import Keys
from pendapa.importing import Summary
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


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://x", "http://[", "http://", "localhost:8000", "http://x:99999", "http://x:0", ""]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Fault, match="not the address"):
        address(url)


def test_an_address_loses_the_slash_at_its_end() -> None:
    assert address("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"


@pytest.mark.parametrize(("key", "environment", "used"), [("a", "b", "a"), (None, "b", "b"), (None, None, "official")])
def test_the_key_is_the_one_given_else_the_environments_else_the_official_one_of_the_folder(
    table: Path, monkeypatch: pytest.MonkeyPatch, key: str | None, environment: str | None, used: str
) -> None:
    keys: list[str] = []

    async def run(*words: object) -> Summary:
        keys.append(str(words[3]))
        return Summary(accepted=1)

    monkeypatch.setattr("pendapa.importing.run", run)
    monkeypatch.delenv("PENDAPA_KEY", raising=False)
    if environment:
        monkeypatch.setenv("PENDAPA_KEY", environment)
    (table.parent / "keys.json").write_text(Keys(filing="filing", official="official").model_dump_json())
    assert import_reports(table, table.parent / "map.yaml", "http://x", key, table.parent, None, 400) == 0
    assert keys == [used]


def test_keys_that_cannot_be_read_are_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="start the server first"):
        read_keys(tmp_path)
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(Fault, match="not what Pendapa wrote"):
        read_keys(tmp_path)


def test_an_import_with_refused_rows_ends_with_1_and_says_why_the_commonest_first(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run(*_: object) -> Summary:
        return Summary(6, 5, {"/text: too long": 2, "[no] id": 3}, changed=2, unchanged=3)

    monkeypatch.setattr("pendapa.importing.run", run)
    assert bring(table, "http://x") == 1
    said = capsys.readouterr()
    assert said.out == "1 new, 2 changed, 3 unchanged, 5 refused\n"
    assert said.err.splitlines()[:2] == ["  3 times: [no] id", "  2 times: /text: too long"]
    assert said.err.splitlines()[2].endswith("a.refused.csv")


def test_refused_rows_of_an_earlier_run_stay_until_this_one_has_answers(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pendapa.sending._ATTEMPTS", 1)
    earlier = table.with_name("a.refused.csv")
    earlier.write_text("line,reason\n")
    with pytest.raises(Fault, match="does not answer") as fault:
        bring(table, f"http://127.0.0.1:{free_port()}")
    assert fault.value.code == 1
    (table.parent / "map.yaml").write_text(MAP.replace("text: text", "text: words"))
    with pytest.raises(Fault, match="words"):
        bring(table, "http://x")
    assert earlier.read_text() == "line,reason\n"


@pytest.mark.parametrize(
    ("encoding", "raw"), [("utf-16", b"id,text\n1,jalan\n"), ("utf-8", b"id,text\n1," + b"a" * (17 << 20) + b"\n")]
)
def test_a_table_that_is_not_what_the_map_says_is_told_in_one_line(table: Path, encoding: str, raw: bytes) -> None:
    table.write_bytes(raw)
    (table.parent / "map.yaml").write_text(f"{MAP}encoding: {encoding}\n")
    with pytest.raises(Fault, match=rf"cannot be read as the map says \({encoding}\)"):
        bring(table, f"http://127.0.0.1:{free_port()}")


def test_refused_rows_that_cannot_be_written_stop_the_import_before_it_begins(table: Path) -> None:
    with pytest.raises(Fault, match="cannot be written"):
        bring(table, f"http://127.0.0.1:{free_port()}", table.parent / "nowhere" / "x.csv")
    with pytest.raises(Fault, match="the table itself"):
        bring(table, f"http://127.0.0.1:{free_port()}", table)
    assert table.exists()
