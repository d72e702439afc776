"""`pendapa backup` and `pendapa restore` on the embedded footing: whole or not at all, and never a second history."""

import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from contracts.region import Region
from kit.db import transaction
from pendapa.backups import contents
from pendapa.backups.embedded import back_up
from pendapa.backups.restored import Wanted
from pendapa.backups.restoring import restore
from pendapa.fault import Fault
from pendapa.home import RESTORING, Home
from pendapa.main import app
from services.publish.record import store
from services.publish.releases import cut, withdrawal
from services.publish.releases.files import Files
from services.publish.releases.numbers import folder
from services.publish.verify.release import verify_release
from tests.pendapa import stores
from tests.pendapa.conftest import TINY
from tests.publish.releasing import KEY, NOW, document, hide


@pytest.fixture
def home(tmp_path: Path, tiny: Region) -> Home:
    home = stores.make(tmp_path / "var", tiny)
    stores.mark(home, 1)
    return home


@pytest.fixture
def backup(home: Home, tmp_path: Path) -> Path:
    """A backup; after it the server goes on."""
    stores.cut_release(home, keep=2)
    back_up(home, tmp_path / "backup")
    stores.publish(home, 11, 12)
    stores.mark(home, 2)
    return tmp_path / "backup"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def refusal(*arguments: object) -> str:
    """Why the command did nothing."""
    answer = run(*arguments)
    assert isinstance(answer.exception, Fault), answer.output
    return str(answer.exception)


def test_a_backup_holds_everything_and_only_its_owner_can_read_it(home: Home, tmp_path: Path) -> None:
    stores.cut_release(home)
    answer = run("backup", tmp_path / "kept" / "monday", "--data", home.folder)
    assert answer.exit_code == 0, answer.output
    made = tmp_path / "kept" / "monday"
    assert contents.read(made).log.size == stores.log_size(home)
    assert stores.state(Home(made, "embedded")) == stores.state(home)
    assert (made / "embedded/secrets.json").read_bytes() == (home.store / "secrets.json").read_bytes()
    assert (made / "keys.json").read_bytes() == home.keys_file.read_bytes()
    modes = {os.stat(each).st_mode & 0o777 for each in [made, *made.rglob("*")]}
    assert modes == {0o700, 0o600}
    assert os.listdir(made.parent) == ["monday"]


def test_a_backup_is_never_changed_nor_started(home: Home, backup: Path) -> None:
    assert "is there already" in refusal("backup", backup, "--data", home.folder)
    with pytest.raises(Fault, match="is a backup"), Home(backup, "embedded").held():
        pass


def test_a_restored_folder_is_as_it_was_and_what_was_there_is_put_aside(home: Home, backup: Path) -> None:
    later = stores.state(home)
    answer = run("restore", backup, "--data", home.folder)
    assert answer.exit_code == 0, answer.output
    assert stores.state(home).marks == (1, 1, 1, 1)
    assert stores.state(home).reports < later.reports
    assert stores.state(Home(home.folder / "embedded.before-1", "")) == later
    with home.held():
        home.check_whole(["publish.sqlite"])
    assert not (home.folder / RESTORING).exists()


def test_the_log_of_a_restored_folder_goes_on_from_what_was_published(home: Home, backup: Path) -> None:
    published = stores.log_size(home)
    answer = run("restore", backup, "--data", home.folder)
    assert "taken back without their words and salts: 4" in answer.output.replace("\n", " ")
    assert stores.log_size(home) > published
    number = stores.cut_release(home)
    assert number == 2
    verified = verify_release(home.store / "files" / folder(number), KEY)
    assert (verified.faults, verified.lost) == ([], 4)


