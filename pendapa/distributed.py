"""The distributed footing on one machine: a real Kafka, a real PostgreSQL, and each app and worker a process."""

import json
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from pendapa.fault import Fault
from pendapa.live import LiveUnavailable
from pendapa.live.kafka import Kafka
from pendapa.live.postgres import Postgres
from pendapa.live.process import free_port
from pendapa.plan import SERVICES, Order, Plan, environment, plan
from pendapa.region import check_kept
from pendapa.screen import err, out, say_ready
from pendapa.supervisor import Child

_READY_SECONDS = 180


def run(order: Order, listener: socket.socket, began: float) -> None:
    """Run all processes until Ctrl-C or SIGTERM; return when every one has ended."""
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    store = order.home.store
    kafka, postgres = Kafka(store / "kafka"), Postgres(store / "postgres")
    children: list[Child] = []
    order.home.check_whole(["kafka", "postgres"])
    try:
        databases, bus = _servers(kafka, postgres)
        check_kept(order.region_path, order.region, databases["publish"], databases["routing"])
        order.home.mark_whole()
        listener.close()  # the gateway's process takes the port, which was held so that no other program could
        children = _children(order, databases, bus)
        for child in children:
            child.start()
            threading.Thread(target=child.watch, args=(stop,), name=f"{child.name} watch", daemon=True).start()
        _attend(order, children, kafka, postgres, stop, began)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.end(20)
        kafka.stop()
        postgres.stop()


def _servers(kafka: Kafka, postgres: Postgres) -> tuple[dict[str, str], str]:
    out.print("Starting PostgreSQL and Kafka…")
    try:
        postgres.up(tied=True)
        databases = {service: postgres.create(service) for service in SERVICES}
        return databases, f"kafka://{kafka.up(tied=True)}"
    except LiveUnavailable as error:
        raise Fault(str(error), 1) from error


def _children(order: Order, databases: dict[str, str], bus: str) -> list[Child]:
    apps = plan(order, databases, bus, {service: free_port() for service in SERVICES})
    workers = plan(order, databases, bus, {service: free_port() for service in SERVICES})
    logs = order.home.store / "log"
    logs.mkdir(exist_ok=True)
    children = [_child("gateway", "gateway.app", "gateway", apps, logs)]
    for service in SERVICES:
        children.append(_child(f"{service} app", f"services.{service}.app", service, apps, logs))
        children.append(_child(f"{service} worker", f"services.{service}.worker", service, workers, logs))
    ports = {child.name: child.address[1] for child in children if child.address}
    (order.home.store / "ports.json").write_text(json.dumps(ports, indent=2) + "\n")
    return children


def _child(name: str, module: str, service: str, settings: Plan, logs: Path) -> Child:
    own = getattr(settings, service)
    variables = environment(own, service)
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), root)))
    log = logs / f"{name.replace(' ', '-')}.jsonl"
    return Child(name, module, {**variables, "PYTHONPATH": path}, log, address=(_near(own.host), own.port))


def _attend(
    order: Order, children: list[Child], kafka: Kafka, postgres: Postgres, stop: threading.Event, began: float
) -> None:
    announced = False
    while not stop.wait(0.2):
        for child in children:
            if notice := child.attend():
                err.print(notice)
        for server in (postgres, kafka):
            if server.pid is None:  # the services wait until it is back
                err.print(f"{type(server).__name__} ended; starting it again")
                _again(server)
        if not announced and _ready(order):
            announced = True
            say_ready(order, "distributed", time.monotonic() - began)
        if not announced and time.monotonic() - began > _READY_SECONDS:
            raise Fault(f"Not ready after {_READY_SECONDS} s; see {order.home.store / 'log'}", 1)


def _again(server: Kafka | Postgres) -> None:
    try:
        server.start(tied=True)
    except LiveUnavailable as error:
        err.print(str(error))  # the next pass of the loop tries again


def _ready(order: Order) -> bool:
    try:
        with urllib.request.urlopen(f"http://{_near(order.host)}:{order.port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _near(host: str) -> str:
    """Where this machine reaches what listens on `host`."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  # compared, not bound
