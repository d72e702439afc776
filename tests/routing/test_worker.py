"""The worker as it runs: reports come off the bus, cases go onto it."""

import threading
import time
from pathlib import Path

from pydantic import SecretStr

from contracts.events import ATTRIBUTES, AnyEvent
from contracts.region import Region
from contracts.topics import TOPICS
from kit import migrate
from kit.bus import Message, open_bus
from kit.bus.cloudevents import decode, headers
from services.routing.settings import Settings
from services.routing.worker import create_worker
from tests.routing.conftest import TINY, received


def test_a_report_on_the_bus_becomes_a_case_on_the_bus(database_url: str, tmp_path: Path, region: Region) -> None:
    migrate.upgrade(database_url, "routing")
    bus_url = f"sqlite:///{tmp_path / 'bus.sqlite'}"
    settings = Settings(
        database_url=SecretStr(database_url), bus_url=bus_url, region=TINY, gateway_secret=SecretStr("secret")
    )
    bus, stop = open_bus(bus_url), threading.Event()
    bus.ensure(TOPICS)
    event = received("Jalan rusak di desa Sumberarum Dander")
    attributes = headers(
        id=str(event.id), type=event.type, subject=str(event.subject), time=event.time, source="intake"
    )
    body = event.model_dump_json(exclude=set(ATTRIBUTES)).encode()
    bus.producer().send([Message("reports", str(event.subject).encode(), attributes, body)])
    worker = threading.Thread(target=create_worker(settings, region).run, args=(stop,))
    worker.start()
    try:
        consumer = bus.consumer("test", ["cases"])
        found: list[AnyEvent] = []
        until = time.monotonic() + 30
        while len(found) < 2 and time.monotonic() < until:
            found += [decode(record) for record in consumer.poll(0.2, 10)]
    finally:
        stop.set()
        worker.join()
        consumer.close()
        bus.close()
    assert [fact.type for fact in found] == ["case.opened.v1", "case.disposed.v1"]
    assert all(fact.subject == event.subject for fact in found)
