"""The gateway's ASGI app: a process of its own (`python -m gateway.app`), or in one process with the services' apps."""

import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, NamedTuple, Protocol, runtime_checkable

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.ids import random_bytes
from contracts.region import Region, load_region
from gateway.callers.identify import has_bearer, identify, keys_in_form, require_operator, take
from gateway.callers.keys import KeyHolders
from gateway.client.client import Client
from gateway.client.headers import Headers, forwarded
from gateway.door import cors, limits
from gateway.door.address import Addresses
from gateway.door.cache import Cache
from gateway.door.errors import Refused, render
from gateway.door.finish import Finish
from gateway.door.guesses import Guesses
from gateway.door.metrics import count
from gateway.door.quotas import Quotas
from gateway.door.reports import FindReport, KeptReportFirst
from gateway.door.retiring import RETIRING, Retiring, headers_at
from gateway.door.routes import Route, find
from gateway.door.shape import check_json, without_mark
from gateway.pages.pages import Pages
from gateway.settings import Settings
from kit import log
from kit.caller import ANONYMOUS
from kit.connections import REFUSED, Bounds
from kit.health import Check, Health

_log = logging.getLogger(__name__)
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PROBES: Final = frozenset({"/healthz", "/readyz"})
_OF_SANDBOX: Final[Headers] = [(b"x-pendapa-sandbox", b"true")]
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class HttpExchange(NamedTuple):
    """A request and the way to answer it; `added`: headers that the answer gets."""

    scope: Scope
    receive: Receive
    send: Send
    added: Headers
    request_id: bytes


