"""A cache of answers that are never stale: each is revalidated with its ETag at the service before it is sent."""

from collections import OrderedDict
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Key = tuple[str, bytes, bytes]

_OWN_COPY: Final = frozenset((b"range", b"if-none-match", b"if-modified-since", b"if-range"))
"""Headers of a caller that has a copy of its own, or wants a part; such requests bypass the cache."""
_ENTRY_LIMIT: Final = 1024 * 1024
_TOTAL_LIMIT: Final = 64 * 1024 * 1024


_OWN_BYTES: Final = 2048
"""Of an entry's objects, such as its headers' tuples, beside the bytes in them; measured."""


class Entry(NamedTuple):
    etag: bytes
    start: Message
    body: bytes

    def size(self, key: Key) -> int:
        """The bytes of memory that the entry takes with its key, at most."""
        headers = sum(len(name) + len(value) for name, value in self.start.get("headers", ()))
        # The path may have characters of four bytes.
        return len(self.body) + headers + 4 * len(key[0]) + len(key[1]) + len(key[2]) + _OWN_BYTES


class Cache:
    """The answers used last, up to `total` bytes of memory with all that belongs to them."""

    def __init__(self, total: int = _TOTAL_LIMIT) -> None:
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._total, self._size = total, 0

    async def answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Call `app`; if it says that the cached answer is still valid (304), send that."""
        headers = dict(scope["headers"])
        if not _OWN_COPY.isdisjoint(headers):
            await app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"], headers.get(b"accept", b""))
        entry = self._entries.get(key)
        if entry is not None:
            scope["headers"] = [*scope["headers"], (b"if-none-match", entry.etag)]
        await app(scope, receive, _CachingSend(self, key, entry, send))

    def store(self, key: Key, entry: Entry) -> None:
        self._forget(key)
        self._entries[key] = entry
        self._size += entry.size(key)
        while self._size > self._total:
            self._forget(next(iter(self._entries)))

    def touch(self, key: Key) -> None:
        if key in self._entries:
            self._entries.move_to_end(key)

    def cached_keys(self) -> tuple[Key, ...]:
        """The keys of all entries, the least recently used first."""
        return tuple(self._entries)

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size(key)


class _CachingSend:
    """The `send` of one request: sends the cached answer in place of a 304, and caches an answer that may be cached."""

    def __init__(self, cache: Cache, key: Key, entry: Entry | None, send: Send) -> None:
        self._cache, self._key, self._entry, self._send = cache, key, entry, send
        self._is_done = False
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if self._is_done:
            return
        if message["type"] == "http.response.start":
            if message["status"] == 304 and self._entry is not None:
                await self._serve(self._entry)
                return
            self._start = dict(message) if _is_cacheable(message) else None
        elif message["type"] == "http.response.body" and self._start is not None:
            self._collect(message)
        await self._send(message)

    async def _serve(self, entry: Entry) -> None:
        self._is_done = True
        self._cache.touch(self._key)
        await self._send(dict(entry.start))
        await self._send({"type": "http.response.body", "body": entry.body, "more_body": False})

    def _collect(self, message: Message) -> None:
        part = message.get("body", b"")
        self._size += len(part)
        if self._size > _ENTRY_LIMIT:
            self._start = None
            self._parts.clear()
            return
        self._parts.append(part)
        if not message.get("more_body", False) and self._start is not None:
            etag = next(value for name, value in self._start["headers"] if name == b"etag")
            self._cache.store(self._key, Entry(etag, self._start, b"".join(self._parts)))


def _is_cacheable(start: Message) -> bool:
    if start["status"] != 200:
        return False
    headers = dict(start["headers"])
    control = headers.get(b"cache-control", b"")
    length = headers.get(b"content-length", b"0")
    return (
        b"etag" in headers
        and b"no-store" not in control
        and b"private" not in control
        and b"set-cookie" not in headers
        and headers.get(b"vary", b"accept").lower() == b"accept"
        and int(length) <= _ENTRY_LIMIT
    )
