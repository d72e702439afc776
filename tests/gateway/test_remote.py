"""A service in another process, over a real socket."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import orjson
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.client import remote, rest
from gateway.client.client import Answer, Client
from gateway.client.remote import Remote
from gateway.pages import pages
from gateway.settings import Settings
from kit.caller import Caller
from tests.gateway.conftest import echo

ended = threading.Event()


async def _forever() -> AsyncIterator[bytes]:
    try:
        while True:
            yield b"data: x\n\n"
            await asyncio.sleep(0.01)
    finally:
        ended.set()


def _app() -> Starlette:
    app = Starlette()

    async def stream(_: Request) -> Response:
        return StreamingResponse(_forever(), media_type="text/event-stream")

    async def gzipped(_: Request) -> Response:
        return Response(b"not really gzip", headers={"content-encoding": "gzip"})

    async def short(_: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError("cut off")

        return StreamingResponse(parts())

    app.add_route("/v1/changes", stream)
    app.add_route("/v1/gzipped", gzipped)
    app.add_route("/v1/short", short)
    app.mount("/", echo("remote"))
    return app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(_app(), log_config=None))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(settings: Settings, tiny: Region, url: str) -> Iterator[TestClient]:
    apps = {name: Remote(url) for name in ("intake", "routing", "publish")}
    with TestClient(create_app(settings, apps, tiny), raise_server_exceptions=False) as client:
        yield client


def test_a_request_arrives_as_it_was_sent(client: TestClient) -> None:
    headers = {"authorization": "Bearer file-it", "content-type": "application/json"}

    request = client.post("/v1/reports?q=a%20b&x=%FF", headers=headers, content=b'{"text": "\xc3\xa9"}').json()

    assert (request["method"], request["path"], request["query"]) == ("POST", "/v1/reports", "q=a%20b&x=%FF")
    assert request["body"].encode("latin-1") == b'{"text": "\xc3\xa9"}'
    assert request["headers"]["x-pendapa-role"] == "filing"
    assert "authorization" not in request["headers"]


def test_a_post_without_a_body_and_a_head_work_too(client: TestClient) -> None:
    assert client.post("/v1/reports", headers={"authorization": "Bearer file-it"}).json()["body"] == ""
    assert client.head("/v1/reports").status_code == 200


def test_bytes_are_not_touched_on_the_way_back(client: TestClient) -> None:
    with client.stream("GET", "/v1/gzipped") as answer:
        assert b"".join(answer.iter_raw()) == b"not really gzip"
        assert answer.headers["content-encoding"] == "gzip"


def test_a_service_that_is_away_is_a_503_in_the_callers_format(settings: Settings, tiny: Region) -> None:
    apps = {name: Remote("http://127.0.0.1:9") for name in ("intake", "routing", "publish")}
    with TestClient(create_app(settings, apps, tiny)) as client:
        answers = [client.get("/v1/reports") for _ in range(2 * rest.FAILURES)]
        xml = client.get("/open311/v2/requests.xml")

    assert {answer.status_code for answer in answers} == {xml.status_code} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {xml.headers["retry-after"]} == {"2"}
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert xml.text.startswith("<?xml")


def test_a_service_that_went_away_meanwhile_leaves_a_change_unknown_and_a_read_not(
    settings: Settings, tiny: Region
) -> None:
    with hanging_up() as url:
        apps = {name: Remote(url) for name in ("intake", "routing", "publish")}
        with TestClient(create_app(settings, apps, tiny)) as client:
            read = client.get("/v1/reports")
            filed = client.post("/v1/reports", headers={"authorization": "Bearer file-it"}, content=b"{}")
    assert (read.status_code, filed.status_code) == (503, 503)
    assert "not known" not in read.json()["detail"]
    assert "it is not known whether this was done" in filed.json()["detail"]


def test_a_silent_service_is_left_alone_for_a_while(settings: Settings, tiny: Region) -> None:
    with silent() as (url, accepted):
        apps = {name: Remote(url, answer_seconds=0.2) for name in ("intake", "routing", "publish")}
        with TestClient(create_app(settings, apps, tiny)) as client:
            statuses = [client.get("/v1/reports").status_code for _ in range(rest.FAILURES + 5)]
    assert statuses == [504] * rest.FAILURES + [503] * 5
    assert len(accepted) == rest.FAILURES


def test_no_caller_waits_long_for_one_of_the_connections(
    settings: Settings, tiny: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "CONNECTIONS", 2)
    monkeypatch.setattr(remote, "CONNECT_SECONDS", 0.2)
    with silent() as (url, _):
        apps = {name: Remote(url, answer_seconds=3) for name in ("intake", "routing", "publish")}
        gateway = create_app(settings, apps, tiny)
        with TestClient(gateway) as client, ThreadPoolExecutor(6) as crowd:
            statuses = list(crowd.map(lambda _: client.get("/v1/reports").status_code, range(6)))
    assert sorted(statuses) == [503, 503, 503, 503, 504, 504]


def test_whether_it_is_ready_is_answered_though_a_service_is_silent(
    settings: Settings, tiny: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PATIENCE", -0.8)
    with silent() as (url, _):
        apps = {name: Remote(url) for name in ("intake", "routing", "publish")}
        with TestClient(create_app(settings, apps, tiny)) as client:
            answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.splitlines()[1:] == [f"{name} does not answer" for name in apps]


@contextmanager
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that takes connections and says nothing; the connections that it took."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    accepted.append(listener.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", accepted
        listener.shutdown(socket.SHUT_RDWR)
    for each in accepted:
        each.close()


@contextmanager
def hanging_up() -> Iterator[str]:
    """A server that reads a request and ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection = listener.accept()[0]
                    connection.recv(65536)
                    connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_a_caller_that_disconnects_ends_the_services_stream(settings: Settings, tiny: Region, url: str) -> None:
    apps = {name: Remote(url) for name in ("intake", "routing", "publish")}
    gateway = create_app(settings, apps, tiny)
    ended.clear()

    async def listen() -> bytes:
        chunks: list[bytes] = []
        enough = asyncio.Event()

        async def receive() -> dict[str, object]:
            await enough.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            chunks.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]
            if len(chunks) > 2:
                enough.set()

        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/v1/changes",
            "raw_path": b"/v1/changes",
            "query_string": b"",
            "headers": [],
        }
        await gateway(scope, receive, send)  # type: ignore[arg-type]
        await apps["publish"].close()
        return b"".join(chunks)

    assert asyncio.run(listen()).startswith(b"data: x")
    assert ended.wait(5)


