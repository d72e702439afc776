"""The embedded footing: the gateway, three apps and their three workers in this one process."""

import gc
import logging
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

import uvicorn
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

import services.intake.app
import services.intake.worker
import services.publish.app
import services.publish.worker
import services.routing.app
import services.routing.worker
from gateway.app import bounds_of, create_app
from gateway.settings import Settings as GatewaySettings
from kit import file_checks, files, log, migrate
from kit.bus import BusUnavailable
from kit.bus.embedded import EmbeddedBus
from kit.http import bounded
from kit.server import QuietServer
from kit.watching import Ended
from kit.worker import Worker
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.plan import SERVICES, Order, Plan, plan
from pendapa.region import check_kept
from pendapa.replay import replay
from pendapa.sandbox import Night
from pendapa.screen import say_ready
from services.publish.log.behind import Behind
from services.publish.releases.restored import told

_log = logging.getLogger(__name__)
_LOG_BYTES = 50 * 1024 * 1024


def run(order: Order, listener: socket.socket, began: float) -> bool:
    """Serve on `listener` until Ctrl-C or SIGTERM; return when everything has ended.

    A sandbox ends at midnight too: then true is returned.
    """
    _log_to_file(order)
    store = order.home.store
    databases = {service: f"sqlite:///{store / service}.sqlite" for service in SERVICES}
    bus = store / "bus.sqlite"
    order.home.check_whole([f"{name}.sqlite" for name in (*SERVICES, "bus")])
    settings = plan(order, databases, f"sqlite:///{bus}", {})
    for service in SERVICES:
        with _usable(store / f"{service}.sqlite"):
            migrate.upgrade(databases[service], service)
    check_kept(order.region_path, order.region, databases["publish"], databases["routing"])
    with _usable(bus):
        EmbeddedBus(str(bus)).forget_members()  # the folder is held for this process, so any that are there are dead
    notices = _catch_up(order, settings)
    order.home.mark_whole()
    stop = Ended()
    intake, routing, publish = workers = [
        _Attended("intake", lambda: services.intake.worker.create_worker(settings.intake, order.region), stop),
        _Attended("routing", lambda: services.routing.worker.create_worker(settings.routing, order.region), stop),
        _Attended("publish", lambda: services.publish.worker.create_worker(settings.publish, order.region), stop),
    ]
    record = services.publish.app.create_app(settings.publish, order.region, [publish.worker])
    apps: dict[str, ASGIApp] = {
        "intake": services.intake.app.create_app(settings.intake, order.region, [intake.worker]),
        "routing": services.routing.app.create_app(settings.routing, order.region, [routing.worker]),
        "publish": record,
    }
    for worker in workers:
        worker.start()
    _settle_garbage()
    checks = [order.home.secret_files, *file_checks.of_sqlite(bus, "bus")]
    door = create_app(settings.gateway, apps, order.region, checks, find_report=record.state.find_report)
    server = _Server(door, settings.gateway)
    server.ready = lambda: say_ready(order, "embedded", time.monotonic() - began, notices)
    night = Night(order.region.zone, server.end) if order.home.is_sandbox else None
    try:
        _serve(server, listener)
    finally:
        if night:
            night.cancel()
        stop.set()
        for worker in workers:
            worker.join(15)
    return night is not None and night.came


def _catch_up(order: Order, settings: Plan) -> list[str]:
    """What the operator must know of stores that are older than what they published, a line each."""
    try:
        lost = services.publish.worker.catch_up(settings.publish)
    except Behind as behind:
        return [str(behind)]
    if not lost:
        return []
    count = replay("publish", Footing.embedded, order.home.folder, None, None)
    return [f"{told(lost)}. It was run now; events that are sent again: {count}"]


@contextmanager
def _usable(file: Path) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError, BusUnavailable, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise Fault(f"{file} cannot be used: {reason}", 1) from error


def _settle_garbage() -> None:
    """Exempt the objects made so far from garbage collection: scanning them would cost a tenth of the throughput."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _Attended(threading.Thread):
    """A worker on a thread; one that failed is made anew after a while, as a supervisor would restart a process."""

    def __init__(self, service: str, create: Callable[[], Worker], stop: threading.Event) -> None:
        super().__init__(name=f"{service} worker", daemon=True)
        self._create, self._stop_event = create, stop
        self._working: Worker | None = None

    def worker(self) -> str | None:
        """A check for /readyz: raise if the worker is not there, or is stuck; its warning, if it has one."""
        if self._working is None:
            raise RuntimeError("there is no worker")
        self._working.loop()
        return self._working.warning()

    def run(self) -> None:
        wait = 1.0
        while not self._stop_event.is_set():
            try:
                self._work()
            except Exception as error:  # an error that waiting did not end; the other workers go on
                _log.critical("the %s stopped; again in %.0f s", self.name, wait, exc_info=error)
                self._stop_event.wait(wait)
                wait = min(wait * 2, 60)

    def _work(self) -> None:
        self._working = worker = self._create()
        try:
            worker.run(self._stop_event)
        finally:
            self._working = None
            worker.bus.close()
            worker.engine.dispose()


class _Server(QuietServer):
    """Calls `ready` once it listens."""

    ready: Callable[[], None]

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=bounded(bounds_of(settings), files.raise_limit()),
                forwarded_allow_ips=settings.trusted_proxies,
                log_config=None,
                access_log=False,  # it would write query strings
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready()


def _serve(server: _Server, listener: socket.socket) -> None:
    """uvicorn raises the signal that ended it once more; by then it has done its work."""

    def ignore(_: int, __: FrameType | None) -> None:
        server.end()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, ignore)
    server.run(sockets=[listener])


def _log_to_file(order: Order) -> None:
    """The terminal is for the person; what happens goes to a file of bounded size."""
    folder = order.home.store / "log"
    folder.mkdir(exist_ok=True)
    log.setup("pendapa")
    logging.raiseExceptions = False  # what cannot be written, for want of space, is nothing for the terminal either
    handler = RotatingFileHandler(folder / "pendapa.jsonl", maxBytes=_LOG_BYTES, backupCount=4, encoding="utf-8")
    handler.setFormatter(log.JsonLines("pendapa"))
    logging.getLogger().handlers[:] = [handler]
