"""A message that is delivered several times is one report, and a restart loses nothing."""

from concurrent.futures import ThreadPoolExecutor

from tests.journey.system import System


def test_the_same_sms_twenty_times_at_once_is_one_report(system: System) -> None:
    def deliver(_: int) -> str:
        return system.sms("BJN jembatan desa Bendo kecamatan Kapas rusak, papan lepas", id="twenty")

    with ThreadPoolExecutor(20) as crowd:
        replies = set(crowd.map(deliver, range(20)))
    assert len(replies) == 1


def test_the_same_source_twice_is_the_same_report(system: System) -> None:
    body = {"text": "Pohon tumbang di jalan raya Padangan", "source": {"name": "test", "id": "1"}}
    answers = [system.http.post("/v1/reports", json=body, headers=system.bearer("filing")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()


def test_a_restart_keeps_everything(system: System) -> None:
    report = system.report_of(system.sms("BJN lampu jalan mati di desa Campurejo", id="restart-1"))
    system.public(report)
    before = [row["id"] for row in system.all_reports()]
    keys = system.keys
    assert system.end() == 0
    system.start()
    assert [row["id"] for row in system.all_reports()] == before
    assert system.keys == keys
