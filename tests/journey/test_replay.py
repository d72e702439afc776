"""A service that lost events gets them again, on a running system and on an older copy of its database."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import randbelow
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from kit import waiting
from kit.db import open_engine, snapshot, transaction
from tests.journey.system import ROOT, TAPELAN, System, running


def replay(system: System, service: str) -> int:
    """Run the command; how many events it queued."""
    command = [sys.executable, "-m", "pendapa.main", "replay", service, "--data", str(system.data)]
    command += ["--footing", system.footing]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    return int(done.stdout.rpartition(":")[2])


def test_the_standings_that_intake_lost_come_back_while_the_system_runs(system: System) -> None:
    replies = [system.sms(f"{TAPELAN} {word}", id=f"lost-{uuid4()}") for word in ("satu", "dua", "tiga")]
    for reply in replies:
        system.public(system.report_of(reply), "disposed")
    codes = [system.code_of(reply) for reply in replies]
    replies_before = {code: system.until(partial(reply_of, system, code), 30, "known to intake") for code in codes}
    engine = open_engine(system.databases()["intake"])
    with transaction(engine) as session:
        for table in ("standing", "inbox", "taken"):
            session.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    assert [reply_of(system, code) for code in codes] == ["", "", ""]
    assert replay(system, "intake") >= 6
    system.until(
        lambda: {code: reply_of(system, code) for code in codes} == replies_before, 30, "known to intake again"
    )
    system.until(lambda: replay(system, "intake") == 0, 30, "intake has everything")
    assert system.parked() == 0


def reply_of(system: System, code: str) -> str:
    """The reply to CEK if it names an agency, else an empty text."""
    # From one phone, the same question gets the same answer only some times in an hour.
    reply = system.sms(f"CEK {code}", id=f"cek-{uuid4()}", sender=f"+62811{randbelow(10**6):06d}")
    return reply if "Dinas" in reply else ""


def test_publish_catches_up_from_an_older_copy_and_shows_no_report_that_was_hidden_since(tmp_path: Path) -> None:
    with running("embedded", ROOT / "tests/regions/tiny") as system:
        report, hidden = (file(system) for _ in range(2))
        for each in (report, hidden):
            system.public(each, "disposed")
        system.end()
        for part in parts(system):
            shutil.copy(part, tmp_path)
        system.start()
        agency = system.bearer("agency", system.public(report)["agency"])
        assert system.act(report, "close", agency, closure="done").is_success
        late = file(system)
        system.public(late, "disposed")
        for each in (hidden, late):
            assert system.act(each, "hide", system.bearer("official"), reason="memuat data pribadi").is_success
        system.until(lambda: gone(system, late) and gone(system, hidden), 30, "hidden")
        whole = system.public(report, "closed")
        system.end()
        for part in parts(system):
            part.unlink()
        for part in tmp_path.glob("publish.sqlite*"):
            shutil.copy(part, store(system).parent)

        assert replay(system, "publish") == 5  # closed; opened, disposed, and two hidings
        system.start()
        caught_up = system.public(report, "closed")
        system.until(lambda: gone(system, late) and gone(system, hidden), 30, "hidden again")
        assert [fact["what"] for fact in caught_up["history"]] == [fact["what"] for fact in whole["history"]]
        assert replay(system, "publish") == 0
        system.until(lambda: aside(system) == (0, 0), 30, "nothing waits")
        assert system.http.get("/readyz").text == "ok\n"


def file(system: System) -> str:
    body = {"text": "Jalan rusak di Sukorejo", "received_at": datetime.now(UTC).isoformat()}
    answer = system.http.post("/v1/reports", json=body, headers=system.bearer("official"))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def store(system: System) -> Path:
    return system.data / "embedded" / "publish.sqlite"


def parts(system: System) -> list[Path]:
    """The database's file and its write-ahead log, which has the rows that the file lacks."""
    return [path for path in store(system).parent.glob("publish.sqlite*") if path.suffix != ".lock"]


def gone(system: System, report: str) -> bool:
    return bool(system.http.get(f"/v1/reports/{report}").status_code == 410)


def aside(system: System) -> tuple[int, int]:
    """How many events wait in publish, and how many records are parked in all services."""
    engine: Any = open_engine(f"sqlite:///{store(system)}")
    with snapshot(engine) as session:
        count = waiting.count(session)
    engine.dispose()
    return count, system.parked()
