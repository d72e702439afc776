"""Writes one request as curl, Python and JavaScript that run as they are printed, with a key in the variable KEY."""

import json
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

Json = dict[str, Any]
FORM = "application/x-www-form-urlencoded"


class ExampleRequest(NamedTuple):
    """A request to be written down. `keyed`: it shows a key; `form`: its body is a form, and not JSON."""

    method: str
    url: str
    keyed: bool
    body: Mapping[str, object] | None = None
    form: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Without the key."""
        return {} if self.body is None else {"Content-Type": FORM if self.form else "application/json"}


class Example(NamedTuple):
    """One request in one language."""

    language: str
    code: str


def written(request: ExampleRequest) -> tuple[Example, ...]:
    """The request in every language."""
    return (
        Example("curl", _curl(request)),
        Example("Python", _python(request)),
        Example("JavaScript", _javascript(request)),
    )


def address(base: str, path: str, parameters: Mapping[str, object], query: Mapping[str, object]) -> str:
    """A URL.

    >>> address("http://x", "/v1/reports/{id}", {"id": "a b"}, {"limit": 5})
    'http://x/v1/reports/a%20b?limit=5'
    """
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(str(value)))
    return f"{base}{path}{'?' if query else ''}{urlencode(query)}"


def _text(request: ExampleRequest) -> str:
    body = request.body or {}
    return urlencode(body) if request.form else json.dumps(body, ensure_ascii=False)


def _curl(request: ExampleRequest) -> str:
    words = ["curl -s", *([] if request.method == "GET" else [f"-X {request.method}"]), shlex.quote(request.url)]
    lines = [" ".join(words)]
    if request.keyed:
        lines.append('-H "Authorization: Bearer $KEY"')
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    if request.body is not None:
        lines.append(f"-d {shlex.quote(_text(request))}")
    return " \\\n  ".join(lines)


def _python(request: ExampleRequest) -> str:
    imports = ["import os"] if request.keyed else []
    headers = ['"Authorization": f"Bearer {os.environ[\'KEY\']}"'] if request.keyed else []
    headers += [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in request.headers.items()]
    lines = [*imports, "import urllib.request", "", "request = urllib.request.Request("]
    lines.append(f"    {json.dumps(request.url)},")
    if request.method != "GET":
        lines.append(f'    method="{request.method}",')
    if headers:
        lines.append(f"    headers={{{', '.join(headers)}}},")
    if request.body is not None:
        lines.append(f"    data={_text(request)!r}.encode(),")
    return "\n".join(
        [*lines, ")", "with urllib.request.urlopen(request) as answer:", "    print(answer.read().decode())"]
    )


def _javascript(request: ExampleRequest) -> str:
    headers = ["Authorization: `Bearer ${process.env.KEY}`"] if request.keyed else []
    headers += [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in request.headers.items()]
    options = [] if request.method == "GET" else [f'method: "{request.method}"']
    if headers:
        options.append(f"headers: {{ {', '.join(headers)} }}")
    if request.body is not None:
        options.append(f"body: {json.dumps(_text(request), ensure_ascii=False)}")
    inner = "".join(f"  {option},\n" for option in options)
    asked = f", {{\n{inner}}}" if options else ""
    return f"const answer = await fetch({json.dumps(request.url)}{asked});\nconsole.log(await answer.text());"
