"""The embedded footing puts the workers, their apps and the gateway together."""

import importlib
import socket
import threading
import time
from pathlib import Path
from typing import cast

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from contracts.region import Region
from kit.worker import Worker
from pendapa import embedded
from pendapa.home import Home
from pendapa.plan import SERVICES, Order
from tests.pendapa.conftest import TINY


class Working:
    """A worker that is there and turns, until it is told to stop."""

    def __init__(self) -> None:
        self.bus = self.engine = self
        self.there = threading.Event()

    def run(self, stop: threading.Event) -> None:
        self.there.set()
        stop.wait(60)

    def turning(self) -> None: ...

    def close(self) -> None: ...

    def dispose(self) -> None: ...


@pytest.mark.parametrize("absent", SERVICES)
def test_the_app_whose_worker_is_not_there_is_the_one_that_is_not_ready(
    tmp_path: Path, tiny: Region, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    workers = {service: Working() for service in SERVICES if service != absent}
    answers: list[tuple[int, str]] = []

    def create(service: str) -> Worker:
        return cast("Worker", workers[service])  # raises for the absent one

    def ask(server: embedded._Server, listener: socket.socket) -> None:
        assert all(worker.there.wait(30) for worker in workers.values())
        with TestClient(cast("ASGIApp", server.config.app)) as client:
            answer = client.get("/readyz")
        answers.append((answer.status_code, answer.text))

    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.worker")
        monkeypatch.setattr(module, "create_worker", lambda settings, region, service=service: create(service))
    monkeypatch.setattr(embedded, "_serve", ask)
    for of_the_whole_process in ("_log_to_file", "_settle_garbage"):
        monkeypatch.setattr(embedded, of_the_whole_process, lambda *_: None)
    home = Home(tmp_path, "embedded")
    keys, secrets = home.prepare(tiny)
    with socket.socket() as listener:
        order = Order(home, tiny, TINY, "127.0.0.1", 8000, "http://localhost:8000", False, keys, secrets)
        embedded.run(order, listener, time.monotonic())
    assert answers == [(503, f"not ready: {absent}\n")]
