"""Routing on a fresh database of each kind, over the tiny region."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, select

from contracts.events import Channel, Event, ReportReceived
from contracts.region import Region, load_region
from kit.db import open_engine, snapshot, transaction
from kit.outbox import OUTBOX
from services.routing.app import create_app
from services.routing.feed_tables import AgencyEvent
from services.routing.handlers import Handlers
from services.routing.rules import Rules
from services.routing.settings import Settings
from tests.receiver import Receiver, receiving

TINY = Path(__file__).parents[1] / "regions" / "tiny"
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""A Tuesday, noon in Java."""
ROAD = "Jalan rusak di desa Sumberarum Dander"
"""A report that the machine disposes to dpu at once."""
UNSURE = "Mohon bantuan untuk warga kami"
"""A report that is held for an official."""


@pytest.fixture(scope="session")
def region() -> Region:
    return load_region(TINY)


@pytest.fixture(scope="session")
def rules(region: Region) -> Rules:
    return Rules(region)


class Routing:
    """The handlers and the app on one database."""

    def __init__(self, engine: Engine, rules: Rules, client: TestClient) -> None:
        self.engine, self.rules, self.client = engine, rules, client
        self.now = NOW
        self.handlers = Handlers(rules, lambda: self.now)

    def take(self, *events: Any) -> None:
        with transaction(self.engine) as session:
            self.handlers(session, events)

    def report(self, text: str = "Jalan rusak di desa Sumberarum Dander", **more: Any) -> str:
        """Handle a new report and return its id."""
        event = received(text, **more)
        self.take(event)
        return str(event.subject)

    def facts(self, report: str | None = None) -> list[dict[str, Any]]:
        """The events in the outbox, in order."""
        with snapshot(self.engine) as session:
            rows = session.execute(select(OUTBOX).order_by(OUTBOX.c.number)).all()
        return [{"type": row.type, **orjson.loads(row.body)} for row in rows if report is None or row.subject == report]

    def types(self, report: str) -> list[str]:
        return [fact["type"].removesuffix(".v1") for fact in self.facts(report)]

    def ask(self, role: str, path: str = "", **query: Any) -> Any:
        return self.client.get(f"/agency/v1/reports{path}", params=query, headers=self.key(role))

    def do(self, role: str, report: str, move: str, **body: Any) -> Any:
        url = f"/agency/v1/reports/{report}/{move}"
        return self.client.post(url, json=body or None, headers=self.key(role))

    def key(self, role: str) -> dict[str, str]:
        """The gateway's headers; any other role is the id of an agency."""
        if role in ("anonymous", "filing", "channel", "official"):
            return {"x-pendapa-gateway": "secret", "x-pendapa-role": role}
        return {"x-pendapa-gateway": "secret", "x-pendapa-role": "agency", "x-pendapa-agency": role}


def received(text: str, at: datetime = NOW, report: UUID | None = None, **more: Any) -> ReportReceived:
    return ReportReceived(time=at, subject=report or uuid4(), text=text, **{"channel": Channel.sms, **more})


def about(report: str, kind: Callable[..., Event], **more: Any) -> Event:
    return kind(time=NOW, subject=UUID(report), **more)


def an_event(id: str, recipient: str = "dpu") -> AgencyEvent:
    report = "00000000-0000-4000-8000-000000000000"
    return AgencyEvent(recipient, id, report, NOW, "report.disposed", "machine", recipient, "disposed")


@pytest.fixture
def template() -> str:
    return "routing"


@pytest.fixture
def routing(database_url: str, region: Region, rules: Rules) -> Iterator[Routing]:
    settings = Settings(
        database_url=SecretStr(database_url),
        bus_url="sqlite:///unused",
        region=TINY,
        gateway_secret=SecretStr("secret"),
    )
    engine = open_engine(database_url)
    with TestClient(create_app(settings, region)) as client:
        yield Routing(engine, rules, client)
    engine.dispose()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