def test_an_answer_that_the_service_breaks_off_is_not_passed_on_as_whole(
    settings: Settings, tiny: Region, url: str
) -> None:
    apps = {name: Remote(url) for name in ("intake", "routing", "publish")}
    gateway = create_app(settings, apps, tiny)
    messages: list[dict[str, object]] = []

    async def ask() -> None:
        async def receive() -> dict[str, object]:
            await asyncio.Event().wait()
            return {}

        async def send(message: dict[str, object]) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/v1/short",
            "query_string": b"",
            "headers": [],
        }
        await gateway(scope, receive, send)  # type: ignore[arg-type]
        await apps["publish"].close()

    asyncio.run(ask())

    assert messages[-1]["more_body"] is True


@pytest.mark.parametrize("away", [False, True], ids=["in this process", "in another"])
def test_the_gateway_itself_calls_a_service_as_a_caller_by_any_method(url: str, *, away: bool) -> None:
    async def call() -> Answer:
        remote = Remote(url)
        client = Client({"routing": remote if away else echo("routing")}, SecretStr("between-us"))
        answer = await client.call(
            "routing", "/agency/v1/x", b"a=%20b", method="PUT", body=b'{"a": 1}', caller=Caller("agency", "works")
        )
        await remote.close()
        return answer

    answer = asyncio.run(call())
    request = orjson.loads(answer.body)
    assert answer.status == 200
    assert (request["method"], request["path"], request["query"], request["body"]) == (
        "PUT",
        "/agency/v1/x",
        "a=%20b",
        '{"a": 1}',
    )
    identity = {name: request["headers"][f"x-pendapa-{name}"] for name in ("gateway", "role", "agency")}
    assert identity == {"gateway": "between-us", "role": "agency", "agency": "works"}
    assert request["headers"]["content-type"] == "application/json"
