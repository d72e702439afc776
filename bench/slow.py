"""Times of a reader beside 2,000 connections that are idle or send a byte a second, and of reading hostile texts.

The sockets are on loopback, for which addresses are not bounded: all are let in, and one that the server closes is
opened again at once. They are in a process of their own, so that the reader's times are not theirs.
"""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any

from bench import load
from bench.table import Line
from kit import files
from tests.journey.system import TAPELAN, running
from tests.rules import pumps
from tests.rules.test_linear import PIECES, READERS

CONNECTIONS = 2_000
_SLICES = 50
_LENGTH = 20_000
_BEGINNINGS = (
    b"",
    b"GET /v1/reports HTTP/1.1\r\nhost: a\r\nx-a: ",
    b"POST /v1/reports HTTP/1.1\r\nhost: a\r\ncontent-length: 900000\r\n\r\n",
    b"POST /open311/v2/requests.json HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n",
)


def run() -> list[Line]:
    """The reader alone, then beside the slow; and the slowest expression and reader of texts."""
    files.raise_limit()
    with running("embedded") as system:
        assert system.process is not None
        for n in range(20):
            system.sms(f"{TAPELAN} {n}", id=f"slow-{n}")
        requests = [load.get("/v1/reports?limit=10"), load.get("/open311/v2/services.json")]
        alone = load.measure(system.process.pid, system.port, requests, connections=4)
        with _slow_callers(system.port):
            time.sleep(3)
            beside = load.measure(system.process.pid, system.port, requests, connections=4)
    name = f"a reader beside {CONNECTIONS:,} idle or slow connections"
    figures, goal = f"p99 {beside.p99_ms:.1f} ms, {beside.per_second:,.0f}/s", "p99 as it was"
    line = Line(name, figures, f"alone p99 {alone.p99_ms:.1f} ms, {alone.per_second:,.0f}/s", "", goal)
    return [line, _slowest_expression(), _slowest_reader()]


@contextmanager
def _slow_callers(port: int) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=_trickle, args=(port,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _trickle(port: int) -> None:
    """Keep all connections open, and send a byte a second on those that have begun to say something."""
    files.raise_limit()
    selector, turn = selectors.DefaultSelector(), 0
    for slice in cycle(range(_SLICES)):  # spread over the second: slow callers have no common clock
        began = time.monotonic()
        for _ in range(min(CONNECTIONS // _SLICES, CONNECTIONS - len(selector.get_map()))):
            turn += 1
            beginning = _BEGINNINGS[turn % len(_BEGINNINGS)]
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(beginning)
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ, beginning)
        for key, _ in selector.select(0):  # answered, or hung up on
            selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]
        for key in list(selector.get_map().values())[slice::_SLICES]:
            with suppress(OSError):
                if key.data:
                    key.fileobj.send(b"a")  # type: ignore[union-attr]
        time.sleep(max(0.0, began + 1 / _SLICES - time.monotonic()))


def _slowest_expression() -> Line:
    """By its own text of `_LENGTH` characters, of all that the generated test tries."""
    worst, name = 0.0, ""
    for each, pattern in pumps.expressions().items():
        for text in pumps.texts(pattern):
            subject = text(_LENGTH) if isinstance(pattern.pattern, str) else text(_LENGTH).encode()
            if (seconds := min(_seconds(pattern.findall, subject) for _ in range(3))) > worst:
                worst, name = seconds, each.partition(":")[0]
    return Line(f"slowest expression, {_LENGTH:,} characters", f"{worst * 1000:.1f} ms ({name})", "", "", "≤ 5 ms")


def _slowest_reader() -> Line:
    worst, name = 0.0, ""
    for each, reader in READERS.items():
        for piece in PIECES:
            text = (piece * _LENGTH)[:_LENGTH]
            if (seconds := min(_seconds(reader, text) for _ in range(2))) > worst:
                worst, name = seconds, each
    return Line(f"slowest reader of a text, {_LENGTH:,} characters", f"{worst * 1000:.0f} ms ({name})", "", "", "")


def _seconds(read: Callable[[Any], object], text: Any) -> float:
    began = time.thread_time()
    read(text)
    return time.thread_time() - began
