"""The gateway's own addresses: its pages, its health, and the merged API description."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Scope

from contracts.region import Region
from gateway.client.client import Answer, Client
from gateway.door.errors import Refused
from gateway.pages.data import datasets
from gateway.pages.openapi import Descriptions
from kit import telemetry
from kit.health import PATIENCE, Health
from kit.version import ALIVE

if TYPE_CHECKING:
    from jinja2 import Environment

Page = Callable[[Scope], Awaitable[Response]]

_HERE: Final = Path(__file__).parent
_PROBLEMS: Final = _HERE.parents[1] / "docs" / "problems.md"
_HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'self'; script-src 'none'; object-src 'none'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}

_SAID: Final = {
    401: "Perlu kunci",
    403: "Tidak diizinkan",
    404: "Tidak ada di sini",
    405: "Tidak dapat dilakukan di sini",
    410: "Sudah tidak ada",
    429: "Terlalu banyak permintaan",
    503: "Coba lagi sebentar lagi",
}
_SAID_ELSE: Final = "Permintaan ini tidak dapat dijawab"

_FOLDERS: Final = re.compile(r"(?<![\w/])/(?:[^\s/]++/)++")
"""The folders of a path of this machine, which are for the operator's log alone."""


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # most processes render no page

    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["coded"] = _coded
    return templates


