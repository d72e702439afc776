"""Residents report one matter: an official merges their reports, and all of them hear of the answer."""

from functools import partial
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from pendapa.main import app
from tests.journey.system import TAPELAN, System

PHONES = [f"+628110000{n}" for n in (71, 72, 73)]
SECRET = "BJN Dana perbaikan jalan desa Tapelan kecamatan Kapas dipungli, saya takut"


def test_every_reporter_of_a_merged_report_hears_of_the_answer(system: System, tmp_path: Path) -> None:
    official = system.bearer("official")

    def of_routing(report: str) -> Any:
        answer = system.http.get(f"/agency/v1/reports/{report}", headers=official)
        return answer.is_success and answer.json()

    def is_answered(code: str) -> bool:
        return bool(system.http.get(f"/v1/codes/{code}").json()["status"] == "responded")

    texts = (f"{TAPELAN} dekat balai", f"{TAPELAN} di balai desa", SECRET)
    replies = [system.sms(text, id=f"merged-{PHONES[n]}", sender=PHONES[n]) for n, text in enumerate(texts)]
    main, report, held = (system.report_of(reply) for reply in replies)
    for each in (main, report):
        system.opened(each)
    assert system.until(lambda: of_routing(held), 60, "read")["status"] == "held"
    assert main in [each["id"] for each in of_routing(report)["duplicates"]]

    for each in (report, held):
        assert system.act(each, "merge", official, into=main, reason="lubang yang sama").is_success
    assert system.public(report, "closed")["duplicate_of"] == main
    system.until(lambda: system.public(main)["reported_by"] == 2, 30, "counted")
    officer = system.bearer("agency", str(system.public(main)["agency"]))
    assert system.act(main, "respond", officer, text="Ditambal hari ini", acted=True).is_success
    for n, code in enumerate(map(system.code_of, replies)):
        system.until(partial(is_answered, code), 30, "told")
        assert "dijawab" in system.sms(f"CEK {code}", id=f"cek-{code}", sender=PHONES[n])
    assert system.http.get(f"/v1/reports/{held}").status_code == 404
    assert held not in system.http.get("/v1/changes?limit=1000").text

    assert system.act(report, "split", official, reason="lubang lain").is_success
    assert system.public(report, "reopened")["duplicate_of"] is None
    system.until(lambda: system.public(main)["reported_by"] == 1, 30, "counted anew")
    folder, key = system.download(system.release(), tmp_path / "release"), tmp_path / "log.key"
    key.write_text(system.http.get("/log/key").text)
    result = CliRunner().invoke(app, ["verify", str(folder), "--key", str(key)])
    assert result.exit_code == 0, result.output
    assert system.parked() == 0
