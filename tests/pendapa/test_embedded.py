"""The embedded footing puts the workers, their apps and the gateway together."""

import importlib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from contracts.region import Region
from contracts.topics import TOPICS
from kit.bus import BusRecord, Message
from kit.bus.embedded import EmbeddedBus
from pendapa import embedded
from pendapa.fault import Fault
from pendapa.home import Home
from pendapa.plan import SERVICES, Order
from tests.pendapa.conftest import TINY

Serve = Callable[[embedded._Server, socket.socket], None]


class Working:
    """A worker that is there and turns, until it is told to stop."""

    def __init__(self) -> None:
        self.bus = self.engine = self
        self.there = threading.Event()

    def run(self, stop: threading.Event) -> None:
        self.there.set()
        stop.wait(60)

    def loop(self) -> None: ...

    def warning(self) -> str | None:
        return None

    def close(self) -> None: ...

    def dispose(self) -> None: ...


@pytest.fixture
def order(tmp_path: Path, tiny: Region, monkeypatch: pytest.MonkeyPatch) -> Order:
    for of_the_whole_process in ("_log_to_file", "_settle_garbage"):
        monkeypatch.setattr(embedded, of_the_whole_process, lambda *_: None)
    home = Home(tmp_path, "embedded")
    return Order(home, tiny, TINY, "127.0.0.1", 8000, "http://localhost:8000", False, *home.prepare(tiny))


@pytest.mark.parametrize("absent", SERVICES)
def test_the_app_whose_worker_is_not_there_is_the_one_that_is_not_ready(
    order: Order, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    workers = {service: Working() for service in SERVICES if service != absent}
    answers: list[tuple[int, str]] = []

    def ask(server: embedded._Server, listener: socket.socket) -> None:
        assert all(worker.there.wait(30) for worker in workers.values())
        with TestClient(cast("ASGIApp", server.config.app)) as client:
            answer = client.get("/readyz")
        answers.append((answer.status_code, answer.text))

    use(monkeypatch, lambda service: workers[service])  # raises for the absent one
    run(order, monkeypatch, ask)
    [(status, words)] = answers
    assert status == 503
    assert words.startswith(f"not ready: {absent}\n{absent} worker: RuntimeError, since ")


def test_what_a_worker_warns_of_is_told_by_a_gateway_that_is_ready(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = {service: Working() for service in SERVICES}
    monkeypatch.setattr(workers["publish"], "warning", lambda: "publish keeps events waiting: why")
    answers: list[tuple[int, str]] = []

    def ask(server: embedded._Server, listener: socket.socket) -> None:
        assert all(worker.there.wait(30) for worker in workers.values())
        with TestClient(cast("ASGIApp", server.config.app)) as client:
            answer = client.get("/readyz")
        answers.append((answer.status_code, answer.text))

    use(monkeypatch, lambda service: workers[service])
    run(order, monkeypatch, ask)
    assert answers == [(200, "ok\nwarning: publish keeps events waiting: why\n")]


def test_what_a_killed_process_held_of_the_bus_waits_for_nobody(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = EmbeddedBus(str(order.home.store / "bus.sqlite"), session=3600)  # nobody is taken for dead by the time alone
    bus.ensure(TOPICS)
    killed = bus.consumer("routing", ["reports"])
    with closing(bus.producer()) as producer:
        producer.send([Message("reports", b"key", (), b"value")])
    got: list[BusRecord] = []

    def take(*_: object) -> None:
        with closing(bus.consumer("routing", ["reports"])) as alone:
            got.extend(alone.poll(0, 10))

    use(monkeypatch, lambda _: Working())
    run(order, monkeypatch, take)
    assert [record.value for record in got] == [b"value"]
    assert killed.poll(0, 10) == []


@pytest.mark.parametrize("store", ["publish", "bus"])
def test_a_store_that_is_none_or_was_lost_stops_the_start_in_one_line(
    order: Order, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    use(monkeypatch, lambda _: Working())
    file = order.home.store / f"{store}.sqlite"
    file.write_text("no database" * 1000)
    with pytest.raises(Fault, match=rf"{store}\.sqlite cannot be used: file is not a database"):
        run(order, monkeypatch, lambda *_: None)
    file.unlink()
    run(order, monkeypatch, lambda *_: None)
    file.unlink()
    with pytest.raises(Fault, match=rf"has lost {store}\.sqlite"):
        run(order, monkeypatch, lambda *_: None)


def use(monkeypatch: pytest.MonkeyPatch, create: Callable[[str], Working]) -> None:
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.worker")
        monkeypatch.setattr(module, "create_worker", lambda settings, region, service=service: create(service))


def run(
    order: Order, monkeypatch: pytest.MonkeyPatch, serve: Callable[[embedded._Server, socket.socket], None]
) -> None:
    monkeypatch.setattr(embedded, "_serve", serve)
    with socket.socket() as listener:
        embedded.run(order, listener, time.monotonic())
