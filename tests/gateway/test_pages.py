"""The gateway's own addresses."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.client.remote import Remote
from gateway.settings import Settings
from kit.version import VERSION

RELEASES = {
    "releases": [
        {
            "number": 3,
            "made_at": "2026-11-24T05:00:00Z",
            "rows": 1234,
            "url": "/v1/datasets/reports/releases/3",
            "withdrawn_at": None,
            "reason": None,
            "files": [{"name": "reports.csv", "url": "/data/reports/3/reports.csv", "bytes": 5, "sha256": "ab" * 32}],
        },
        {
            "number": 2,
            "made_at": "2026-11-23T05:00:00Z",
            "rows": 1233,
            "url": "/v1/datasets/reports/releases/2",
            "withdrawn_at": "2026-11-24T04:00:00Z",
            "reason": "a report in it <was> hidden",
            "files": [{"name": "reports.csv", "url": "/data/reports/2/reports.csv", "bytes": 5, "sha256": "cd" * 32}],
        },
    ]
}


def publish() -> Starlette:
    app = FastAPI(title="publish")

    @app.get("/v1/reports")
    def reports(limit: int = 100) -> dict[str, int]:
        return {"limit": limit}

    @app.get("/secret")
    def secret() -> None:
        return None

    async def datasets(_: Request) -> Response:
        return JSONResponse({"datasets": [{"id": "reports", "title": "Laporan <b>", "latest": None, "releases": "/x"}]})

    async def releases(_: Request) -> Response:
        return JSONResponse(RELEASES)

    app.add_route("/v1/datasets", datasets, include_in_schema=False)
    app.add_route("/v1/datasets/reports/releases", releases, include_in_schema=False)
    return app


def intake() -> Starlette:
    app = FastAPI(title="intake")

    @app.post("/v1/reports")
    def file() -> None:
        return None

    return app


@pytest.fixture
def client(settings: Settings, tiny: Region) -> Iterator[TestClient]:
    apps = {"intake": intake(), "routing": FastAPI(title="routing"), "publish": publish()}
    for app in apps.values():
        app.add_route("/readyz", _ready)
    with TestClient(create_app(settings, apps, tiny), client=("127.0.0.1", 1)) as client:
        yield client


async def _ready(_: Request) -> Response:
    return PlainTextResponse("ok\n")


@pytest.mark.parametrize("path", ["/", "/data", "/docs"])
def test_a_page_has_no_script_from_elsewhere(client: TestClient, path: str) -> None:
    page = client.get(path)

    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page.text)


def test_what_a_page_refers_to_is_there(client: TestClient) -> None:
    for path in ("/docs", "/"):
        for link in re.findall(r'(?:src|rel="stylesheet" href|rel="icon" href)="([^"]+)"', client.get(path).text):
            assert client.get(link).status_code == 200, link


def test_the_data_page_lists_each_release_with_its_sums(client: TestClient) -> None:
    page = client.get("/data").text

    assert "Rilis 3" in page
    assert "ab" * 32 in page
    assert "Laporan &lt;b&gt;" in page
    assert 'href="/data/reports/3/reports.csv"' in page


def test_a_withdrawn_release_says_why_and_offers_no_file(client: TestClient) -> None:
    page = client.get("/data").text
    withdrawn = page[page.index("Rilis 2") :]

    assert "/data/reports/2/" not in page
    assert '<time datetime="2026-11-24T04:00:00+00:00">2026-11-24 11:00</time>' in withdrawn
    assert "a report in it &lt;was&gt; hidden" in withdrawn
    assert "cd" * 32 in withdrawn
    assert "Ditarik" not in page[: page.index("Rilis 2")]


@pytest.mark.parametrize("path", ["/", "/data"])
def test_a_page_that_says_that_releases_never_change_says_that_they_may_be_withdrawn(
    client: TestClient, path: str
) -> None:
    page = client.get(path).text

    assert "tidak pernah berubah" not in page
    assert "never changes" not in page
    assert "hanya dapat ditarik" in page
    assert "only withdrawn" in page


def test_one_document_describes_all_that_is_public(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert sorted(document["paths"]["/v1/reports"]) == ["get", "post"]
    assert document["paths"]["/v1/reports"]["post"]["security"] == [{"bearer": []}]
    assert document["paths"]["/v1/reports"]["get"]["security"] == []
    assert "/secret" not in document["paths"]


def test_ready_when_all_services_are(client: TestClient) -> None:
    assert client.get("/readyz").text == "ok\n"
    assert client.get("/healthz").text == f"ok\nversion: {VERSION}\n"


def test_not_ready_names_the_service_that_is_away(settings: Settings, tiny: Region) -> None:
    here = publish()
    here.add_route("/readyz", _ready)
    away = Remote("http://127.0.0.1:9")
    with TestClient(create_app(settings, {"intake": away, "routing": here, "publish": here}, tiny)) as client:
        answer = client.get("/readyz")
        counts = client.get("/metrics", headers={"authorization": "Bearer office"}).text

    assert (answer.status_code, answer.text) == (503, "not ready: intake\n")
    found = dict(re.findall(r'^pendapa_failing\{check="(\w+)"\} (\S+)$', counts, re.MULTILINE))
    assert {name: found[name] for name in ("intake", "routing", "keys")} == {
        "intake": "1.0",
        "routing": "0.0",
        "keys": "0.0",
    }


def test_keys_that_cannot_be_read_are_told_and_their_return_too(client: TestClient, settings: Settings) -> None:
    content = settings.keys_file.read_bytes()
    settings.keys_file.write_text("{")
    damaged = client.get("/readyz")
    settings.keys_file.unlink()
    gone = client.get("/readyz")
    settings.keys_file.write_bytes(content)

    assert (damaged.status_code, gone.status_code) == (503, 503)
    assert damaged.text.startswith("not ready: gateway\ngateway keys: key-hashes.json is damaged, since ")
    assert gone.text.startswith(
        "not ready: gateway\ngateway keys: key-hashes.json cannot be read: it is not there, since"
    )
    assert client.get("/readyz").text == "ok\n"


def test_counts_are_for_the_operator_alone(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer file-it"}).status_code == 403
    answer = client.get("/metrics", headers={"authorization": "Bearer office"})
    assert "pendapa_gateway_answers" in answer.text


def test_no_folder_of_the_machine_is_told_to_everyone(settings: Settings, tiny: Region) -> None:
    async def ready(_: Request) -> Response:
        words = "/home/someone/var/embedded/log/head shows it (docs/stores.md, publish's database)"
        return PlainTextResponse(f"ok\nwarning: {words}\n")

    app = Starlette()
    app.add_route("/readyz", ready)
    with TestClient(create_app(settings, dict.fromkeys(("intake", "routing", "publish"), app), tiny)) as client:
        lines = client.get("/readyz").text.splitlines()
    assert lines[1] == "warning: head shows it (docs/stores.md, publish's database)"
