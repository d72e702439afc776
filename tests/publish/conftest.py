"""A migrated database of publish, events to feed it, and its app."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.events import AnyEvent, CaseClosed, CaseDisposed, CaseOpened, Channel, Closure, Kind, Place
from contracts.region import Region, load_region
from kit.db import open_engine, transaction
from services.publish import handlers
from services.publish.app import create_app
from services.publish.log import checkpoint
from services.publish.settings import Settings

TINY = Path(__file__).parents[1] / "regions" / "tiny"
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
SUKOREJO = Place(code="35.22.14.2003", name="Sukorejo", kecamatan="Dander")
KEY = checkpoint.generate_key("pendapa.example/tiny")


class Desk:
    """Makes the events of cases, and publishes them."""

    def __init__(self, engine: Engine, region: Region) -> None:
        self.engine, self.region = engine, region
        self.signer = checkpoint.read_signer(KEY)

    def publish(self, *events: AnyEvent, now: datetime = NOW) -> None:
        with transaction(self.engine) as session:
            handlers.publish(session, events, region=self.region, signer=self.signer, now=now)

    def open(self, text: str = "Jalan rusak di Sukorejo", *, days_ago: float = 0, **fields: Any) -> UUID:
        """Publish a report of its own, received so many days before NOW."""
        event = opened(text=text, received_at=NOW - timedelta(days=days_ago), **fields)
        self.publish(event)
        return event.subject


def opened(**fields: Any) -> CaseOpened:
    defaults: dict[str, Any] = {
        "time": NOW,
        "subject": uuid4(),
        "kind": Kind.complaint,
        "channel": Channel.sms,
        "category": "jalan-rusak",
        "text": "Jalan rusak di Sukorejo",
        "place": SUKOREJO,
        "received_at": NOW,
        "verified_by": "machine",
    }
    return CaseOpened(**{**defaults, **fields})


def disposed(report: UUID, agency: str = "dpu", **fields: Any) -> CaseDisposed:
    defaults: dict[str, Any] = {"category": "jalan-rusak", "reason": "its category", "due_at": NOW + timedelta(days=7)}
    return CaseDisposed(**{**defaults, "time": NOW, "subject": report, "agency": agency, **fields})


def closed(report: UUID, at: datetime = NOW, **fields: Any) -> CaseClosed:
    defaults: dict[str, Any] = {"closure": Closure.done, "agency": "dpu", "text": "Sudah ditambal"}
    return CaseClosed(**{**defaults, "time": at, "subject": report, **fields})


@pytest.fixture(scope="session")
def region() -> Region:
    return load_region(TINY)


@pytest.fixture
def template() -> str:
    return "publish"


@pytest.fixture
def desk(database_url: str, region: Region) -> Iterator[Desk]:
    engine = open_engine(database_url)
    yield Desk(engine, region)
    engine.dispose()


@pytest.fixture
def tiny_settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=SecretStr(database_url),
        bus_url=f"sqlite:///{tmp_path / 'bus.sqlite'}",
        region=TINY,
        gateway_secret=SecretStr("secret"),
        files_url=f"file://{tmp_path / 'files'}",
        log_key=SecretStr(KEY),
        origin="pendapa.example/tiny",
        public_url="http://pendapa.example",
    )


@pytest.fixture
def client(desk: Desk, tiny_settings: Settings, region: Region) -> Iterator[TestClient]:
    with TestClient(create_app(tiny_settings, region)) as client:
        yield client
