"""What the gateway does with every answer: a coding, an ETag, 304, and a page in place of a problem document."""

import gzip
from collections.abc import AsyncIterator, Callable

import brotli
import pytest
import zstandard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.settings import Settings
from kit.problems import Explained, Problem, document

LONG = {"text": "Jalan rusak di Kecamatan Kecil. " * 200}
READ: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def _long(_: Request) -> Response:
    return JSONResponse(LONG, headers={"etag": '"7"', "vary": "accept"})


async def _streamed(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(100):
            yield f"{number} Jalan rusak\n".encode()

    return StreamingResponse(parts(), media_type="text/plain")


async def _events(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"

    return StreamingResponse(parts(), media_type="text/event-stream")


async def _file(_: Request) -> Response:
    return PlainTextResponse("x" * 5000, headers={"accept-ranges": "bytes", "etag": '"file"'})


async def _nothing(request: Request) -> Response:
    return Response(status_code=int(request.query_params["status"]), media_type="application/json")


async def _described(_: Request) -> Response:
    return JSONResponse({"info": {"title": "publish"}, "paths": {}})


async def _gone(request: Request) -> Response:
    explained = Explained(Problem(410, "hidden", "This was taken away"), "Why <b>")  # type: ignore[arg-type]
    return document(explained, request.scope["path"])


@pytest.fixture
def client(settings: Settings, tiny: Region) -> TestClient:
    publish = Starlette()
    for path, endpoint in {
        "/v1/reports": _long,
        "/v1/stats": _streamed,
        "/v1/places": _events,
        "/data/x": _file,
        "/v1/changes": _nothing,
        "/v1/reports/gone": _gone,
        "/openapi.json": _described,
    }.items():
        publish.add_route(path, endpoint)
    client = TestClient(create_app(settings, {"publish": publish}, tiny))
    client.headers["accept-encoding"] = "identity"
    return client


def _raw(client: TestClient, path: str, coding: str) -> tuple[bytes, dict[str, str]]:
    with client.stream("GET", path, headers={"accept-encoding": coding}) as answer:
        return b"".join(answer.iter_raw()), dict(answer.headers)


@pytest.mark.parametrize("coding", READ)
@pytest.mark.parametrize("path", ["/v1/reports", "/v1/stats", "/style.css"])
def test_an_answer_comes_in_the_coding_that_was_asked_for(client: TestClient, path: str, coding: str) -> None:
    plain = client.get(path)
    body, headers = _raw(client, path, f"{coding}, identity;q=0.5")
    assert headers["content-encoding"] == coding
    assert READ[coding](body) == plain.content
    assert len(body) < len(plain.content)
    assert "Accept-Encoding" in headers["vary"]
    assert "Accept-Encoding" in plain.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert headers.get("content-length", str(len(body))) == str(len(body))


def test_what_a_coding_does_not_shorten_or_would_hold_back_is_sent_as_it_is(client: TestClient) -> None:
    for path in ("/v1/places", "/data/x", "/healthz"):
        assert "content-encoding" not in _raw(client, path, "gzip")[1]


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("coding", READ)
def test_an_answer_without_content_has_none_in_any_coding(client: TestClient, coding: str, status: int) -> None:
    body, headers = _raw(client, f"/v1/changes?status={status}", coding)
    assert body == b""
    assert "content-encoding" not in headers


def test_a_coded_answer_has_an_etag_of_its_own_which_is_good_for_304(client: TestClient) -> None:
    _, headers = _raw(client, "/v1/reports", "gzip")
    assert headers["etag"] == '"7--gzip"'
    again = client.get("/v1/reports", headers={"if-none-match": headers["etag"], "accept-encoding": "gzip"})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"7--gzip"')
    assert "accept-encoding" in again.headers["vary"].lower()


@pytest.mark.parametrize("held", ['"7"', 'W/"7"', '"7--br"', '"a,b", "7"', "*"])
def test_a_caller_that_has_the_answer_gets_304(client: TestClient, held: str) -> None:
    assert client.get("/v1/reports", headers={"if-none-match": held}).status_code == 304


@pytest.mark.parametrize("held", ['"77"', "7", '"a7"', ""])
def test_a_caller_that_has_another_answer_gets_this_one(client: TestClient, held: str) -> None:
    assert client.get("/v1/reports", headers={"if-none-match": held}).json() == LONG


@pytest.mark.parametrize("path", ["/", "/docs", "/style.css", "/favicon.ico", "/problems", "/robots.txt"])
def test_every_document_of_the_gateway_has_an_etag(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers.get("cache-control") == first.headers.get("cache-control")


def test_a_head_has_the_headers_of_the_get(client: TestClient) -> None:
    got, headed = client.get("/v1/reports"), client.head("/v1/reports")
    assert headed.content == b""
    for name in ("etag", "content-length", "vary", "content-type"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/v1/reports/gone", 410)])
def test_a_person_gets_a_page_and_a_program_a_document(client: TestClient, path: str, status: int) -> None:
    page, document = client.get(path, headers=BROWSER), client.get(path)
    assert page.status_code == document.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "Accept" in page.headers["vary"]
    assert f"/problems/{document.json()['type'].rpartition('/')[2]}" in page.text
    assert "<b>" not in page.text
    assert document.headers["content-type"] == "application/problem+json"


def test_open311_keeps_its_own_shape_for_a_browser(client: TestClient) -> None:
    assert "html" not in client.get("/open311/nowhere", headers=BROWSER).headers["content-type"]


def test_a_service_is_asked_with_the_etag_that_it_gave(
    settings: Settings, upstreams: dict[str, Starlette], tiny: Region
) -> None:
    asked = {"if-match": '"a--zstd", "b"', "authorization": "Bearer office"}
    answer = TestClient(create_app(settings, upstreams, tiny)).get("/agency/v1/reports/x", headers=asked)
    assert answer.json()["headers"]["if-match"] == '"a", "b"'
