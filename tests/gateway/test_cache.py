"""A cached answer is sent only after the service said that it is still valid."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.door.cache import Cache, Entry
from gateway.settings import Settings


class Record:
    """A service with one changing record; counts what it renders."""

    def __init__(self) -> None:
        self.version, self.rendered = 1, 0
        self.headers: dict[str, str] = {}
        self.app = Starlette()
        self.app.add_route("/{rest:path}", self.read)

    async def read(self, request: Request) -> Response:
        etag = f'"{self.version}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag})
        self.rendered += 1
        body = f"{request.url.path}?{request.url.query} {self.version}"
        return Response(body, headers={"etag": etag, **self.headers})


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def client(settings: Settings, record: Record, tiny: Region) -> Iterator[TestClient]:
    apps = {"publish": record.app, "intake": Starlette(), "routing": Starlette()}
    with TestClient(create_app(settings, apps, tiny)) as client:
        yield client


def test_the_second_reader_gets_the_kept_bytes(client: TestClient, record: Record) -> None:
    first, second = client.get("/v1/reports?limit=1"), client.get("/v1/reports?limit=1")

    assert (second.status_code, second.text) == (200, first.text)
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["content-length"] == first.headers["content-length"]
    assert record.rendered == 1


def test_a_change_is_seen_by_the_next_reader(client: TestClient, record: Record) -> None:
    client.get("/v1/reports")
    record.version = 2

    assert client.get("/v1/reports").text.endswith(" 2")
    assert client.get("/v1/reports").text.endswith(" 2")
    assert record.rendered == 2


def test_another_query_gets_another_answer(client: TestClient) -> None:
    assert client.get("/v1/reports?a=1").text != client.get("/v1/reports?a=2").text


def test_a_reader_with_a_copy_gets_a_304(client: TestClient, record: Record) -> None:
    client.get("/v1/reports")

    answer = client.get("/v1/reports", headers={"if-none-match": '"1"'})

    assert (answer.status_code, answer.content) == (304, b"")
    assert record.rendered == 1


def test_a_kept_answer_serves_a_head(client: TestClient, record: Record) -> None:
    client.get("/v1/reports")

    assert client.head("/v1/reports").content == b""
    assert client.get("/v1/reports").text.endswith(" 1")
    assert record.rendered == 1


@pytest.mark.parametrize("header", ["private", "no-store"])
def test_an_answer_that_must_not_be_cached_is_not_cached(client: TestClient, record: Record, header: str) -> None:
    record.headers = {"cache-control": header}
    client.get("/v1/reports")
    client.get("/v1/reports")

    assert record.rendered == 2


def test_memory_is_bounded_and_the_least_used_leaves_first() -> None:
    entry = Entry(b"", {}, b"12345")
    cache = Cache(total=2 * entry.size(("a", b"", b"")))
    for name in ("a", "b"):
        cache.store((name, b"", b""), entry)
    cache.touch(("a", b"", b""))
    cache.store(("c", b"", b""), entry)

    assert [key[0] for key in cache.cached_keys()] == ["a", "c"]


@pytest.mark.parametrize("kept", ["path", "query", "accept", "header", "body"])
def test_what_is_kept_counts_whole(kept: str) -> None:
    cache, long = Cache(total=1024 * 1024), 100_000
    for number in range(100):
        part = {kept: b"%06d" % number + b"a" * long}
        key = (part.get("path", b"/%d" % number).decode(), part.get("query", b""), part.get("accept", b""))
        headers = [(b"x-a", part.get("header", b""))]
        cache.store(key, Entry(b"", {"headers": headers}, part.get("body", b"")))

    assert 1 <= len(cache.cached_keys()) <= 10


def test_no_header_makes_the_cache_keep_an_answer_twice(client: TestClient, record: Record) -> None:
    for number in range(20):
        accept = f"x/{'a' * 1000}{number}, application/json;q=0.{number}"
        client.get("/v1/reports", headers={"accept": accept, "accept-language": str(number), "user-agent": str(number)})

    assert record.rendered <= 2  # asked for as JSON, and with JSON refused (q=0)
