"""Publish's worker: events go in at the bus and come out on the public faces."""

import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from contracts.region import Region
from contracts.topics import TOPICS
from kit import migrate
from kit.bus import Message, open_bus
from kit.bus.cloudevents import headers
from kit.watching import Ended
from services.publish.app import create_app
from services.publish.settings import Settings
from services.publish.worker import create_worker
from tests.publish.conftest import KEY, TINY, opened


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_event_on_the_bus_becomes_a_public_report(database_url: str, tmp_path: Path, region: Region) -> None:
    settings = Settings(
        database_url=SecretStr(database_url),
        bus_url=f"sqlite:///{tmp_path / 'bus.sqlite'}",
        region=TINY,
        gateway_secret=SecretStr("secret"),
        files_url=f"file://{tmp_path / 'files'}",
        log_key=SecretStr(KEY),
        origin="pendapa.example/tiny",
    )
    migrate.upgrade(database_url, "publish")
    bus = open_bus(settings.bus_url)
    bus.ensure(TOPICS)
    event = opened()
    attributes = headers(id=str(event.id), type=event.type, subject=str(event.subject), time=event.time, source="test")
    body = event.model_dump_json(exclude={"id", "type", "subject", "time"}).encode()
    bus.producer().send([Message("cases", str(event.subject).encode(), attributes, body)])
    stop = Ended()
    running = threading.Thread(target=create_worker(settings, region).run, args=(stop,))
    running.start()
    try:
        with TestClient(create_app(settings, region)) as client:
            end = time.monotonic() + 30
            while client.get(f"/v1/reports/{event.subject}").status_code != 200 and time.monotonic() < end:
                time.sleep(0.02)
            assert client.get(f"/v1/reports/{event.subject}").json()["text"] == event.text
    finally:
        stop.set()
        running.join()
        bus.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_works_beside_the_app_counts_for_its_readiness(tiny_settings: Settings, region: Region) -> None:
    def worker() -> None:
        raise RuntimeError("there is no worker")

    with TestClient(create_app(tiny_settings, region, [worker])) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("not ready: worker\nworker: RuntimeError, since ")
