"""Which requests the gateway forwards, to which service, and how it refuses the others."""

import asyncio
import json
import time

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from contracts.region import Region
from gateway.app import Gateway, create_app
from gateway.callers.keys import Hashes, KeyHolders
from gateway.settings import Settings

FILING = {"authorization": "Bearer file-it"}
OFFICIAL = {"authorization": "Bearer office"}
WORKS = {"authorization": "Bearer works-key"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "service"),
    [
        ("GET", "/v1/reports", {}, "publish"),
        ("GET", "/v1/reports/x/proof", {}, "publish"),
        ("GET", "/data.json", {}, "publish"),
        ("GET", "/v1/model", {}, "routing"),
        ("GET", "/catalog.ttl", {}, "publish"),
        ("GET", "/log/tile/0/000", {}, "publish"),
        ("GET", "/open311/v2/requests.json", {}, "publish"),
        ("GET", "/open311/v2/tokens/ABC.json", {}, "intake"),
        ("GET", "/v1/codes/K7M2P9QA", {}, "intake"),
        ("GET", "/v1/follow/q2v0mWJrT3uYkq8xN1cZ5A", {}, "intake"),
        ("POST", "/v1/follow/q2v0mWJrT3uYkq8xN1cZ5A", {}, "intake"),
        ("POST", "/v1/reports", FILING, "intake"),
        ("POST", "/open311/v2/requests.xml", FILING, "intake"),
        ("GET", "/channels/kannel?token=kannel-token", {}, "intake"),
        ("POST", "/v1/datasets/reports/releases", OFFICIAL, "publish"),
        ("GET", "/agency/v1/reports", WORKS, "routing"),
        ("POST", "/agency/v1/reports/x/close", WORKS, "routing"),
    ],
)
def test_each_path_reaches_the_service_that_owns_it(
    client: TestClient, method: str, path: str, headers: dict[str, str], service: str
) -> None:
    answer = client.request(method, path, headers=headers)

    assert answer.status_code == 200
    assert answer.json()["service"] == service


def test_a_reader_is_anonymous_and_the_gateway_proves_itself(client: TestClient) -> None:
    headers = client.get("/v1/reports").json()["headers"]

    assert headers["x-pendapa-gateway"] == "between-us"
    assert headers["x-pendapa-role"] == "anonymous"
    assert "x-pendapa-agency" not in headers


def test_no_caller_can_set_its_role_by_a_header(client: TestClient) -> None:
    forged = {"x-pendapa-role": "official", "x-pendapa-agency": "water", "X-Pendapa-Gateway": "guess", **WORKS}

    headers = client.get("/agency/v1/reports", headers=forged).json()["headers"]

    assert headers["x-pendapa-role"] == "agency"
    assert headers["x-pendapa-agency"] == "works"
    assert headers["x-pendapa-gateway"] == "between-us"


