"""What an agency did wrong it mends itself, and everyone reads what is right: a close, an answer, a transfer."""

from pathlib import Path

from typer.testing import CliRunner

from pendapa.main import app
from tests.journey.system import TAPELAN, System


def test_a_wrong_close_a_private_answer_and_a_wrong_transfer_are_mended(system: System, tmp_path: Path) -> None:
    report = system.report_of(system.sms(TAPELAN, id="mended", sender="+62811000007"))
    agency = str(system.public(report, "disposed")["agency"])
    officer, official = system.bearer("agency", agency), system.bearer("official")
    other = next(id for id in system.keys["agencies"] if id.startswith("din") and id != agency)

    assert system.act(report, "respond", officer, text="Rumah Siti kami datangi", acted=True, reviewed=True).is_success
    assert system.act(report, "close", officer, closure="done").is_success
    system.public(report, "closed")
    system.release()
    assert system.act(report, "reopen", officer, reason="salah tutup").is_success
    assert system.public(report, "reopened")["history"][-1]["by"] == "agency"

    done = system.act(report, "correct", officer, answer=1, text="Rumah pelapor kami datangi", privacy=True)
    assert [each["answer"] for each in done.json()["history"] if each["answer"]] == [1, 1]
    system.until(lambda: system.public(report)["history"][-1]["what"] == "corrected", 30, "corrected")
    [request] = system.http.get(f"/open311/v2/requests/{report}.json").json()
    assert request["status_notes"] == "Rumah pelapor kami datangi"
    for path in (f"/v1/reports/{report}", "/v1/changes?limit=1000", f"/v1/reports/{report}/proof"):
        assert "Siti" not in system.http.get(path).text

    assert system.act(report, "transfer", officer, agency=other, reason="bukan kami").is_success
    assert system.act(report, "refuse", system.bearer("agency", other), reason="bukan kami juga").is_success
    assert system.http.get(f"/agency/v1/reports/{report}", headers=officer).json()["status"] == "verified"
    assert system.act(report, "dispose", official, agency=agency, reason="jalan kabupaten").is_success
    end = ["transferred", "refused", "disposed"]
    system.until(lambda: [step["what"] for step in system.public(report)["history"]][-3:] == end, 30, "disposed again")

    folder, key = system.download(system.release(), tmp_path / "release"), tmp_path / "log.key"
    key.write_text(system.http.get("/log/key").text)
    result = CliRunner().invoke(app, ["verify", str(folder), "--key", str(key)])
    assert result.exit_code == 0, result.output
    assert b"Siti" not in (folder / "history.csv").read_bytes()
    assert system.parked() == 0
