"""Headers without an end are cut off; whatever else comes over a connection is read as before."""

import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from kit.http import HEAD_LIMIT
from kit.web import Background
from pendapa.live.process import free_port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    app, port = Starlette(), free_port()
    app.add_route("/", echo, methods=["GET", "POST"])
    server = Background(app, "127.0.0.1", port)
    assert server.started(30)
    yield port
    server.close()


def talk(port: int, *parts: bytes) -> bytes:
    """What comes back until the server hangs up, or has answered the last request, which says so."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except OSError:
            pass  # it hung up on us
        try:
            while more := connection.recv(65536):
                answer += more
        except ConnectionResetError:
            pass
    return answer


@pytest.mark.parametrize("line", [b"x-a: " + b"a" * 1000 + b"\r\n", b"a" * 1000], ids=["many", "one without an end"])
def test_headers_without_an_end_are_cut_off(port: int, line: bytes) -> None:
    begin = b"GET / HTTP/1.1\r\nhost: a\r\n" + (b"" if line.endswith(b"\n") else b"x-a: ")
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    with connection:
        connection.sendall(begin)
        sent = 0
        try:
            while sent < 100 * HEAD_LIMIT:
                connection.sendall(line)
                sent += len(line)
        except OSError:
            pass
    assert sent < 100 * HEAD_LIMIT


def test_a_caller_that_is_cut_off_is_told_so(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nhost: a\r\nx-a: "
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head)
        for _ in range(5):  # a little more than is allowed, and then only listening
            connection.sendall(b"a" * (HEAD_LIMIT // 4))
        connection.settimeout(2)
        try:
            answer = connection.recv(65536)
        except TimeoutError:  # the pieces had come together: the next one is one too many
            connection.sendall(b"a" * (HEAD_LIMIT + 1))
            connection.settimeout(30)
            answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"status":431' in answer


def test_large_bodies_and_many_requests_in_one_piece_are_read(port: int) -> None:
    body = b"b" * 1_000_000
    post = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    get = b"GET / HTTP/1.1\r\nhost: a\r\nx-a: %s\r\n\r\n" % (b"a" * 1000)
    last = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    answer = talk(port, post + post, get * 300 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 303
    assert answer.count(b"\r\n\r\n1000000") == 2


def test_heads_in_pieces_are_read_however_many_come_over_a_connection(port: int) -> None:
    piece = b"a" * (HEAD_LIMIT // 4)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for _ in range(4):
            for part in (b"GET / HTTP/1.1\r\nhost: a\r\nx-a: ", piece, piece, b"\r\n\r\n"):
                connection.sendall(part)
                time.sleep(0.02)  # so that the server has each by itself
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("part", [b"", b"GET / HTTP/1.1\r\nx-a: b"])
def test_who_never_says_what_is_asked_for_is_hung_up_on(
    port: int, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    monkeypatch.setattr("kit.http.HEAD_SECONDS", 0.3)
    assert talk(port, part) == b""  # ends only when the server hangs up


def test_who_breaks_off_in_a_second_question_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.http.HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert b"200 OK" in connection.recv(65536)
        connection.sendall(b"GET / HT")
        while connection.recv(65536):  # ends only when the server hangs up
            pass


def test_a_body_that_takes_longer_than_a_head_may_is_read(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.http.HEAD_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na")
        time.sleep(0.5)
        connection.sendall(b"b")
        assert b"200 OK" in connection.recv(65536)


def test_a_body_beside_an_offer_of_http_2_is_read(port: int) -> None:
    """Java's HttpClient makes the offer with every request over plain HTTP."""
    offer = b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
    answer = talk(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" + offer + b"\r\n", b"body")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"4")