class Pages:
    """The gateway's own pages, by their exact path."""

    def __init__(self, region: Region, client: Client, health: Health, *, sandbox: bool = False) -> None:
        self._region, self._client, self._health, self._sandbox = region, client, health, sandbox
        self._descriptions = Descriptions(region.name["id"], region.contact, client)
        self._pages: dict[str, Page] = {
            "/": self._home,
            "/data": self._data,
            "/data/": self._data,
            "/docs": self._docs,
            "/docs/": _redirect("/docs"),
            "/docs/style.css": _file(_HERE / "static" / "docs.css"),
            "/style.css": _file(_HERE / "static" / "style.css"),
            "/favicon.ico": _file(_HERE / "static" / "favicon.svg"),
            "/robots.txt": _robots,
            "/openapi.json": self._openapi,
            "/problems": self._problems,
            "/healthz": _healthz,
            "/readyz": self._readyz,
        }

    def find(self, path: str) -> Page | None:
        """The page at `path`; None if the gateway has no such page."""
        if path.startswith("/problems/"):
            return self._problems
        page = self._pages.get(path)
        return self._docs if page is None and path.startswith("/docs/") else page

    def of_problem(self, document: bytes) -> Response:
        """The page that tells a person what a problem document tells a program."""
        problem = {"detail": "", **orjson.loads(document)}
        return self._render("problem.html", problem=problem, indonesian=_SAID.get(problem["status"], _SAID_ELSE))

    def _render(self, template: str, **values: object) -> Response:
        text = _templates().get_template(template).render(region=self._region, sandbox=self._sandbox, **values)
        return Response(text, headers=_HEADERS, media_type="text/html; charset=utf-8")

    async def _home(self, scope: Scope) -> Response:
        return self._render("home.html", base=_base(scope), reports=await self._some_reports())

    async def _some_reports(self) -> bool:
        answer = await self._ask("publish", "/v1/reports", b"limit=1")
        return answer.status == 200 and b'"id"' in answer.body

    async def _data(self, scope: Scope) -> Response:
        listed = await datasets(lambda path, query: self._ask("publish", path, query))
        return self._render("data.html", base=_base(scope), datasets=listed)

    async def _docs(self, scope: Scope) -> Response:
        """The reference of the API: the list of all operations, or those of one group."""
        groups = await self._descriptions.groups(_base(scope))
        name = scope["path"].removeprefix("/docs").strip("/")
        if not name:
            return self._render("docs.html", groups=groups)
        group = next((each for each in groups if each.name == name), None)
        if group is None:
            raise Refused(404)
        return self._render("docs_group.html", group=group)

    async def _openapi(self, _: Scope) -> Response:
        return Response(await self._descriptions.merged(), media_type="application/json")

    async def _problems(self, scope: Scope) -> Response:
        """The heading of docs/problems.md that a problem's `type` names, or all of them."""
        text = _PROBLEMS.read_text() if _PROBLEMS.exists() else ""
        slug = scope["path"].removeprefix("/problems").strip("/")
        if slug:
            section = next((part for part in text.split("\n## ")[1:] if part.split("\n", 1)[0].strip("` ") == slug), "")
            text = f"## {section}" if section else ""
        if not text:
            raise Refused(404)
        from markdown_it import MarkdownIt  # for this page alone

        # Our own file, no user's text: its HTML needs no escaping.
        return self._render("problems.html", content=Markup(MarkdownIt().render(text)))  # noqa: S704

    async def metrics(self, _: Scope) -> Response:
        """The counts, for the operator only: two of them differ by the number of reports that are not public."""
        services = self._client.services
        own, answers = await asyncio.gather(
            run_in_threadpool(self._health.failing), asyncio.gather(*map(self._ask_whether_ready, services))
        )
        telemetry.note_failing(own)
        telemetry.note_failing({name: answer.status != 200 for name, answer in zip(services, answers, strict=True)})
        body, content_type = await run_in_threadpool(telemetry.render)
        return Response(body, headers={"content-type": content_type})

    async def _readyz(self, _: Scope) -> Response:
        services = self._client.services
        own, answers = await asyncio.gather(
            run_in_threadpool(self._health.look), asyncio.gather(*map(self._ask_whether_ready, services))
        )
        failed = [name for name, answer in zip(services, answers, strict=True) if answer.status != 200]
        lines = [
            (name, _FOLDERS.sub("", answer.body.decode()).splitlines()[1:])
            for name, answer in zip(services, answers, strict=True)
        ]
        if failed or own.failed:
            failed = ["gateway"] * bool(own.failed) + failed
            reasons = [f"gateway {reason}" for reason in own.reasons]
            reasons += [f"{name} {line}" for name, of_service in lines if name in failed for line in of_service]
            return PlainTextResponse("\n".join([f"not ready: {', '.join(failed)}", *reasons, ""]), 503)
        return PlainTextResponse(
            "\n".join(
                [
                    "ok",
                    *(f"warning: {each}" for each in own.warnings),
                    *(line for _, of_service in lines for line in of_service),
                    "",
                ]
            )
        )

    async def _ask(self, service: str, path: str, query: bytes = b"") -> Answer:
        try:
            return await self._client.call(service, path, query)
        except Refused as refused:
            return Answer(refused.status, [], b"")

    async def _ask_whether_ready(self, service: str) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE + 1):
                return await self._ask(service, "/readyz")
        except TimeoutError:
            return Answer(503, [], b"\ndoes not answer\n")


def _coded(words: str) -> Markup:
    """Words for a page, with what stands between backticks as code."""
    shown = Markup("<code>{}</code>")
    parts = [shown.format(part) if number % 2 else escape(part) for number, part in enumerate(words.split("`"))]
    return Markup("").join(parts)


async def _healthz(_: Scope) -> Response:
    return PlainTextResponse(ALIVE)


async def _robots(_: Scope) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /agency/\nDisallow: /channels/\n")


def _file(path: Path) -> Page:
    content, kind = path.read_bytes(), guess_type(path)[0]

    async def page(_: Scope) -> Response:
        return Response(content, headers={"cache-control": "public, max-age=3600"}, media_type=kind)

    return page


def _redirect(path: str) -> Page:
    async def page(_: Scope) -> Response:
        return RedirectResponse(path, 308)

    return page


def _base(scope: Scope) -> str:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost:8000")
    return f"{scope['scheme']}://{host.decode('latin-1')}"
