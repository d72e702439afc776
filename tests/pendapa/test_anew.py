"""A log that was lost ends, and a new one begins with all that is public, by an operator's act alone."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.region import Region
from kit import migrate
from kit.db import open_engine
from pendapa.home import Home
from pendapa.main import app
from pendapa.plan import SERVICES
from services.publish.log.checkpoint import read_signer
from tests.publish import releasing


@pytest.fixture
def home(tmp_path: Path, tiny: Region) -> Home:
    home = Home(tmp_path / "var", "embedded")
    with home.held():
        home.prepare(tiny)
    for service in SERVICES:
        migrate.upgrade(f"sqlite:///{home.store / service}.sqlite", service)
    engine = open_engine(f"sqlite:///{home.store / 'publish.sqlite'}")
    releasing.fill(engine, 3)
    engine.dispose()
    return home


def test_a_new_log_has_a_new_origin_and_key_and_the_old_one_is_kept(home: Home) -> None:
    before, rows = home.secrets(), (home.store / "publish.sqlite").stat().st_size
    answer = CliRunner().invoke(app, ["log", "begin-anew", "--data", str(home.folder), "--yes"])
    assert answer.exit_code == 0, answer.output
    after = home.secrets()
    assert after.origin == f"{before.origin}/2"
    assert read_signer(after.log_key).name == after.origin
    assert str(read_signer(after.log_key).verifier) in answer.output.replace("\n", "")
    assert after.gateway_secret == before.gateway_secret
    assert before.log_key in (home.store / "secrets.before-2.json").read_text()
    assert os.stat(home.store / "secrets.before-2.json").st_mode & 0o777 == 0o600
    assert (home.store / "publish.before-2.sqlite").stat().st_size >= rows
    home.check_whole(["publish.sqlite"])


def test_nothing_begins_anew_without_the_word_of_the_operator(home: Home) -> None:
    before = home.secrets()
    answer = CliRunner().invoke(app, ["log", "begin-anew", "--data", str(home.folder)])
    assert answer.exit_code != 0
    assert home.secrets() == before


def test_nothing_begins_anew_under_a_server_that_runs(home: Home) -> None:
    before = home.secrets()
    with home.held():
        answer = CliRunner().invoke(app, ["log", "begin-anew", "--data", str(home.folder), "--yes"])
    assert answer.exit_code != 0
    assert home.secrets() == before
