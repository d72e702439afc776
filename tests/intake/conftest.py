"""Intake on a fresh database, with the small region; the gateway's headers are set by hand."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.region import Region, load_region
from kit.db import open_engine
from services.intake.app import create_app
from services.intake.replies import Replies
from services.intake.settings import Settings

SECRET = "between-us"
TINY = Path(__file__).parents[1] / "regions" / "tiny"


def key(role: str) -> dict[str, str]:
    return {"x-pendapa-gateway": SECRET, "x-pendapa-role": role}


FILING, OFFICIAL, CHANNEL, NOBODY = key("filing"), key("official"), key("channel"), key("anonymous")


@pytest.fixture(scope="session")
def region() -> Region:
    return load_region(TINY)


@pytest.fixture
def template() -> str:
    return "intake"


@pytest.fixture
def replies(region: Region) -> Replies:
    return Replies(region)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    bus = f"sqlite:///{tmp_path / 'bus.sqlite'}"
    return Settings.model_validate(
        {
            "database_url": database_url,
            "bus_url": bus,
            "region": TINY,
            "gateway_secret": SECRET,
            "follow_secret": "follow-follow-follow",
        }
    )


@pytest.fixture
def rows(settings: Settings) -> Iterator[Engine]:
    """Intake's database, migrated."""
    engine = open_engine(settings.database_url.get_secret_value())
    yield engine
    engine.dispose()


@pytest.fixture
def app(settings: Settings, region: Region) -> FastAPI:
    return create_app(settings, region)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def at_once(app: FastAPI, times: int, method: str, url: str, **request: object) -> list[httpx2.Response]:
    """The answers to one request, sent several times at the same time."""

    async def send() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://intake") as client:
            return await asyncio.gather(*(client.request(method, url, **request) for _ in range(times)))  # type: ignore[arg-type]

    return asyncio.run(send())
