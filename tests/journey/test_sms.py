"""The way of one report: from a handset to the agency, the open record, the release and the log."""

import csv
import io
import re
from pathlib import Path

import pyarrow.parquet as pq
from typer.testing import CliRunner

from pendapa.main import app
from tests.journey.system import TAPELAN, System


def test_an_sms_becomes_open_data_and_is_answered(system: System, tmp_path: Path) -> None:
    reply = system.sms(TAPELAN, id="journey-1")
    report = system.report_of(reply)

    public = system.public(report, "disposed")
    assert (public["channel"], public["kind"], public["category"]) == ("sms", "complaint", "jalan-rusak")
    assert public["place"]["name"] == "Tapelan"
    agency = public["agency"]

    [json_request] = system.http.get(f"/open311/v2/requests/{report}.json").raise_for_status().json()
    assert (json_request["status"], json_request["service_code"]) == ("open", "jalan-rusak")
    assert report in system.http.get(f"/open311/v2/requests/{report}.xml").raise_for_status().text
    assert report in [row["id"] for row in system.all_reports(agency=agency, q="lubang")]

    officer = system.bearer("agency", agency)
    listed = system.http.get("/agency/v1/reports", headers=officer).raise_for_status().json()
    assert report in [row["id"] for row in listed["reports"]]
    assert system.act(report, "acknowledge", officer).is_success
    assert system.act(report, "respond", officer, text="Ditambal hari ini", acted=True).is_success
    assert system.act(report, "close", officer, closure="done").is_success
    closed = system.public(report, "closed")
    assert [fact["what"] for fact in closed["history"]][-3:] == ["acknowledged", "responded", "closed"]
    [json_request] = system.http.get(f"/open311/v2/requests/{report}.json").json()
    assert json_request["status"] == "closed"

    code = re.search(r"\b[2-9A-Z]{8}\b", reply)
    assert code
    system.until(
        lambda: "selesai" in system.sms(f"CEK {code[0]}", id=f"cek-{report}").casefold(), 30, "known to the resident"
    )

    release = system.release()
    folder = system.download(release, tmp_path / "release")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO((folder / "reports.csv").read_text("utf-8")))}
    assert rows[report]["status"] == "closed"
    table = pq.read_table(folder / "reports.parquet")
    assert len(rows) == release["rows"] == table.num_rows

    key = tmp_path / "log.key"
    key.write_text(system.http.get("/log/key").text)
    assert CliRunner().invoke(app, ["verify", str(folder), "--key", str(key)]).exit_code == 0
    changed_file = folder / "reports.csv"
    changed_file.write_bytes(changed_file.read_bytes().replace(b"Tapelan", b"Tapalan", 1))
    assert CliRunner().invoke(app, ["verify", str(folder), "--key", str(key)]).exit_code == 1


def test_a_resident_who_says_tidak_reopens_the_report(system: System) -> None:
    reply = system.sms("BJN lampu jalan mati di desa Ngumpakdalem kecamatan Dander sudah seminggu", id="reopen-1")
    report = system.report_of(reply)
    agency = system.public(report, "disposed")["agency"]
    officer = system.bearer("agency", agency)
    assert system.act(report, "close", officer, closure="explained", text="Menunggu suku cadang").is_success
    system.public(report, "closed")
    code = re.search(r"\b[2-9A-Z]{8}\b", reply)
    assert code
    other = system.sms(f"TIDAK {code[0]} masih gelap", id="reopen-2", sender="+62811000009")
    assert system.public(report)["status"] == "closed", f"a stranger reopened it: {other}"
    system.sms(f"TIDAK {code[0]} masih gelap", id="reopen-3")
    assert system.public(report, "reopened")["closure"] is None


def test_a_sensitive_report_shows_no_words_and_no_place(system: System) -> None:
    words = "BJN ada pungli di kantor desa Tapelan kecamatan Kapas, warga dimintai uang untuk mengurus surat"
    report = system.report_of(system.sms(words, id="sensitive-1"))
    official = system.bearer("official")
    system.until(lambda: system.http.get(f"/agency/v1/reports/{report}", headers=official).is_success, 30, "in routing")
    assert system.http.get(f"/v1/reports/{report}").status_code == 404
    assert system.act(report, "verify", official).is_success
    public = system.public(report)
    assert (public["text"], public["place"], public["lat"]) == (None, None, None)
    assert system.http.get("/v1/reports", params={"q": "pungli"}).json()["reports"] == []


def test_a_hidden_report_leaves_every_face(system: System) -> None:
    report = system.report_of(system.sms("BJN sampah menumpuk di pasar kecamatan Kalitidu bau sekali", id="hide-1"))
    public = system.public(report)
    assert system.act(report, "hide", system.bearer("official"), reason="memuat data pribadi").is_success
    system.until(lambda: system.http.get(f"/v1/reports/{report}").status_code == 410, 30, "gone")
    assert report not in [row["id"] for row in system.all_reports(category=public["category"])]
    assert system.http.get(f"/open311/v2/requests/{report}.json").status_code == 404


def test_an_agency_sees_nobody_elses_reports(system: System) -> None:
    report = system.report_of(system.sms("BJN banjir di desa Kanor kecamatan Kanor air masuk rumah", id="other-1"))
    mine = system.public(report, "disposed")["agency"]
    other = next(agency for agency in system.keys["agencies"] if agency != mine)
    stranger = system.bearer("agency", other)
    assert system.http.get(f"/agency/v1/reports/{report}", headers=stranger).status_code == 404
    assert system.act(report, "acknowledge", stranger).status_code == 404
    assert system.act(report, "acknowledge", {"authorization": "Bearer wrong"}).status_code == 401
    assert system.act(report, "acknowledge", {}).status_code == 401


def test_the_pieces_of_a_long_sms_are_one_public_report(system: System) -> None:
    words = f"{TAPELAN}, sudah tiga orang jatuh di depan balai desa, mohon segera diperbaiki "
    words += "karena anak sekolah lewat di sana setiap pagi dan sore hari"
    replies = [
        system.sms(piece, id=f"piece-{piece[:9]}", sender="+62811000031") for piece in (words[:153], words[153:])
    ]
    assert len({system.code_of(reply) for reply in replies}) == 1
    assert system.public(system.report_of(replies[0]))["text"] == words.removeprefix("BJN ")


def test_the_same_words_four_times_are_one_public_report(system: System) -> None:
    words = "BJN Sampah menumpuk di pasar desa Sukorejo kecamatan Bojonegoro, baunya empat kali lipat"
    replies = [system.sms(words, id=f"four-{number}", sender="+62811000032") for number in range(4)]
    assert len({system.code_of(reply) for reply in replies}) == 1
    system.public(system.report_of(replies[0]))
    assert len(list(system.all_reports(q="lipat"))) == 1
