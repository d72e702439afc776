"""A report of danger is first in every queue; the first candidate's agency is told of it at once and may read it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.events import Elsewhere, ReportAmended, SenderKind
from contracts.region import Region, load_region
from kit.db import transaction
from services.routing import feed
from services.routing.rules import Rules
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, about, received
from tests.routing.test_queue import DAY, ids

DANGER = "tolong, kecelakaan barusan di jalan rusak desa Sumberarum Dander, korban tergeletak"
PRIVATE = "tolong, tetangga dipukuli suaminya sekarang, ada yang minta pungli"


@pytest.fixture(scope="module")
def region() -> Region:
    tiny = load_region(Path("tests/regions/tiny"))
    return tiny.model_copy(update={"signals": load_region(Path("regions/bojonegoro")).signals})


@pytest.fixture(scope="module")
def rules(region: Region) -> Rules:
    return Rules(region)


def happened(routing: Routing, who: str) -> list[tuple[str, str, str | None]]:
    with transaction(routing.engine) as session:
        feed.put_in_order(session, datetime.now(UTC))
    answer = routing.client.get("/agency/v1/events", headers=routing.key(who)).json()
    return [(each["type"], each["data"]["report"], each["data"]["agency"]) for each in answer["events"]]


def test_the_agency_and_the_officials_are_told_and_the_public_is_not(routing: Routing) -> None:
    report = routing.report(DANGER)
    assert happened(routing, "dpu") == [("report.urgent", report, None)]
    assert set(happened(routing, "official")) == {("report.held", report, None), ("report.urgent", report, None)}
    assert happened(routing, "dinkes") == []
    assert routing.facts(report) == []


def test_the_agency_that_was_told_may_read_and_not_act_until_an_official_decides(routing: Routing) -> None:
    report = routing.report(DANGER)
    seen = routing.ask("dpu", f"/{report}").json()
    assert (seen["urgent"], seen["status"], seen["reading"]) == (True, "held", None)
    assert [(each["what"], each["agency"]) for each in seen["history"]] == [("held", None), ("urgent", "dpu")]
    assert routing.do("dpu", report, "acknowledge").status_code == 409
    assert routing.ask("dinkes", f"/{report}").status_code == 404
    assert routing.do("official", report, "verify", agency="dinkes").status_code == 200
    assert routing.ask("dpu", f"/{report}").status_code == 404
    assert routing.ask("dinkes", f"/{report}").json()["urgent"]


def test_a_report_in_no_danger_or_brought_from_elsewhere_tells_nobody(routing: Routing) -> None:
    calm = routing.report(ROAD)
    old = routing.report(DANGER, official=True, elsewhere=Elsewhere(verified_at=NOW - 9 * DAY))
    assert not [each for each in happened(routing, "dpu") if each[0] == "report.urgent"]
    assert [routing.ask("official", f"/{each}").json()["urgent"] for each in (calm, old)] == [False, False]


def test_the_machine_never_opens_it_and_one_that_a_person_has_read_goes_to_its_agency(routing: Routing) -> None:
    report = routing.report(DANGER, official=True, reviewed=True, confidential=False, category="jalan-rusak")
    seen = routing.ask("official", f"/{report}").json()
    assert (seen["status"], seen["agency"], seen["urgent"]) == ("disposed", "dpu", True)
    assert set(happened(routing, "dpu")) == {("report.disposed", report, "dpu"), ("report.urgent", report, "dpu")}


@pytest.mark.parametrize("sort", ["received", "-received", "due", "-updated"])
@pytest.mark.parametrize("few", [0, 2000])
def test_it_is_first_in_every_order_and_pages_go_on_behind_it(
    routing: Routing, sort: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.routing.queue.FEW", few)
    routing.take(*(received(f"{UNSURE} nomor {n}", NOW - n * DAY) for n in range(5)))
    urgent = [routing.report(DANGER, at=NOW - 3 * DAY - timedelta(hours=n)) for n in range(3)]
    seen: list[str] = []
    url: str | None = f"/agency/v1/reports?sort={sort}&limit=2&channel=sms"
    while url:
        page = routing.client.get(url, headers=routing.key("official")).json()
        seen, url = seen + [each["id"] for each in page["reports"]], page["next"]
    assert seen[:3] == urgent
    assert len(set(seen)) == len(seen) == 8


def test_an_answered_one_is_among_the_others_and_the_filter_tells_them_apart(routing: Routing) -> None:
    report, other = routing.report(DANGER, at=NOW - DAY), routing.report(ROAD)
    assert ids(routing, "official", urgent="true") == [report]
    assert ids(routing, "official", urgent="false") == [other]
    routing.do("official", report, "verify", agency="dpu")
    assert ids(routing, "dpu") == [report, other]
    routing.do("dpu", report, "respond", text="Korban sudah dibawa ke rumah sakit", acted=True)
    assert ids(routing, "dpu") == [other, report]
    assert ids(routing, "official", urgent="true") == []


def test_words_added_later_can_tell_of_danger(routing: Routing) -> None:
    held, disposed = routing.report(UNSURE), routing.report(ROAD)
    routing.take(*(about(each, ReportAmended, text=DANGER) for each in (held, disposed)))
    assert routing.ask("official", f"/{held}").json()["urgent"]
    assert ("report.urgent", held, None) in happened(routing, "dpu")
    assert ("report.urgent", disposed, "dpu") in happened(routing, "dpu")
    routing.take(about(held, ReportAmended, text=DANGER))
    assert len([each for each in happened(routing, "dpu") if each[:2] == ("report.urgent", held)]) == 1


def test_a_sensitive_one_is_told_and_stays_confidential(routing: Routing) -> None:
    report = routing.report(PRIVATE)
    seen = routing.ask("official", f"/{report}").json()
    assert (seen["urgent"], seen["confidential"]) == (True, True)
    assert {"sensitive", "policy"} <= set(seen["held_because"])


def test_the_kind_of_sender_counts_as_evidence_of_spam(routing: Routing) -> None:
    offer = "Isi kuota internet lewat www.contoh.example"
    by_name = routing.report(offer, sender_kind=SenderKind.name)
    by_number = routing.report(offer, sender_kind=SenderKind.number)
    because = [routing.ask("official", f"/{each}").json()["held_because"] for each in (by_name, by_number)]
    assert ["spam" in each for each in because] == [True, False]
