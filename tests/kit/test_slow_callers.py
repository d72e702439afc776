"""No connection is held by a caller that sends or takes too slowly, or by an address that has too many."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from kit import connections, files
from kit.connections import REFUSED, Bounds, Connections
from kit.web import _server
from pendapa.live.process import free_port

SLOW = "127.0.0.2"
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
POST = b"POST /unread HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n"


@contextmanager
def serving(bounds: Bounds) -> Iterator[uvicorn.Server]:
    async def echo(request: Request) -> Response:
        refused = request.scope["state"].get(REFUSED)
        return PlainTextResponse(str(len(await request.body())), 429 if refused else 200)

    async def unread(_: Request) -> Response:
        return PlainTextResponse("not for you", 401)

    async def large(_: Request) -> Response:
        return Response(b"a" * 64_000_000)

    app, port = Starlette(), free_port()
    for path, endpoint in (("/", echo), ("/unread", unread), ("/large", large)):
        app.add_route(path, endpoint, methods=["GET", "POST"])
    server = _server(app, "127.0.0.1", port, bounds)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield server
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


def wait_until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def connect(server: uvicorn.Server, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.config.port), timeout=30, source_address=(host, 0))


def rest(connection: socket.socket) -> bytes:
    """What comes until the server hangs up; that it does is the point of most tests here."""
    answer = bytearray()
    with suppress(ConnectionError):
        while more := connection.recv(1_000_000):
            answer += more
    return bytes(answer)


def trickle(connection: socket.socket) -> None:
    """Send a byte now and then until the server hangs up."""
    with suppress(ConnectionError):
        while True:
            connection.sendall(b"a")
            time.sleep(0.02)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bounds in a fraction of the time."""
    for name in ("SWEEP_SECONDS", "UNREAD_SECONDS", "_LATER"):
        monkeypatch.setattr(connections, name, 0.05)
    monkeypatch.setattr("kit.http.UNREAD_SECONDS", 0.2)
    monkeypatch.setattr("kit.http.SEND_SECONDS", 0.3)


@pytest.mark.usefixtures("quick")
def test_a_body_that_nobody_reads_and_that_never_ends_is_hung_up_on() -> None:
    with serving(Bounds()) as server, connect(server) as connection:
        connection.sendall(POST)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401")
        trickle(connection)


@pytest.mark.usefixtures("quick")
def test_a_body_too_slow_for_its_bytes_is_hung_up_on() -> None:
    with serving(Bounds(body_grace=0.1, least_speed=1000)) as server, connect(server) as connection:
        connection.sendall(POST.replace(b"/unread", b"/"))
        trickle(connection)


@pytest.mark.usefixtures("quick")
def test_a_caller_that_takes_no_answer_is_hung_up_on() -> None:
    with serving(Bounds()) as server, connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(GET.replace(b"/ ", b"/large "))
        connection.recv(100)
        wait_until(lambda: not server.server_state.connections)  # meanwhile nothing is taken


@pytest.mark.usefixtures("quick")
def test_a_caller_that_takes_a_large_answer_gets_all_of_it() -> None:
    with serving(Bounds()) as server, connect(server) as connection:
        connection.sendall(LAST.replace(b"/ ", b"/large "))
        assert len(rest(connection)) > 64_000_000


def test_an_address_with_too_many_connections_is_told_and_others_are_served() -> None:
    def counted(host: str) -> str:
        return host if host == SLOW else ""

    with serving(Bounds(per_address=2, counted=counted)) as server, ExitStack() as held:
        first, second, third, fourth = [held.enter_context(connect(server, SLOW)) for _ in range(4)]
        for connection in (first, second, third, fourth):
            connection.sendall(GET)
        assert [each.recv(65536)[:12] for each in (first, second)] == [b"HTTP/1.1 200"] * 2
        assert [each.recv(65536)[:12] for each in (third, fourth)] == [b"HTTP/1.1 429"] * 2
        with connect(server, SLOW) as fifth:
            assert rest(fifth) == b""  # more than twice too many: hung up on unheard
        with connect(server) as other:
            other.sendall(LAST)
            assert rest(other).startswith(b"HTTP/1.1 200")


def test_who_is_idle_makes_room_for_who_comes() -> None:
    with serving(Bounds(connections=3)) as server, ExitStack() as held:
        idle = [held.enter_context(connect(server)) for _ in range(10)]
        with connect(server) as comes:
            comes.sendall(LAST)
            assert rest(comes).startswith(b"HTTP/1.1 200")
        assert rest(idle[0]) == b""


class Still:
    """A connection that answers a request for ever."""

    def is_idle(self) -> bool:
        return False

    def is_too_slow(self, now: float, bounds: Bounds) -> bool:
        return False

    def abort(self) -> None:
        raise AssertionError("it is busy")


def test_addresses_are_forgotten_with_their_connections() -> None:
    async def story() -> None:
        loop, all_of_them = asyncio.get_running_loop(), Connections(Bounds(2, 10, str), 1000)
        first, second, third = Still(), Still(), Still()
        assert all_of_them.enter(first, "a", loop)
        assert all_of_them.enter(second, "b", loop)
        assert all_of_them.enter(third, "c", loop) is None  # both are busy
        assert all_of_them.counts() == {"a": 1, "b": 1}
        for each in (first, second, third):
            all_of_them.leave(each)
        assert (all_of_them.counts(), len(all_of_them)) == ({}, 0)

    asyncio.run(story())


def test_the_process_may_open_as_many_files_as_the_system_allows() -> None:
    assert files.raise_limit() == files.raise_limit()
    assert files.warning(files.FEW) is None
    assert "ulimit -n" in (files.warning(1024) or "")
