"""The worker as it runs: reports come off the bus, cases go onto it."""

import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.events import ATTRIBUTES, AnyEvent
from contracts.region import Region
from contracts.topics import TOPICS
from kit import migrate
from kit.bus import Message, open_bus
from kit.bus.cloudevents import decode, headers
from kit.db import transaction
from kit.watching import Ended
from services.routing import webhooks
from services.routing.settings import Settings
from services.routing.worker import create_worker
from tests.receiver import Receiver
from tests.routing.conftest import NOW, TINY, Routing, received


def test_a_report_on_the_bus_becomes_a_case_on_the_bus(database_url: str, tmp_path: Path, region: Region) -> None:
    migrate.upgrade(database_url, "routing")
    bus_url = f"sqlite:///{tmp_path / 'bus.sqlite'}"
    settings = Settings(
        database_url=SecretStr(database_url), bus_url=bus_url, region=TINY, gateway_secret=SecretStr("secret")
    )
    bus, stop = open_bus(bus_url), Ended()
    bus.ensure(TOPICS)
    event = received("Jalan rusak di desa Sumberarum Dander")
    attributes = headers(
        id=str(event.id), type=event.type, subject=str(event.subject), time=event.time, source="intake"
    )
    body = event.model_dump_json(exclude=set(ATTRIBUTES)).encode()
    bus.producer().send([Message("reports", str(event.subject).encode(), attributes, body)])
    service = create_worker(settings, region)
    worker = threading.Thread(target=service.run, args=(stop,))
    worker.start()
    try:
        consumer = bus.consumer("test", ["cases"])
        events: list[AnyEvent] = []
        until = time.monotonic() + 30
        while len(events) < 2 and time.monotonic() < until:
            events += [decode(record) for record in consumer.poll(0.2, 10)]
    finally:
        stop.set()
        worker.join()
        service.engine.dispose()
        consumer.close()
        bus.close()
    assert [fact.type for fact in events] == ["case.opened.v1", "case.disposed.v1"]
    assert all(fact.subject == event.subject for fact in events)


@pytest.mark.parametrize(
    ("private", "problem"), [(False, "its host has an address that is not public"), (True, "it answered 500")]
)
def test_events_are_brought_and_to_this_machine_only_if_the_settings_say_so(
    routing: Routing, database_url: str, tmp_path: Path, receiver: Receiver, private: bool, problem: str
) -> None:
    with transaction(routing.engine) as session:
        webhooks.put(session, "dpu", receiver.url.replace("127.0.0.1", "localhost"), None, NOW)
    routing.report("Jalan rusak di desa Sumberarum Dander")
    receiver.answers = [500]
    settings = Settings(
        database_url=SecretStr(database_url),
        bus_url=f"sqlite:///{tmp_path / 'bus.sqlite'}",
        region=TINY,
        gateway_secret=SecretStr("secret"),
        private_webhooks=private,
    )
    stop = Ended()
    service = create_worker(settings, routing.rules.region)
    worker = threading.Thread(target=service.run, args=(stop,))
    worker.start()
    until = time.monotonic() + 30
    shown = None
    while shown is None and time.monotonic() < until:
        time.sleep(0.05)
        shown = routing.client.get("/agency/v1/webhook", headers=routing.key("dpu")).json()["problem"]
    stop.set()
    for thread in [worker, *(each for each in threading.enumerate() if each.name == "courier")]:
        thread.join()
    service.engine.dispose()
    service.bus.close()
    assert shown == problem
    assert len(receiver.requests) == private
