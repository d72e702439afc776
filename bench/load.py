"""A load generator and the server's CPU time beside it: requests a second, CPU milliseconds a request, latencies."""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from typing import NamedTuple

import psutil

SERVER_CORE, CLIENT_CORE = {0}, {(os.cpu_count() or 1) - 1}


class Result(NamedTuple):
    per_second: float
    cpu_ms: float
    """User and system time of the server's whole process tree, for one request."""
    p50_ms: float
    p99_ms: float


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children so far."""
    process = psutil.Process(pid)
    times = [p.cpu_times() for p in [process, *process.children(recursive=True)]]
    return float(sum(t.user + t.system for t in times))


def measure(
    pid: int,
    port: int,
    requests: Sequence[bytes],
    *,
    seconds: float = 2,
    rounds: int = 3,
    connections: int = 16,
    in_order: bool = False,
) -> Result:
    """The median of `rounds`; every answer must be 2xx. `requests` are whole HTTP/1.1 requests, taken at random, or
    `in_order`, again from the first after the last."""
    take = cycle(requests).__next__ if in_order else partial(random.choice, requests)
    asyncio.run(_round(port, take, 0.5, connections))
    results = []
    for _ in range(rounds):
        before = cpu_seconds(pid)
        begin = time.perf_counter()
        latencies = asyncio.run(_round(port, take, seconds, connections))
        elapsed, cpu = time.perf_counter() - begin, cpu_seconds(pid) - before
        latencies.sort()
        results.append(
            Result(
                len(latencies) / elapsed,
                1000 * cpu / len(latencies),
                1000 * latencies[len(latencies) // 2],
                1000 * latencies[int(len(latencies) * 0.99)],
            )
        )
    return Result(*(statistics.median(column) for column in zip(*results, strict=True)))


def get(path: str, **headers: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode()


def post(path: str, body: bytes, **headers: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nhost: localhost\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body


async def _round(port: int, take: Callable[[], bytes], seconds: float, connections: int) -> list[float]:
    end = time.perf_counter() + seconds
    lists = await asyncio.gather(*(_client(port, take, end) for _ in range(connections)))
    return [latency for latencies in lists for latency in latencies]


async def _client(port: int, take: Callable[[], bytes], end: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    latencies = []
    try:
        while (begin := time.perf_counter()) < end:
            writer.write(take())
            await _answer(reader)
            latencies.append(time.perf_counter() - begin)
    finally:
        writer.close()
    return latencies


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    if not status.startswith(b"2"):
        raise RuntimeError(f"the server answered {status.decode()}")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
            return
    while True:  # chunked, as Datasette sends
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        await reader.readexactly(size + 2)
        if size == 0:
            return
