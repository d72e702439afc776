"""Many reports in one `POST /v1/reports`: newline-delimited JSON, a report a line and an answer a line."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError

from kit.problems import Problems, explain, members
from kit.web import render_json
from services.intake.domain import Receipt
from services.intake.handlers import Draft

PATH = "/v1/reports"
MEDIA_TYPE = "application/x-ndjson"
LIMIT = 200
"""Reports in one request."""


async def file_each(
    body: bytes,
    read: Callable[[bytes], Draft],
    keep: Callable[[Draft], Awaitable[Receipt]],
    problems: Problems,
) -> bytes:
    """A line for each that is not blank, in their order: a receipt with status 202, or a problem document.

    A line that is refused takes no other with it. Raises `RequestValidationError` for none, or for too many.
    """
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not 1 <= len(lines) <= LIMIT:
        raise RequestValidationError([{"loc": ("body",), "msg": f"There must be 1 to {LIMIT} lines"}])

    async def file(line: bytes) -> dict[str, Any]:
        try:
            return {"status": int(HTTPStatus.ACCEPTED), **receipt(await keep(read(line)))}
        except Exception as error:  # it is this line's answer
            return members(explain(error, problems), PATH)

    return b"".join([render_json(answer) + b"\n" for answer in await asyncio.gather(*map(file, lines))])


def receipt(kept: Receipt) -> dict[str, str]:
    """What the one who filed a report is told."""
    return {"id": kept.id, "code": kept.code, "url": f"{PATH}/{kept.id}"}
