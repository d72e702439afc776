"""The server, health checks, metrics and request ids of every HTTP process."""

import logging
import re
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Protocol

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.ids import random_bytes
from kit import files, log, patience, telemetry
from kit.connections import Bounds
from kit.health import Check, Health
from kit.version import ALIVE

if TYPE_CHECKING:
    from kit.server import QuietServer

_log = logging.getLogger(__name__)
_WIDE = Bounds()


def render_json(value: object) -> bytes:
    """JSON as this project sends it: compact, UTF-8, times of aware datetimes in UTC with `Z`."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def operations(app: Starlette, checks: Sequence[Check] = (), alive: Sequence[Check] = ()) -> None:
    """Add /healthz, /readyz, /metrics and request ids.

    /readyz answers 503 with the `checks` that failed, why and since when, or 200 and what the others warn of.
    /healthz answers 503 if one of `alive` raises: the process is stuck, and only a restart helps. These must not wait.
    Otherwise its second line is the version.
    """
    health = Health(checks)

    async def healthz(_: Request) -> Response:
        for check in alive:
            try:
                check()
            except Exception as error:  # any exception means that the part is stuck
                return PlainTextResponse(f"stuck: {error}\n", 503)
        return PlainTextResponse(ALIVE)

    async def readyz(_: Request) -> Response:
        state = await run_in_threadpool(health.look)
        if state.failed:
            lines = [f"not ready: {', '.join(state.failed)}", *state.reasons]
            return PlainTextResponse("".join(f"{line}\n" for line in lines), 503)
        return PlainTextResponse("".join(["ok\n", *(f"warning: {each}\n" for each in state.warnings)]))

    async def metrics(_: Request) -> Response:
        telemetry.note_failing(await run_in_threadpool(health.failing))
        body, content_type = await run_in_threadpool(telemetry.render)
        return Response(body, headers={"content-type": content_type})

    for path, endpoint in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_route(path, endpoint, include_in_schema=False)
    app.add_middleware(RequestIds)


_REPORT = re.compile(r"(?<=/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=[/.]|$)")
"""A report's id in a path."""
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


LAST_SECONDS = 8.0
"""How long requests and batches under way may still wait for the database once the process was told to end."""


class Address(Protocol):
    """Settings that say where to listen."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...


class RequestIds:
    """Sets `x-request-id`, the caller's or a new one, in the answer and logs; these name the path's report, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        callers = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        chosen = callers if _REQUEST_ID.fullmatch(callers) else random_bytes(16).hex().encode()
        # Never reset: an unexpected error is logged by outer code, in the same context.
        log.request_id.set(chosen.decode())
        if match := _REPORT.search(scope["path"]):
            log.report.set(match[0])

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", chosen)]
            await send(message)

        await self._app(scope, receive, send_named)


def _server(
    app: ASGIApp, host: str, port: int, bounds: Bounds = _WIDE, trusted_proxies: str = "127.0.0.1"
) -> "QuietServer":
    import uvicorn  # here: an app can be made without being served

    from kit.http import bounded
    from kit.server import QuietServer

    class Server(QuietServer):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            patience.end_waits_in(LAST_SECONDS)
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=bounded(bounds, files.raise_limit()),
        forwarded_allow_ips=trusted_proxies,
        log_config=None,
        access_log=False,  # it would write query strings
        server_header=False,
        timeout_graceful_shutdown=20,
    )
    return Server(config)


def serve(app: ASGIApp, settings: Address, bounds: Bounds = _WIDE, trusted_proxies: str = "127.0.0.1") -> None:
    """Serve until SIGTERM or SIGINT, and finish the requests under way."""
    if words := files.warning(files.raise_limit()):
        _log.warning(words)
    _server(app, settings.host, settings.port, bounds, trusted_proxies).run()


class Background:
    """A server on a thread of its own, for a process whose main work is something else."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._server = _server(app, host, port)
        # Signals belong to the main thread's work; uvicorn installs handlers only on the main thread.
        self._thread = threading.Thread(target=self._server.run, name="operations", daemon=True)
        self._thread.start()

    def started(self, timeout: float) -> bool:
        """Whether it answers, after waiting `timeout` seconds at most."""
        deadline = time.monotonic() + timeout
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        return bool(self._server.started)

    def close(self) -> None:
        self._server.end()
        self._thread.join(5)