class Gateway:
    """An ASGI app without a framework, so that it adds only microseconds to a read."""

    def __init__(
        self,
        settings: Settings,
        upstreams: Mapping[str, ASGIApp],
        region: Region,
        checks: Sequence[Check] = (),
        retiring: Sequence[Retiring] = RETIRING,
        find_report: FindReport | None = None,
    ) -> None:
        self._upstreams = upstreams
        self._client = Client(upstreams, settings.gateway_secret)
        self._keys = KeyHolders(settings.keys_file)
        self._cache = Cache()
        self._addresses = Addresses(settings.trusted_proxies)
        self._guesses = Guesses(settings.guesses_an_hour)
        self._in_flight = limits.InFlight(settings.requests_per_address)
        self._quotas = Quotas(
            settings.requests_a_minute, settings.requests_a_minute_of_a_key, settings.requests_a_minute_from_here
        )
        self._patience = limits.BodyPatience(
            settings.body_grace_seconds, settings.body_least_speed, settings.body_seconds
        )
        self._pages = Pages(region, self._client, Health([self._keys.keys, *checks]), sandbox=settings.sandbox)
        self._added = list(_OF_SANDBOX) if settings.sandbox else []
        self._retiring = retiring
        self._reports: KeptReportFirst | None = None
        if find_report is not None and not retiring:
            self._reports = KeptReportFirst(find_report, self._addresses, self._quotas, self._in_flight, self._added)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif self._reports is None or not await self._reports.answer(scope, send):
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else random_bytes(16).hex().encode()
        log.request_id.set(request_id.decode())
        out = _Response(send, scope, request_id, self._added + headers_at(scope["path"], self._retiring))
        try:
            await self._answer(HttpExchange(scope, receive, self._finish(scope, out), out.added, request_id))
        except Refused as refused:
            if out.status == 0:
                await render(scope, refused)(scope, receive, self._finish(scope, out))
            else:  # returning now, without the end of the answer, makes the server cut the connection
                _log.error("an answer to %s %s broke off", scope["method"], _path(scope), exc_info=refused)
        except limits.Disconnected:
            out.status = 499
        except Exception as error:  # raised by a service, which has logged it too
            _log.error("unexpected failure of %s %s", scope["method"], _path(scope), exc_info=error)
            if out.status == 0:
                await render(scope, Refused(500))(scope, receive, self._finish(scope, out))
        count(scope["method"], out.status)

    def _finish(self, scope: Scope, out: Send) -> Finish:
        return Finish(scope, out, self._pages.of_problem)

    async def _answer(self, exchange: HttpExchange) -> None:
        scope, receive, send, added, _ = exchange
        if scope.get("state", {}).get(REFUSED):
            raise Refused(429, "Your address has too many connections", {"connection": "close", "retry-after": "10"})
        limits.check_url(scope)
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS":
            allowed = cors.preflight(path, is_page=self._pages.find(path) is not None)
            await Response(status_code=204, headers=allowed)(scope, receive, send)
            return
        if (page := self._pages.find(path)) is not None:
            if method not in _READS:
                raise Refused(405, headers={"allow": "GET, HEAD, OPTIONS"})
            address = self._addresses.counted(scope)
            if path not in _PROBES:
                added += self._quotas.of_address(address)
            with self._in_flight.counted(address):
                await (await page(scope))(scope, receive, send)
            return
        if path == "/metrics" and method in _READS:
            require_operator(scope, self._keys)
            await (await self._pages.metrics(scope))(scope, receive, send)
            return
        route = find(method, path)
        if not isinstance(route, Route):
            raise Refused(405, headers={"allow": ", ".join(sorted(route | {"OPTIONS"}))}) if route else Refused(404)
        if "channel" in route.callers:  # a provider sends the messages of many people from one address
            identify(scope, route, self._keys, _without_keys(scope)[1])
            await self._serve(route, exchange)
            return
        address = self._addresses.counted(scope)
        added += self._quotas.of_address(address)
        exchange = exchange._replace(send=self._guesses.watched(scope, address, send))
        with self._in_flight.counted(address):
            await self._serve(route, exchange)

    async def _serve(self, route: Route, exchange: HttpExchange) -> None:
        scope, receive, send, added, request_id = exchange
        inner, keys = _without_keys(scope)
        caller, body = ANONYMOUS, None
        coming = None if scope["method"] in _READS else limits.Body(scope, receive, route.body_limit, self._patience)
        if route.callers:  # the key comes first: who has none may not make us keep or read much
            if coming and not any(keys) and scope["path"].startswith("/open311") and not has_bearer(scope):
                keys = keys_in_form(scope, await coming.beginning())
            caller = identify(scope, route, self._keys, keys)
            added += self._quotas.of_caller(caller, self._addresses.counted(scope))
        if coming:
            body = without_mark(scope["path"], _content_type(scope), await coming.whole())
            check_json(scope["path"], _content_type(scope), body)
        inner["headers"] = [
            *forwarded(scope["headers"], body),
            *self._client.headers(caller),
            (b"x-request-id", request_id),
        ]
        if body is not None:
            receive = limits.replay(body, receive)
        app = self._upstreams[route.upstream]
        if route.cacheable and inner["method"] == "GET":
            await self._cache.answer(app, inner, receive, send)
        else:
            await app(inner, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            await receive()
            for app in self._upstreams.values():
                if isinstance(app, Starlette):
                    await stack.enter_async_context(app.router.lifespan_context(app))
                elif isinstance(app, Closing):
                    stack.push_async_callback(app.close)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@runtime_checkable
class Closing(Protocol):
    """An upstream whose connections must be closed."""

    async def close(self) -> None: ...


class _Response:
    """The `send` of one request: adds the gateway's headers, leaves out a HEAD's body, and keeps the status."""

    def __init__(self, send: Send, scope: Scope, request_id: bytes, added: Headers) -> None:
        self._send, self._method, self._path, self._request_id = send, scope["method"], scope["path"], request_id
        self.status = 0
        self.added = list(added)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [(name, value) for name, value in message["headers"] if name != b"x-request-id"]
            headers = cors.dressed(self._method, self._path, headers)
            own = [(b"x-request-id", self._request_id), (b"x-content-type-options", b"nosniff")]
            headers += [*self.added, *own]
            message = {**message, "headers": headers}
            await self._send(message)
            if self._method == "HEAD":  # ended now, because a stream of changes never ends by itself
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif self._method != "HEAD":
            await self._send(message)


def _path(scope: Scope) -> str:
    return log.without_token(scope["path"])


def _content_type(scope: Scope) -> bytes:
    return next((value for name, value in scope["headers"] if name == b"content-type"), b"")


def _without_keys(scope: Scope) -> tuple[Scope, list[str]]:
    """The scope for a service, and the keys that were in its query, which no service gets. HEAD becomes GET."""
    keys: list[str] = []
    query: bytes = scope["query_string"]
    path: str = scope["path"]
    if query and path.startswith(("/channels/", "/open311/")):
        query, keys = take(query, "token" if path.startswith("/channels/") else "api_key")
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    return {**scope, "method": method, "query_string": query, "root_path": ""}, keys


def create_app(
    settings: Settings,
    upstreams: Mapping[str, ASGIApp] | None = None,
    region: Region | None = None,
    checks: Sequence[Check] = (),
    find_report: FindReport | None = None,
) -> Gateway:
    """The gateway in front of `upstreams` in this process, or else of the addresses in the settings.

    `checks`: of other parts of the process, which /readyz reports too. `find_report`: publish's own, if it is here.
    """
    region = region or load_region(settings.region)
    return Gateway(settings, upstreams or _remote(settings), region, checks, find_report=find_report)


def bounds_of(settings: Settings) -> Bounds:
    """What the gateway's connections may hold."""
    return Bounds(
        settings.connections,
        settings.connections_per_address,
        Addresses(settings.trusted_proxies).name,
        settings.body_seconds,
        settings.body_grace_seconds,
        settings.body_least_speed,
    )


def _remote(settings: Settings) -> Mapping[str, ASGIApp]:
    from gateway.client.remote import Remote  # slow to import, and unused on the embedded footing

    return {
        "intake": Remote(settings.intake_url),
        "routing": Remote(settings.routing_url),
        "publish": Remote(settings.publish_url),
    }


def main() -> None:
    """Serve as a process of its own, with settings from the environment."""
    from kit.web import serve

    settings = Settings()
    log.setup("gateway")
    serve(create_app(settings), settings, bounds_of(settings), settings.trusted_proxies)


if __name__ == "__main__":
    main()
