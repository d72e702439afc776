"""What of an agency's words becomes public: offices' own numbers stay, and the history shows what is read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from standardwebhooks import Webhook as Signature

from contracts.events import Elsewhere, ReportAmended, ReportFeedback, ReportHidden, ResponseElsewhere
from contracts.region import Region
from contracts.region.contacts import OfficeContact
from kit.db import open_engine
from services.routing.app import create_app
from services.routing.rules import Rules
from services.routing.settings import Settings
from tests.receiver import Receiver
from tests.routing.conftest import NOW, ROAD, TINY, UNSURE, Routing, about
from tests.routing.office import Office

CONTACTS = (
    OfficeContact(agency="dpu", kind="phone", value="(0353) 881826", source="https://kecil.example"),
    OfficeContact(agency="dinkes", kind="email", value="dinkes@kecil.example", source="https://kecil.example"),
)


@pytest.fixture
def listed(database_url: str, region: Region, receiver: Receiver) -> Iterator[Routing]:
    """Routing of a region that lists its offices' numbers, whose webhooks may be on this machine."""
    with_contacts = region.model_copy(update={"contacts": CONTACTS})
    settings = Settings(
        database_url=SecretStr(database_url),
        bus_url="sqlite:///unused",
        region=TINY,
        gateway_secret=SecretStr("secret"),
        private_webhooks=True,
    )
    engine = open_engine(database_url)
    with TestClient(create_app(settings, with_contacts)) as client:
        yield Routing(engine, Rules(with_contacts), client)
    engine.dispose()


OWN = ("(0353) 881826", "0353-881.826", "+62 353 881826", "+62 (0)353881826", "telp 881826", "dinkes@kecil.example")


@pytest.mark.parametrize("own", OWN)
def test_an_offices_own_number_stays_in_every_writing_and_others_do_not(listed: Routing, own: str) -> None:
    report = listed.report(ROAD)
    words = f"Hubungi {own} atau Pak Budi 0811-222-3333"
    answer = listed.do("dpu", report, "respond", text=words, acted=False, reviewed=True).json()
    expected = f"Hubungi {own} atau Pak Budi [telepon]"
    assert answer["history"][-1]["public"] == {"text": expected, "reason": None}
    assert listed.facts(report)[-1]["text"] == expected


def test_a_residents_own_words_keep_no_number(listed: Routing) -> None:
    report = listed.report(f"{ROAD}, telp 0353 881826")
    assert "[telepon]" in listed.facts(report)[0]["text"]


def test_the_answer_to_an_act_shows_what_became_public(routing: Routing) -> None:
    report = routing.report(ROAD)
    reason = "Milik Bu Tini 0811000000"
    given = routing.do("dpu", report, "transfer", agency="dinkes", reason=reason, reviewed=True).json()
    assert given["history"][-1]["public"] == {"text": None, "reason": "Milik Bu Tini [telepon]"}
    closed = routing.do("dinkes", report, "close", closure="done", text="Selesai, hp 0811000000").json()
    assert closed["history"][-1]["public"] == {"text": "Selesai, hp [telepon]", "reason": None}
    hidden = routing.do("official", report, "hide", reason="x").json()
    assert [entry["public"] for entry in hidden["history"]] == [None] * len(hidden["history"]), "nothing is, now"


def test_of_a_withheld_report_no_words_become_public(routing: Routing) -> None:
    report = routing.report(ROAD, confidential=True)
    routing.do("official", report, "verify")
    answer = routing.do("dpu", report, "respond", text="Ya", acted=False).json()
    assert (answer["history"][-1]["text"], answer["history"][-1]["public"]) == ("Ya", None)


def test_words_with_a_dissatisfaction_are_an_amendment_of_their_own(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="done")
    routing.take(about(report, ReportFeedback, satisfied=False, text="masih berlubang, hp 0811000000"))
    assert routing.types(report)[-2:] == ["case.amended", "case.reopened"]
    assert routing.facts(report)[-2]["text"] == "masih berlubang, hp [telepon]"
    history = routing.ask("dpu", f"/{report}").json()["history"]
    assert [entry["what"] for entry in history][-3:] == ["unsatisfied", "amended", "reopened"]
    assert history[-2]["public"]["text"] == "masih berlubang, hp [telepon]"
    office = Office(routing)
    office.bring()
    listed = routing.client.get("/agency/v1/events", headers=routing.key("dpu")).json()["events"]
    assert [event["type"] for event in listed][-3:] == ["report.unsatisfied", "report.amended", "report.reopened"]


@pytest.mark.parametrize(
    ("first", "more", "words"),
    [
        (ROAD, {"confidential": True}, "di depan SDN"),
        (UNSURE, {}, "di depan SDN"),
        (ROAD, {}, "ada pungli di kantor desa"),
    ],
    ids=["withheld", "held", "sensitive"],
)
def test_added_words_that_a_person_must_see_first_are_not_public(
    routing: Routing, first: str, more: dict[str, bool], words: str
) -> None:
    report = routing.report(first, **more)
    if more:
        routing.do("official", report, "verify")
    routing.take(about(report, ReportAmended, text=words))
    # That words were added is public of a public report, as it moves the day on which silence closes it.
    told = [fact["text"] for fact in routing.facts(report) if fact["type"] == "case.amended.v1"]
    assert told == ([] if first == UNSURE else [None])
    last = routing.ask("official", f"/{report}").json()["history"][-1]
    assert (last["what"], last["text"], last["public"]) == ("amended", words, None)


