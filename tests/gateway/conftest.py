"""A gateway in front of three small apps that answer with the request that reached them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.testclient import TestClient

from contracts.region import Region, load_region
from gateway.app import Gateway, create_app
from gateway.callers.keys import hash_key
from gateway.settings import Settings

TINY = Path(__file__).parents[1] / "regions" / "tiny"
KEYS = {
    "filing": hash_key("file-it"),
    "official": hash_key("office"),
    "agencies": {"works": hash_key("works-key"), "water": hash_key("water-key")},
    "channels": {"kannel": hash_key("kannel-token"), "web": hash_key("web-token")},
}


def echo(name: str) -> Starlette:
    """An app that answers with the request that reached it."""

    async def say(request: Request) -> Response:
        body = await request.body()
        return JSONResponse(
            {
                "service": name,
                "method": request.method,
                "path": request.url.path,
                "query": request.scope["query_string"].decode("latin-1"),
                "headers": dict(request.headers),
                "body": body.decode("latin-1"),
            }
        )

    async def ready(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    app = Starlette()
    app.add_route("/readyz", ready)
    app.add_route("/{rest:path}", say, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    return app


@pytest.fixture(scope="session")
def tiny() -> Region:
    return load_region(TINY)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "key-hashes.json"
    file.write_text(json.dumps(KEYS))
    return Settings(gateway_secret=SecretStr("between-us"), keys_file=file, region=TINY)


@pytest.fixture
def upstreams() -> dict[str, Starlette]:
    return {name: echo(name) for name in ("intake", "routing", "publish")}


@pytest.fixture
def gateway(settings: Settings, upstreams: dict[str, Starlette], tiny: Region) -> Gateway:
    return create_app(settings, upstreams, tiny)


@pytest.fixture
def client(gateway: Gateway) -> Iterator[TestClient]:
    with TestClient(gateway) as client:
        yield client
