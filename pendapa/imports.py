"""Begins an import on the server, and takes one back (`pendapa import --undo`)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from pendapa.sending import ImportStopped

_ATTEMPTS = 6


async def begin(session: aiohttp.ClientSession, url: str, name: str, source: str) -> int:
    """The number of a new import. Raises `ImportStopped`."""
    answer = await _post(session, f"{url}/v1/imports", {"name": name[:200], "source": source[:200]}, {201})
    return int(answer["number"])


async def undo(url: str, key: str, number: int) -> Mapping[str, Any]:
    """Take an import back; what the server says of it then. Raises `ImportStopped`."""
    headers = {"authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=600)) as session:
        return await _post(session, f"{url}/v1/imports/{number}/undo", {}, {200})


async def _post(session: aiohttp.ClientSession, url: str, body: Mapping[str, str], done: set[int]) -> Mapping[str, Any]:
    problem = "no answer"
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(0.1 * 2**attempt)
        try:
            async with session.post(url, json=body, headers={"content-type": "application/json"}) as answer:
                status, document = answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError, ValueError):
            continue
        if status in done and isinstance(document, dict):
            return document
        words = document if isinstance(document, dict) else {}
        problem = f"{status} {words.get('detail') or words.get('title') or ''}".strip()
        if status < 500 and status != 429:
            raise ImportStopped(f"{url} answers {problem}")
    raise ImportStopped(f"{url} does not answer ({problem}); run the same command again")