def test_a_reporter_takes_a_public_report_out_of_view_and_its_agency_goes_on(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.take(about(report, ReportHidden), about(report, ReportHidden))
    assert routing.types(report)[2:] == ["case.hidden"]
    view = routing.do("dpu", report, "respond", text="Ya", acted=True).json()
    assert (view["hidden"], view["status"]) == (True, "responded")
    assert routing.facts(report)[-1]["text"] is None


def test_a_report_that_its_reporter_hides_before_it_is_public_is_withheld(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.take(about(report, ReportHidden))
    routing.do("official", report, "verify", category="jalan-rusak")
    opened = routing.facts(report)[0]
    assert (opened["type"], opened["confidential"], opened["text"]) == ("case.opened.v2", True, None)


def test_answers_of_history_come_in_order_and_each_of_its_own_agency(routing: Routing) -> None:
    at = NOW - timedelta(days=30)
    answers = [
        ResponseElsewhere(text="Kami cek", at=at, acted=False, agency="dinkes"),
        ResponseElsewhere(text="Ditambal", at=at + timedelta(days=1), acted=True),
    ]
    elsewhere = Elsewhere(response=answers[-1], responses=tuple(answers))
    report = routing.report(ROAD, at=at - timedelta(days=1), elsewhere=elsewhere)
    told = [fact for fact in routing.facts(report) if fact["type"] == "case.responded.v1"]
    assert [(fact["agency"], fact["text"]) for fact in told] == [("dinkes", "Kami cek"), ("dpu", "Ditambal")]


def test_a_ping_is_signed_and_counts_for_nothing(listed: Routing, receiver: Receiver) -> None:
    office = Office(listed)
    secret = office.set("dpu", receiver.url)
    before = office.shown()
    answer = office.ask("POST", "dpu", "/ping")
    assert answer.json() == {**answer.json(), "taken": True, "status": 204, "problem": None}
    (request,) = receiver.requests
    body = Signature(secret).verify(request.body, request.headers)
    assert (body["type"], body["data"], "cursor" in body) == ("webhook.ping", {"recipient": "dpu"}, False)
    assert body["id"] == answer.json()["id"] == request.headers["webhook-id"]
    receiver.answers = [500]
    refused = office.ask("POST", "dpu", "/ping").json()
    assert (refused["taken"], refused["status"], refused["problem"]) == (False, 500, "it answered 500")
    assert office.shown() == before
    assert listed.client.get("/agency/v1/events", headers=listed.key("dpu")).json()["events"] == []


def test_a_ping_reaches_no_address_of_our_own_network(routing: Routing, receiver: Receiver) -> None:
    office = Office(routing)
    office.set("dpu", receiver.url)
    answer = office.ask("POST", "dpu", "/ping").json()
    assert (answer["taken"], answer["status"]) == (False, None)
    assert answer["problem"] == "its host has an address that is not public"
    assert receiver.requests == []


def test_a_ping_needs_a_webhook_and_its_owner(routing: Routing) -> None:
    office = Office(routing)
    assert office.ask("POST", "dpu", "/ping").json()["type"] == "/problems/no-webhook"
    assert office.ask("POST", "filing", "/ping").status_code == 403
    assert office.ask("POST", "anonymous", "/ping").status_code == 401


ACTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dpu", "respond", {"text": "Rumah Bu Tini sudah kami datangi", "acted": True}),
    ("dpu", "close", {"closure": "done", "text": "Rumah Bu Tini sudah kami datangi"}),
    ("dpu", "transfer", {"agency": "dinkes", "reason": "Rumah Bu Tini sudah kami datangi"}),
    ("official", "dispose", {"agency": "dinkes", "reason": "Rumah Bu Tini sudah kami datangi"}),
)


@pytest.mark.parametrize(("role", "act", "body"), ACTS, ids=[act for _, act, _ in ACTS])
def test_a_suspected_name_comes_back_to_its_author_once(
    routing: Routing, role: str, act: str, body: dict[str, Any]
) -> None:
    report = routing.report(ROAD)
    back = routing.do(role, report, act, **body)
    assert (back.status_code, back.json()["type"]) == (422, "/problems/personal-data")
    [told] = back.json()["suspected"]
    words = body[told["pointer"].removeprefix("/")]
    assert (told["what"], words[told["start"] : told["end"]]) == ("name", "Tini")
    facts = routing.facts(report)
    assert [fact["type"] for fact in facts] == ["case.opened.v1", "case.disposed.v1"], "nothing was done"
    assert routing.do(role, report, act, **body, reviewed=True).status_code == 200
    assert "Bu Tini" in str(routing.facts(report)[2:])


def test_what_is_certain_is_masked_though_the_author_reviewed_it(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "respond", text="KIS a.n. Siti Aminah aktif", acted=True, reviewed=True)
    assert routing.facts(report)[-1]["text"] == "KIS a.n. [nama] aktif"


def test_words_of_a_withheld_report_are_not_asked_about(routing: Routing) -> None:
    report = routing.report(ROAD, confidential=True)
    assert routing.do("dpu", report, "respond", text="Rumah Bu Tini", acted=True).status_code == 200