def test_no_key_goes_on_to_a_service(client: TestClient) -> None:
    bearer = client.post("/v1/reports", headers={**FILING, "cookie": "a=b"}).text
    channel = client.get("/channels/kannel?from=1&token=kannel-token&text=%FF").json()
    open311 = client.post("/open311/v2/requests.json?api_key=file-it&x=1").json()

    assert "file-it" not in bearer
    assert "cookie" not in bearer
    assert channel["query"] == "from=1&text=%FF"
    assert open311["query"] == "x=1"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/reports", {}, 401),
        ("POST", "/v1/reports", {"authorization": "Bearer wrong"}, 401),
        ("POST", "/v1/reports", WORKS, 403),
        ("POST", "/v1/datasets/reports/releases", FILING, 403),
        ("GET", "/agency/v1/reports", {}, 401),
        ("GET", "/agency/v1/reports", FILING, 403),
        ("GET", "/channels/kannel", {}, 401),
        ("GET", "/channels/kannel?token=wrong", {}, 401),
        ("GET", "/channels/kannel?token=web-token", {}, 403),
        ("GET", "/channels/kannel?token=", {}, 401),
        ("GET", "/nowhere", {}, 404),
        ("DELETE", "/v1/reports", {}, 405),
        ("POST", "/v1/agencies", {}, 405),
        ("POST", "/", {}, 405),
        ("BREW", "/v1/reports", {}, 405),
        ("GET", "/v1/reports?q=" + "x" * 50_000, {}, 414),
        ("GET", "/v1/reports?q=" + "x" * 8_200, {}, 414),
        ("GET", "/channels/kannel?" + "&" * 200, {}, 414),
        ("GET", "/v1/" + "x" * 8_200, {}, 414),
    ],
)
def test_a_refusal_is_a_problem_document(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.request(method, path, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["type"].startswith("/problems/")
    assert answer.json()["instance"] == path.partition("?")[0]
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_405_lists_the_allowed_methods(client: TestClient) -> None:
    assert client.delete("/v1/reports").headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("path", "status", "content_type", "start"),
    [
        ("/open311/v2/requests.json", 403, "application/json; charset=utf-8", '[{"code":403,"description":"'),
        ("/open311/v2/requests.xml", 403, "text/xml; charset=utf-8", "<?xml"),
        ("/open311/v2/requests.yaml", 403, "text/xml; charset=utf-8", "<?xml"),
        ("/open311/v2/services.json", 405, "application/json; charset=utf-8", '[{"code":405,"description":"'),
    ],
)
def test_under_open311_errors_have_its_own_shape(
    client: TestClient, path: str, status: int, content_type: str, start: str
) -> None:
    answer = client.post(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == content_type
    assert answer.text.startswith(start)


def test_open311_takes_its_api_key_from_the_form(client: TestClient) -> None:
    fields = {"api_key": "file-it", "description": "lampu mati"}

    urlencoded = client.post("/open311/v2/requests.json", data=fields)
    multipart = client.post("/open311/v2/requests.json", data=fields, files={"media": ("a.jpg", b"\xff\xd8")})
    wrong = client.post("/open311/v2/requests.json", data={**fields, "api_key": "wrong"})
    broken = client.post("/open311/v2/requests.json", content=b"--x", headers={"content-type": "multipart/form-data"})

    assert urlencoded.json()["headers"]["x-pendapa-role"] == "filing"
    assert multipart.json()["headers"]["x-pendapa-role"] == "filing"
    assert "lampu mati" in multipart.json()["body"]
    assert wrong.status_code == broken.status_code == 403
    assert wrong.json()[0]["description"] == "api_key: This key is not known"
    for empty in ({}, {"api_key": ""}):
        missing = client.post("/open311/v2/requests.json", data={"description": "lampu mati", **empty})
        assert (missing.status_code, missing.json()[0]["description"][:17]) == (403, "api_key: required")
    in_json = client.post("/open311/v2/requests.json", json=fields)
    assert (in_json.status_code, in_json.json()[0]["code"]) == (415, 415)


def test_a_body_over_the_limit_is_refused_with_and_without_a_length(client: TestClient) -> None:
    big = b"x" * (1024 * 1024 + 1)

    with_length = client.post("/v1/reports", headers=FILING, content=big)
    streamed = client.post("/v1/reports", headers=FILING, content=iter([big[:-1], b"xx"]))
    absurd = client.post("/v1/reports", headers={**FILING, "content-length": "9" * 400}, content=b"x")
    photo = client.post("/open311/v2/requests.xml", headers=FILING, content=b"x" * (10 * 1024 * 1024 + 1))
    fits = client.post("/v1/reports", headers=FILING, content=big[:-1])

    assert with_length.status_code == streamed.status_code == absurd.status_code == photo.status_code == 413
    assert with_length.json()["title"] == "Content Too Large"
    assert photo.headers["content-type"].startswith("text/xml")
    assert fits.status_code == 200


def test_the_body_arrives_untouched(client: TestClient) -> None:
    body = bytes(range(256))

    assert client.post("/v1/reports", headers=FILING, content=body).json()["body"] == body.decode("latin-1")


def test_a_head_is_the_get_without_its_body(client: TestClient) -> None:
    got, head = client.get("/v1/reports"), client.head("/v1/reports")

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]


def test_the_callers_request_id_goes_through_if_it_is_one(client: TestClient) -> None:
    passed_on = client.get("/v1/reports", headers={"x-request-id": "abc-1"})
    odd = client.get("/v1/reports", headers={"x-request-id": "a b\t" * 99})

    assert passed_on.headers.get_list("x-request-id") == ["abc-1"]
    assert passed_on.json()["headers"]["x-request-id"] == "abc-1"
    assert len(odd.headers["x-request-id"]) == 32


def test_a_key_taken_out_of_the_file_is_soon_refused(client: TestClient, settings: Settings) -> None:
    assert client.post("/v1/reports", headers=FILING).status_code == 200
    settings.keys_file.write_text(json.dumps({}))

    end = time.monotonic() + 60
    while client.post("/v1/reports", headers=FILING).status_code != 401:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_keys_file_is_not_read_for_each_call(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    holders, reads = KeyHolders(settings.keys_file), []
    monkeypatch.setattr(holders, "_read", lambda: reads.append(1))
    for _ in range(1000):
        holders.holder("x")
    assert 1 <= len(reads) < 100


@pytest.mark.parametrize("name", ["filing", "official"])
def test_no_application_has_the_name_under_which_others_filed(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Hashes.model_validate({"applications": {name: {"hash": "x", "made_at": "2026-11-29T00:00:00Z"}}})


def test_a_broken_keys_file_leaves_the_earlier_keys_valid(client: TestClient, settings: Settings) -> None:
    settings.keys_file.write_text("{")

    assert client.post("/v1/reports", headers=FILING).status_code == 200
    assert client.post("/v1/reports", headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/reports", {}),
        ("/v1/reports", {"authorization": "Bearer wrong"}),
        ("/agency/v1/webhook/ping", {}),
        ("/open311/v2/requests.json?api_key=wrong", {}),
        ("/open311/v2/requests.json", {"authorization": "Bearer wrong"}),
    ],
)
def test_without_a_key_no_body_is_read(gateway: Gateway, path: str, headers: dict[str, str]) -> None:
    assert _bytes_read(gateway, path, headers, b"a" * 100_000) == 0


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png"])
def test_of_a_form_without_a_key_only_the_beginning_is_read(gateway: Gateway, kind: str) -> None:
    piece = b"&" * 16_384 if "url" in kind else b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 400
    assert _bytes_read(gateway, "/open311/v2/requests.json", {"content-type": kind}, piece) <= 64 * 1024 + len(piece)


def _bytes_read(gateway: Gateway, path: str, headers: dict[str, str], piece: bytes) -> int:
    """How much of an endless body is read before the refusal."""
    read, statuses = 0, list[int]()

    async def receive() -> Message:
        nonlocal read
        read += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    where, _, query = path.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": where, "query_string": query.encode(), "headers": raw}
    asyncio.run(gateway(scope, receive, send))
    assert statuses[0] in (401, 403, 415)
    return read


@pytest.mark.parametrize("path", ["/v1/reports", "/agency/v1/reports/x/respond"])
def test_a_byte_order_mark_before_json_is_passed_over(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b'\xef\xbb\xbf{"text": "x"}', headers=WORKS if "agency" in path else FILING)
    assert answer.json()["body"] == '{"text": "x"}'


def test_a_byte_order_mark_before_anything_else_stays(client: TestClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", **FILING}
    answer = client.post("/open311/v2/requests.json", content=b"\xef\xbb\xbfa=b", headers=form)
    assert answer.json()["body"] == "\xef\xbb\xbfa=b"


def test_a_key_in_the_beginning_of_a_large_form_is_found(client: TestClient) -> None:
    photo = ("a.jpg", b"\xff\xd8" * 1_000_000)

    small = client.post("/open311/v2/requests.json", data={"api_key": "file-it"}, files={"media": photo})
    late = client.post("/open311/v2/requests.json", files=[("media", photo), ("api_key", (None, "file-it"))])

    assert small.json()["headers"]["x-pendapa-role"] == "filing"
    assert late.status_code == 403
    assert "64 KiB" in late.text


def test_too_many_requests_under_way_are_refused_in_the_callers_format(settings: Settings, tiny: Region) -> None:
    waiting, let_go = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        waiting.set()
        await let_go.wait()
        await Response("done")(scope, receive, send)

    one_each = settings.model_copy(update={"requests_per_address": 1})
    gateway = create_app(one_each, dict.fromkeys(("intake", "routing", "publish"), slow), tiny)

    async def ask(path: str, host: str = "203.0.113.1") -> tuple[int, str, bytes]:
        answer = list[Message]()
        scope = {"type": "http", "method": "GET", "path": path.partition("?")[0], "client": (host, 1)}
        scope |= {"query_string": path.partition("?")[2].encode(), "headers": [], "scheme": "http"}

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            answer.append(message)

        await gateway(scope, receive, send)
        headers = dict(answer[0]["headers"])
        return answer[0]["status"], headers.get(b"content-type", b"").decode(), answer[-1].get("body", b"")

    async def story() -> None:
        first = asyncio.create_task(ask("/v1/reports"))
        await waiting.wait()
        assert (await ask("/v1/reports"))[:2] == (429, "application/problem+json")
        status, kind, said = await ask("/open311/v2/requests.json")
        assert (status, kind) == (429, "application/json; charset=utf-8")
        assert said.startswith(b'[{"code":429,')
        others = [asyncio.create_task(ask("/v1/reports", host)) for host in ("203.0.113.2", "127.0.0.1", "127.0.0.1")]
        provider = asyncio.create_task(ask("/channels/kannel?token=kannel-token"))
        await asyncio.sleep(0)
        let_go.set()
        assert [(await each)[0] for each in (first, provider, *others)] == [200] * 5
        assert (await ask("/v1/reports"))[0] == 200

    asyncio.run(asyncio.wait_for(story(), 30))