def test_on_another_machine_nothing_is_restored_until_somebody_tells_how_far_the_log_was(
    home: Home, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = next(home.log_copy().iterdir())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    there = Home(tmp_path / "there", "embedded")
    answer = run("restore", backup, "--data", there.folder)
    assert answer.exit_code == 1
    assert "Nobody here knows how far the log was" in str(answer.exception)
    assert not there.store.exists()
    assert run("restore", backup, "--data", there.folder, "--nothing-since").exit_code == 0
    assert stores.state(there).marks == (1, 1, 1, 1)
    shutil.rmtree(there.folder)
    shutil.rmtree(tmp_path / "another")
    answer = run("restore", backup, "--data", there.folder, "--witness", witness)
    assert answer.exit_code == 0, answer.output
    assert stores.log_size(there) > stores.log_size(home)


def test_a_witness_that_knows_less_than_the_backup_tells_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = shutil.copytree(next(home.log_copy().iterdir()), tmp_path / "witness")
    stores.publish(home, 11)
    back_up(home, tmp_path / "backup")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    answer = run("restore", tmp_path / "backup", "--data", tmp_path / "there", "--witness", witness)
    assert "Nobody here knows" in str(answer.exception)


def test_a_log_whose_commitments_nobody_has_is_ended_only_by_the_operators_word(home: Home, backup: Path) -> None:
    stores.lose_commitments(home)
    later = stores.state(home)
    answer = run("restore", backup, "--data", home.folder)
    assert answer.exit_code == 1
    assert "Nothing was changed. After the restore publish signs nothing" in str(answer.exception)
    assert stores.state(home) == later
    assert not (home.folder / "embedded.before-1").exists()
    answer = run("restore", backup, "--data", home.folder, "--new-log")
    assert answer.exit_code == 0, answer.output
    assert home.secrets().origin == "PeterNeumann/2"
    assert str(stores.signer(home).verifier) in answer.output.replace("\n", "")


def test_a_log_that_can_go_on_is_not_ended(home: Home, backup: Path) -> None:
    later = stores.state(home)
    answer = run("restore", backup, "--data", home.folder, "--new-log")
    assert "leave --new-log out" in str(answer.exception)
    assert stores.state(home) == later


def test_what_was_hidden_since_is_told_and_its_releases_stay_withdrawn(home: Home, backup: Path) -> None:
    def withdraw(engine: Engine) -> None:
        with transaction(engine) as session:
            hide(session, 2)
            store.note_hidden(session, [(str(document(2)["id"]), NOW, "a name")])
            withdrawal.withdraw(session, 0, NOW)
        cut.remove_withdrawn(engine, Files((home.store / "files").as_uri()))

    stores.work(home, withdraw)
    answer = run("restore", backup, "--data", home.folder, "--region", TINY)
    assert "Releases that were withdrawn after the backup stay so: 1" in answer.output
    assert str(document(2)["id"]) in answer.output
    assert stores.state(home).releases == {"reports/1/withdrawn"}


def test_keys_that_are_there_stay_as_they_are(home: Home, backup: Path) -> None:
    home.keys_file.write_text(home.keys_file.read_text().replace('"filing": "', '"former": {}, "filing": "new-'))
    keys = home.keys_file.read_text()
    assert run("restore", backup, "--data", home.folder).exit_code == 0
    assert home.keys_file.read_text() == keys
    home.keys_file.write_text("{")
    assert run("restore", backup, "--data", home.folder).exit_code == 0
    assert home.keys_file.read_bytes() == (backup / "keys.json").read_bytes()


def test_a_damaged_backup_and_one_of_another_region_or_log_change_nothing(home: Home, backup: Path) -> None:
    later = stores.state(home)
    file = backup / "embedded" / "intake.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"x")
    assert "intake.sqlite is not the file that was written" in refusal("restore", backup, "--data", home.folder)
    file.unlink()
    assert "intake.sqlite is missing" in refusal("restore", backup, "--data", home.folder)
    file.write_bytes(content)
    (home.folder / "region").write_text("elsewhere")
    assert "holds the data of elsewhere" in refusal("restore", backup, "--data", home.folder)
    (home.folder / "region").write_text("tiny")
    secrets = home.store / "secrets.json"
    secrets.write_text(secrets.read_text().replace('"origin": "PeterNeumann"', '"origin": "another"'))
    assert "The backup is of the log PeterNeumann" in refusal("restore", backup, "--data", home.folder)
    assert stores.state(home) == later


def test_nothing_is_restored_under_a_server_that_runs(home: Home, backup: Path) -> None:
    with home.held():
        assert "Another Pendapa" in refusal("restore", backup, "--data", home.folder)


def test_a_release_that_is_not_whole_is_told_and_the_rest_is_kept(home: Home, tmp_path: Path) -> None:
    number = stores.cut_release(home, keep=2)
    of = home.store / "files" / folder(number)
    (of / "checkpoint").write_text("changed")
    (of / "leaves.bin").unlink()
    answer = run("backup", tmp_path / "backup", "--data", home.folder)
    assert answer.exit_code == 0
    assert "release 1: leaves.bin is missing, checkpoint is damaged" in answer.output
    contents.read(tmp_path / "backup")


def test_a_backup_that_is_killed_at_any_moment_leaves_none_or_a_whole_one(home: Home, tmp_path: Path) -> None:
    stores.cut_release(home, keep=2)
    step, left = 1, []
    while stores.killed_at(step, lambda: back_up(home, tmp_path / "backup")):
        left.append((tmp_path / "backup").exists())
        if left[-1]:
            contents.read(tmp_path / "backup")
            shutil.rmtree(tmp_path / "backup")
        step += 1
    assert stores.state(Home(tmp_path / "backup", "embedded")) == stores.state(home)
    assert step > 20
    assert set(os.listdir(tmp_path)) == {"var", "backup"}


@pytest.mark.parametrize("there", [True, False], ids=["over the stores that are there", "in an empty folder"])
def test_a_restore_that_is_killed_at_any_moment_can_be_run_again(
    home: Home, backup: Path, tmp_path: Path, there: bool
) -> None:
    before = stores.state(home)
    copy = tmp_path / "copy"
    shutil.copytree(home.folder, copy)
    step, halves = 1, 0
    while True:
        shutil.rmtree(home.folder)
        if there:
            shutil.copytree(copy, home.folder)
        killed = stores.killed_at(step, lambda: restore(backup, home.folder, Wanted()))
        if not killed:
            break
        if (home.folder / RESTORING).exists():
            halves += 1
            with pytest.raises(Fault, match="stopped half-way"), home.held():
                pass
        elif home.store.exists() and stores.state(home).marks != (1, 1, 1, 1):
            assert stores.state(home) == before
        restore(backup, home.folder, Wanted())
        assert stores.state(home).marks == (1, 1, 1, 1)
        assert (home.folder / "embedded.before-1").exists() is there
        assert not (home.folder / "restored.part").exists()
        if there:
            aside = Home(home.folder / "embedded.before-1", "")
            assert stores.state(aside) == before
        step += 1
    assert step > 40
    assert halves > 10
