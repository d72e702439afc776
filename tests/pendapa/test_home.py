"""The data folder's keys and secrets are made once, kept, and readable by their owner alone."""

import json
import os
from pathlib import Path

import pytest

from contracts.region import Region
from gateway.callers.keys import hash_key
from kit.health import NotReady
from pendapa.fault import Fault
from pendapa.home import Home
from services.publish.log.checkpoint import read_signer


def test_every_agency_has_a_key_and_the_gateway_only_hashes(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path, "embedded")
    keys, _ = home.prepare(tiny)
    written = json.loads(home.keys_file.read_text())
    hashes = json.loads(home.hashes_file.read_text())

    assert written == json.loads(keys.model_dump_json())
    assert set(written["agencies"]) == set(tiny.agencies)
    assert set(written["channels"]) == {"kannel"}
    assert hashes["official"] == hash_key(written["official"])
    assert not any(key in home.hashes_file.read_text() for key in (written["official"], *written["agencies"].values()))
    assert home.keys_file.stat().st_mode & 0o777 == 0o600
    assert (home.store / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_second_start_keeps_them(tmp_path: Path, tiny: Region) -> None:
    assert Home(tmp_path, "embedded").prepare(tiny) == Home(tmp_path, "embedded").prepare(tiny)


def test_both_footings_share_the_keys_but_not_the_log(tmp_path: Path, tiny: Region) -> None:
    keys, here = Home(tmp_path, "embedded").prepare(tiny)
    same, there = Home(tmp_path, "distributed").prepare(tiny)

    assert keys == same
    assert here.origin != there.origin
    assert read_signer(here.log_key).name == here.origin


def test_a_new_agency_gets_a_key_and_the_others_keep_theirs(tmp_path: Path, tiny: Region) -> None:
    first = next(iter(tiny.agencies))
    fewer = tiny.model_copy(update={"agencies": {first: tiny.agencies[first]}})
    before, _ = Home(tmp_path, "embedded").prepare(fewer)
    after, _ = Home(tmp_path, "embedded").prepare(tiny)

    assert after.agencies[first] == before.agencies[first]
    assert set(after.agencies) == set(tiny.agencies)
    assert after.filing == before.filing


def test_a_key_chosen_by_hand_is_kept(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path, "embedded")
    home.prepare(tiny)
    chosen = json.loads(home.keys_file.read_text()) | {"filing": "chosen"}
    home.keys_file.write_text(json.dumps(chosen))

    assert home.prepare(tiny)[0].filing == "chosen"
    assert json.loads(home.hashes_file.read_text())["filing"] == hash_key("chosen")


def test_another_regions_folder_is_refused(tmp_path: Path, tiny: Region) -> None:
    Home(tmp_path, "embedded").prepare(tiny)

    with pytest.raises(Fault, match="holds the data of"):
        Home(tmp_path, "embedded").prepare(tiny.model_copy(update={"id": "elsewhere"}))


def test_a_broken_keys_file_is_not_replaced(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path, "embedded")
    home.prepare(tiny)
    home.keys_file.write_text("{")

    with pytest.raises(Fault, match="keys"):
        home.prepare(tiny)
    assert home.keys_file.read_text() == "{"


def test_one_process_at_a_time_holds_the_folder(tmp_path: Path) -> None:
    here, there = Home(tmp_path, "embedded"), Home(tmp_path, "distributed")
    with here.held(), pytest.raises(Fault, match=f"process {os.getpid()}"), there.held():
        pass
    with there.held():
        pass


def test_a_folder_that_was_whole_gets_no_new_log_key_nor_an_empty_store(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path, "embedded")
    home.prepare(tiny)
    store = home.store / "publish.sqlite"
    home.check_whole(["publish.sqlite"])
    store.write_bytes(b"rows")
    home.mark_whole()
    home.check_whole(["publish.sqlite"])
    store.write_bytes(b"")
    with pytest.raises(Fault, match=r"has lost publish\.sqlite"):
        home.check_whole(["publish.sqlite"])
    store.unlink()
    with pytest.raises(Fault, match=r"has lost publish\.sqlite"):
        home.check_whole(["publish.sqlite"])
    (home.store / "secrets.json").unlink()
    with pytest.raises(Fault, match="the key of the log"):
        home.prepare(tiny)
    (home.store / "made").unlink()
    home.check_whole(["publish.sqlite"])
    home.prepare(tiny)


@pytest.mark.parametrize("name", ["keys.json", "embedded/secrets.json"])
def test_secrets_that_are_gone_or_damaged_are_told_while_it_runs_and_at_the_next_start(
    tmp_path: Path, tiny: Region, name: str
) -> None:
    home, file = Home(tmp_path, "embedded"), tmp_path / name
    home.prepare(tiny)
    home.secret_files()
    content = file.read_text()
    file.write_text(content.replace("PRIVATE", "") if "PRIVATE" in content else "garbage")
    with pytest.raises(NotReady, match=f"^{file.name} is damaged$"):
        home.secret_files()
    with pytest.raises(Fault, match="is not what Pendapa wrote"):
        home.prepare(tiny)
    file.unlink()
    file.mkdir()
    with pytest.raises(NotReady, match=f"^{file.name} cannot be read: Is a directory$"):
        home.secret_files()
    with pytest.raises(Fault, match="cannot be read: Is a directory"):
        home.prepare(tiny)
    file.rmdir()
    file.write_text(content)
    home.secret_files()


def test_the_region_is_written_once(tmp_path: Path, tiny: Region) -> None:
    Home(tmp_path, "embedded").prepare(tiny)
    before = (tmp_path / "region").stat().st_mtime_ns
    Home(tmp_path, "embedded").prepare(tiny)
    assert (tmp_path / "region").stat().st_mtime_ns == before


def test_a_folder_of_the_version_before_gets_a_secret_for_tokens_once(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path, "embedded")
    home.prepare(tiny)
    file = home.store / "secrets.json"
    older = json.loads(file.read_text())
    del older["follow_secret"]
    file.write_text(json.dumps(older))
    made = home.prepare(tiny)[1]
    assert made.model_dump(exclude={"follow_secret"}) == older
    assert home.prepare(tiny)[1] == home.secrets() == made
