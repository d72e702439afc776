"""`pendapa check`: one line for each fault, of whatever kind, and none for what is right."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.region import Region
from kit import clock, gaps, parked
from kit.bus import BusRecord, Gap
from kit.db import open_engine, transaction
from kit.waiting import WAITING
from pendapa.home import Home
from pendapa.main import app
from services.publish.releases.numbers import folder
from tests.pendapa import stores
from tests.pendapa.conftest import TINY
from tests.publish.conftest import Desk


@pytest.fixture
def home(tmp_path: Path, tiny: Region) -> Home:
    home = stores.make(tmp_path / "var", tiny, reports=0)
    home.secret_files()
    return home


@pytest.fixture
def released(home: Home, tiny: Region) -> Home:
    """With two public reports, which routing knows nothing of, and a release."""

    def publish(engine: object) -> None:
        desk = Desk(engine, tiny)  # type: ignore[arg-type]
        desk.signer = stores.signer(home)
        desk.open()
        desk.open()

    stores.work(home, publish)
    stores.cut_release(home)
    return home


def faults(home: Home) -> list[str]:
    """The lines that the command prints."""
    answer = CliRunner().invoke(app, ["check", "--data", str(home.folder), "--region", str(TINY)])
    lines = answer.output.splitlines()
    if answer.exit_code == 0:
        assert len(lines) == 1
        assert lines[0].startswith("No faults")
        return []
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert answer.exit_code == 1
    return lines


def test_a_server_that_is_right_has_no_fault_whether_it_runs_or_not(home: Home) -> None:
    assert faults(home) == []
    with home.held():
        assert faults(home) == []


def test_a_check_changes_nothing(released: Home) -> None:
    def content() -> dict[str, bytes]:
        files = [file for file in released.folder.rglob("*") if file.is_file()]
        return {str(file): file.read_bytes() for file in files if not file.name.endswith(("-shm", "-wal"))}

    before = content()
    faults(released)
    assert content() == before


def test_a_report_that_the_service_before_lacks_is_told(released: Home) -> None:
    [fault] = faults(released)
    assert fault.startswith("routing lacks 2 reports that publish has, the first is ")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda home: (home.store / "secrets.json").chmod(0o644), "secrets.json can be read by others than its owner"),
        (lambda home: home.keys_file.unlink(), "keys.json is not there"),
        (lambda home: home.keys_file.write_text("{"), "keys.json is not what Pendapa wrote"),
        (lambda home: _change(home.keys_file, "filing", "other"), "the gateway does not know the key of filing"),
        (lambda home: _change(home.store / "secrets.json", "origin", "other"), "has the key of another log than other"),
        (lambda home: (home.folder / "restoring").touch(), "was stopped half-way"),
        (lambda home: (home.folder / "region").write_text("elsewhere"), "holds the data of elsewhere"),
        (lambda home: (home.store / "intake.sqlite").unlink(), "intake.sqlite is not there"),
        (lambda home: (home.store / "bus.sqlite").write_text("none" * 2000), "bus.sqlite cannot be read"),
        (lambda home: _sql(home, "routing", "UPDATE alembic_version SET version_num = '0001'"), "migrations up to 0"),
        (lambda home: _sql(home, "intake", "DROP TABLE alembic_version"), "intake: the database has no tables"),
        (lambda home: _sql(home, "intake", "INSERT INTO contract VALUES ('9999')"), "that know its migration"),
        (lambda home: _sql(home, "publish", "UPDATE log_state SET checkpoint = 'x'"), "the log's checkpoint is"),
        (lambda home: shutil.rmtree(home.log_copy()), "has no copy of the log"),
        (lambda home: _cut_off(next(home.log_copy().rglob("leaves.bin"))), "other commitments than its checkpoint"),
        (lambda home: (_release(home) / "reports.csv").unlink(), "reports.csv of release 1 is missing"),
        (lambda home: (_release(home) / "reports.csv").write_text("x"), "reports.csv of release 1 has 1 bytes"),
        (lambda home: _flip(_release(home) / "reports.csv"), "reports.csv of release 1 is damaged"),
        (lambda home: _withdraw(home), "release 1 was withdrawn, and"),
        (lambda home: _sql(home, "publish", "UPDATE release SET files = x'5b5d'"), "has another manifest.json"),
    ],
)  # fmt: skip
def test_each_kind_of_damage_is_told_in_a_line(released: Home, damage: Callable[[Home], object], told: str) -> None:
    damage(released)
    assert any(told in fault for fault in faults(released)), faults(released)


def test_a_log_behind_its_copy_is_told(released: Home) -> None:
    before = released.folder / "before.sqlite"
    shutil.copy(released.store / "publish.sqlite", before)
    stores.publish(released, 9)
    before.replace(released.store / "publish.sqlite")
    assert any("publish signs nothing" in fault for fault in faults(released))


def test_what_waits_for_a_person_is_told(home: Home) -> None:
    now = clock.now()
    engine = open_engine(f"sqlite:///{home.store / 'routing.sqlite'}")
    with transaction(engine) as session:
        record = BusRecord("reports", 3, 14, b"key", (), b"\xff")
        parked.park(session, record, "no\nCloudEvent", now)
        parked.park(session, record._replace(offset=15), "KeyError", now, event="e", report="r")
        gaps.note(session, Gap("reports", 1, 5, 9), now)
        row = {
            "report": "r",
            "topic": "reports",
            "partition": 1,
            "headers": b"",
            "key": b"",
            "value": b"",
            "handled": False,
        }
        for number, (reason, age) in enumerate([("just now", 0), ("of a later version", 3600)]):
            kept = {"id": str(number), "offset": number, "reason": reason, "kept_at": now - timedelta(seconds=age)}
            session.execute(WAITING.insert().values(**row, **kept))
    engine.dispose()
    assert faults(home) == [
        f"routing has parked record 1 (reports/3@14, unreadable, since {now:%Y-%m-%d}): no CloudEvent",
        f"routing has parked record 2 (reports/3@15, of report r, since {now:%Y-%m-%d}): KeyError",
        "routing never had the records reports/1 from 5 to 8, which the bus deleted: pendapa replay routing",
        "routing keeps events waiting: of a later version",
    ]


def test_a_folder_without_a_server_is_told(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["check", "--data", str(tmp_path), "--region", str(TINY)])
    assert answer.exit_code == 1
    assert "intake.sqlite is not there" in answer.output.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def _change(file: Path, name: str, value: str) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))


def _sql(home: Home, service: str, sql: str) -> None:
    with closing(sqlite3.connect(home.store / f"{service}.sqlite")) as store, store:
        store.execute(sql)


def _cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-32])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _release(home: Home) -> Path:
    return home.store / "files" / folder(1)


def _withdraw(home: Home) -> None:
    _sql(home, "publish", "UPDATE release SET withdrawn_at = 1, reason = 'x', removed = 1")
