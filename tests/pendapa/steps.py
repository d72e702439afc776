"""Routing and publish of a data folder, run a step at a time: what is sent, taken, backed up and restored, and when."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from contracts.region import Region
from contracts.topics import consumed_by
from kit import outbox
from kit.bus.embedded import EmbeddedBus
from kit.db import open_engine, snapshot, transaction
from pendapa.backups import published
from pendapa.main import app
from services.publish.app import create_app
from services.publish.record import sound
from services.publish.settings import Settings
from services.publish.worker import create_worker
from services.routing.app import create_app as create_routing
from services.routing.handlers import Handlers
from services.routing.rules import Rules
from services.routing.settings import Settings as RoutingSettings
from tests.pendapa import stores
from tests.pendapa.conftest import TINY
from tests.routing.conftest import received

WHY = "It names a neighbour"
ASIDE = ("waiting", "parked")
OFFICIAL = {"x-pendapa-gateway": "secret", "x-pendapa-role": "official"}


class Steps:
    """Routing and publish of a data folder, each run a step at a time."""

    def __init__(self, folder: Path, region: Region) -> None:
        self.home, self.region = stores.make(folder / "var", region, reports=0), region
        self.backup = folder / "backup"

    @property
    def settings(self) -> Settings:
        bus = f"sqlite:///{self.home.store / 'bus.sqlite'}"
        return published.settings_of(self.home, self.home.log_copy(), ()).model_copy(update={"bus_url": bus})

    @contextmanager
    def open(self, service: str) -> Iterator[Engine]:
        engine = open_engine(f"sqlite:///{self.home.store / service}.sqlite")
        yield engine
        engine.dispose()

    def report(self, words: str) -> str:
        """Routing takes a report; its id."""
        event = received(words)
        with self.open("routing") as engine, transaction(engine) as session:
            Handlers(Rules(self.region))(session, [event])
        return str(event.subject)

    def act(self, report: str, move: str, **body: str) -> None:
        settings = RoutingSettings(
            database_url=SecretStr(f"sqlite:///{self.home.store / 'routing.sqlite'}"),
            bus_url="sqlite:///unused",
            region=TINY,
            gateway_secret=SecretStr("secret"),
        )
        with TestClient(create_routing(settings, self.region)) as client:
            client.post(f"/agency/v1/reports/{report}/{move}", json=body, headers=OFFICIAL).raise_for_status()

    def send(self) -> int:
        """Routing sends what it has to tell; how many events."""
        bus = EmbeddedBus(str(self.home.store / "bus.sqlite"))
        with self.open("routing") as engine, closing(bus.producer()) as producer:
            return outbox.relay(engine, producer, "routing")

    def take(self) -> None:
        """Publish takes what the bus has for it."""
        worker = create_worker(self.settings, self.region)
        bus = worker.bus
        with closing(bus.consumer("publish", consumed_by("publish"))) as consumer, closing(bus.producer()) as producer:
            while worker.handle_batch(consumer, producer, timeout=0):
                pass
        worker.engine.dispose()

    def hide(self, report: str) -> None:
        self.act(report, "hide", reason=WHY)
        self.send()
        self.take()

    def restore(self, *options: object) -> Result:
        words = ("restore", self.backup, "--data", self.home.folder, "--region", TINY, *options)
        return CliRunner().invoke(app, [str(each) for each in words])

    def client(self) -> TestClient:
        """Publish's answers, while no worker runs."""
        return TestClient(create_app(self.settings, self.region))

    def ask(self, service: str, sql: str, **values: str) -> list[tuple[object, ...]]:
        with self.open(service) as engine, snapshot(engine) as session:
            return [tuple(row) for row in session.execute(text(sql), values)]

    def faults(self) -> list[str]:
        """What is wrong with the record and the log, and with what publish was sent."""
        with self.open("publish") as engine, snapshot(engine) as session:
            found = list(sound.faults(session, self.settings.signer().verifier))
            aside = [session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in ASIDE]
        return found if aside == [0, 0] else [*found, f"{aside} wait or are parked"]
