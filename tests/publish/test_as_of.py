"""Who asks for what was updated since an answer's `as_of` misses nothing, however late it comes."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from random import Random
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from contracts.events import CaseAcknowledged
from services.publish import handlers
from services.publish.log.as_of import LAG
from tests.publish.conftest import NOW, Desk, opened

MINUTES = count(1)


class Poller:
    """Keeps a copy by asking for what was updated, page by page."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.copy: dict[str, str] = {}
        self.as_of: str | None = None

    def pages(self) -> Iterator[None]:
        """One walk, which may be left between any two pages; the naive way, with the `as_of` of whichever page."""
        since = f"&updated_from={self.as_of}" if self.as_of else ""
        following: str | None = f"/v1/reports?limit=2{since}"
        while following:
            page = self._client.get(following).json()
            self.copy |= {each["id"]: each["updated_at"] for each in page["reports"]}
            following = page["next"]
            yield
        self.as_of = page["as_of"]

    def walk(self) -> None:
        for _ in self.pages():
            pass


class Writer:
    """Publishes changes of reports of its own, some of which come late."""

    def __init__(self, desk: Desk, random: Random) -> None:
        self._desk, self._random, self._reports = desk, random, list[UUID]()

    def write(self) -> None:
        now = NOW + timedelta(minutes=next(MINUTES))
        at = now - timedelta(minutes=self._random.choice((0, 0, 1, 5, 500)))
        if self._reports and self._random.random() < 0.7:
            report = self._random.choice(self._reports)
            self._desk.publish(CaseAcknowledged(time=at, subject=report, agency="dpu"), now=now)
            return
        event = opened(time=at, received_at=NOW - timedelta(minutes=self._random.randrange(1000)))
        self._reports.append(event.subject)
        self._desk.publish(event, now=now)


def all_reports(client: TestClient) -> dict[str, str]:
    return {each["id"]: each["updated_at"] for each in client.get("/v1/reports?limit=1000").json()["reports"]}


@pytest.mark.parametrize("seed", range(4))
def test_a_poller_misses_nothing_that_is_written_between_its_pages(desk: Desk, client: TestClient, seed: int) -> None:
    random = Random(seed)
    writer, poller = Writer(desk, random), Poller(client)
    for _ in range(4):
        for _ in poller.pages():
            for _ in range(random.randrange(3)):
                writer.write()
    poller.walk()
    assert poller.copy == all_reports(client)


def test_a_poller_misses_nothing_of_writers_that_commit_in_another_order(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, pause = handlers._load, threading.Event()

    def slow(*given: object) -> object:
        loaded = load(*given)  # type: ignore[arg-type]
        pause.wait(0.003)
        return loaded

    monkeypatch.setattr(handlers, "_load", slow)
    poller = Poller(client)
    writers = [Writer(desk, Random(seed)) for seed in range(3)]
    threads = [threading.Thread(target=lambda each=each: [each.write() for _ in range(15)]) for each in writers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        poller.walk()
    poller.walk()
    assert poller.copy == all_reports(client)
    assert len(poller.copy) > 3


def test_what_comes_late_was_updated_when_it_came_and_what_comes_soon_when_it_was_made(
    desk: Desk, client: TestClient
) -> None:
    desk.open()
    later = NOW + timedelta(hours=1)
    desk.publish(opened(), now=later)
    soon, late = opened(time=later - LAG), opened(time=later - LAG - timedelta(milliseconds=1))
    desk.publish(soon, late, now=later + timedelta(seconds=1))
    updated = all_reports(client)
    assert updated[str(soon.subject)] == "2026-11-24T05:59:00.000Z"
    assert updated[str(late.subject)] == "2026-11-24T06:00:01.000Z"


def test_each_list_says_how_far_it_is_whole(desk: Desk, client: TestClient) -> None:
    nothing = {"as_of": "1970-01-01T00:00:00.000Z", "epoch": None}
    assert client.get("/v1/reports").json() == {"reports": [], "next": None, **nothing}
    assert client.get("/open311/v2/requests.json").headers["x-as-of"] == nothing["as_of"]
    for _ in range(3):
        desk.open()
    first = client.get("/v1/reports?limit=1").json()
    assert first["as_of"] == "2026-11-24T04:59:00.000Z"
    assert client.get("/v1/changes").json()["as_of"] == first["as_of"]
    requests = client.get("/open311/v2/requests.json?page_size=1")
    assert requests.headers["x-as-of"] == first["as_of"]
    desk.publish(opened(), now=NOW + timedelta(hours=1))
    assert client.get("/v1/reports").json()["as_of"] == "2026-11-24T05:59:00.000Z"
    assert client.get(first["next"]).json()["as_of"] == first["as_of"]
    assert client.get(requests.links["next"]["url"]).headers["x-as-of"] == first["as_of"]


def test_the_record_is_never_said_to_be_less_whole_than_before(desk: Desk, client: TestClient) -> None:
    desk.publish(opened(), now=NOW + timedelta(days=1))
    before = client.get("/v1/reports").json()["as_of"]
    event = opened()
    desk.publish(event, now=NOW)  # the machine's clock was put back
    assert client.get("/v1/reports").json()["as_of"] == before
    assert client.get(f"/v1/reports/{event.subject}").json()["updated_at"] == before
