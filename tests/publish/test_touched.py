"""An answer to a filter lives on while nothing in it changes, and never longer."""

import random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from contracts.events import AnyEvent, CaseHidden, CaseRejected, Place
from kit.db import transaction
from services.publish.log import epoch
from tests.publish.conftest import NOW, SUKOREJO, Desk, closed, disposed, opened

TUMBRASANOM = Place(code="35.22.11.2002", name="Tumbrasanom", kecamatan="Kedungadem")
LISTS = (
    "",
    "q=jalan",
    "agency=dpu",
    "agency=dinkes&status=open",
    "agency=dpu&status=closed,disposed",
    "category=kesehatan",
    "category=kesehatan,jalan-rusak&q=jalan",
    "status=closed",
    "place=35.22.14",
    "place=35.22.11.2002",
    "place=35.22.11,35.22.14.2003",
    "place=35.22.14&category=jalan-rusak&limit=2",
    "kind=complaint&agency=dpu",
)


class Reader:
    """Keeps the answers to some lists, and asks whether they are still good."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._kept: dict[str, tuple[str, object]] = {}

    def alive(self, query: str) -> bool:
        """Whether the kept answer lives on; if it does, it must be what is answered without it."""
        url = f"/v1/reports?{query}"
        fresh = self._client.get(url)
        tag, reports = self._kept.get(query, ("", None))
        again = self._client.get(url, headers={"if-none-match": tag})
        self._kept[query] = fresh.headers["etag"], fresh.json()["reports"]
        assert again.status_code in (200, 304)
        assert again.status_code == 200 or reports == fresh.json()["reports"], query
        return again.status_code == 304


@pytest.fixture
def reader(client: TestClient) -> Reader:
    return Reader(client)


def dies(reader: Reader, desk: Desk, *events: AnyEvent) -> set[str]:
    """The lists whose answers do not outlive these events."""
    for query in LISTS:
        reader.alive(query)
    desk.publish(*events)
    return {query for query in LISTS if not reader.alive(query)}


def test_a_change_touches_what_the_report_was_and_what_it_is(desk: Desk, reader: Reader) -> None:
    road, clinic = desk.open(), desk.open("Antri obat", category="kesehatan", place=TUMBRASANOM)
    desk.publish(disposed(road), disposed(clinic, "dinkes", category="kesehatan"))

    always = {"", "q=jalan", "place=35.22.11,35.22.14.2003"}
    of_both = {"category=kesehatan,jalan-rusak&q=jalan"}
    roads = {"agency=dpu", "agency=dpu&status=closed,disposed", "place=35.22.14", "kind=complaint&agency=dpu"}
    roads |= {"place=35.22.14&category=jalan-rusak&limit=2"}
    clinics = {"agency=dinkes&status=open", "category=kesehatan", "place=35.22.11.2002"}

    assert dies(reader, desk, closed(road)) == always | of_both | roads | {"status=closed"}
    assert dies(reader, desk, closed(clinic, agency="dinkes")) == always | of_both | clinics | {"status=closed"}
    hidden = CaseHidden(time=NOW, subject=clinic, reason="privat")
    assert dies(reader, desk, hidden) == always | of_both | (clinics - {"agency=dinkes&status=open"}) | {
        "status=closed"
    }


def test_what_changes_no_record_touches_no_filter(desk: Desk, reader: Reader) -> None:
    desk.publish(disposed(desk.open()))
    rejected = CaseRejected(time=NOW, subject=uuid4(), reason="spam", received_at=NOW)

    assert dies(reader, desk, rejected) == {"", "q=jalan", "place=35.22.11,35.22.14.2003"}


def _some_event(chance: random.Random, reports: list[UUID]) -> AnyEvent:
    report = chance.choice(reports)
    match chance.randrange(6):
        case 0 | 1:
            place, category = chance.choice((SUKOREJO, TUMBRASANOM, None)), chance.choice(("jalan-rusak", "kesehatan"))
            event = opened(place=place, category=category, text=chance.choice(("Jalan rusak", "Antri obat")))
            reports.append(event.subject)
            return event
        case 2 | 3:
            agency, category = chance.choice((("dpu", "jalan-rusak"), ("dinkes", "kesehatan")))
            return disposed(report, agency, category=category)
        case 4:
            return closed(report)
        case _:
            reports.remove(report)
            return CaseHidden(time=NOW, subject=report, reason="privat")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_no_answer_outlives_its_reports(desk: Desk, reader: Reader, seed: int) -> None:
    chance, reports = random.Random(seed), [desk.open() for _ in range(4)]
    lived = 0
    for _ in range(25):
        desk.publish(_some_event(chance, reports))
        lived += sum(reader.alive(query) for query in LISTS)

    assert lived > 25


def test_after_a_change_by_the_version_before_no_older_answer_lives_on(desk: Desk, reader: Reader) -> None:
    def change() -> None:
        desk.publish(opened(text="Antri obat", category="pungli"))

    def change_as_the_version_before_does() -> None:
        with transaction(desk.engine) as session:  # it notes nothing
            session.execute(text("UPDATE log_state SET version = version + 1"))

    desk.publish(disposed(desk.open()))
    for query in LISTS:
        reader.alive(query)
    change_as_the_version_before_does()
    assert not any(reader.alive(query) for query in LISTS)
    assert all(reader.alive(query) for query in LISTS)
    change()
    for query in LISTS:
        reader.alive(query)
    change()
    assert reader.alive("agency=dpu")
    change_as_the_version_before_does()
    change()
    assert not any(reader.alive(query) for query in LISTS)


def test_a_new_epoch_ends_all_answers(desk: Desk, reader: Reader) -> None:
    desk.publish(disposed(desk.open()))
    for query in LISTS:
        reader.alive(query)
    with transaction(desk.engine) as session:
        epoch.draw(session, NOW, desk.signer)

    assert not any(reader.alive(query) for query in LISTS)
