"""A report by its id, the question asked most: answered before all that other requests need, with the same answer."""

import re
from collections.abc import Callable
from typing import Final, Protocol

from starlette.types import Message, Scope, Send

from contracts.ids import ID, random_bytes
from gateway.client.headers import Headers
from gateway.door import coding, cors
from gateway.door.address import Addresses
from gateway.door.errors import Refused
from gateway.door.finish import of_coded
from gateway.door.limits import InFlight
from gateway.door.metrics import count
from gateway.door.quotas import Quotas
from kit.connections import REFUSED

_PATH: Final = re.compile(f"/v1/reports/({ID})")
_NOT_HERE: Final = frozenset(
    (b"if-match", b"if-none-match", b"if-modified-since", b"if-range", b"range", b"x-request-id", b"content-length")
)
"""Headers of requests for which there is more to do."""
_CODED: Final = b"accept-encoding"


class FoundReport(Protocol):
    """A public report. `tag`: its ETag."""

    @property
    def body(self) -> bytes: ...
    @property
    def tag(self) -> str: ...


FindReport = Callable[[str], FoundReport | None]
"""The report with this id as it is now, from this process; null if it is not public."""


class KeptReportFirst:
    """`added`: headers of each answer. What this does not answer goes the general way, also what it would refuse."""

    def __init__(
        self, find: FindReport, addresses: Addresses, quotas: Quotas, in_flight: InFlight, added: Headers
    ) -> None:
        self._find, self._addresses, self._quotas, self._in_flight = find, addresses, quotas, in_flight
        self._added = added

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Whether it was answered: a plain GET of a report that is there."""
        path = _PATH.fullmatch(scope["path"]) if scope["method"] == "GET" and not scope["query_string"] else None
        if path is None:
            return False
        asked = dict(scope["headers"])
        if not _NOT_HERE.isdisjoint(asked) or scope["state"].get(REFUSED) or len(scope["headers"]) != len(asked):
            return False
        try:
            found = self._find(path[1])
        except Exception:  # the general way asks again, and tells of what failed
            return False
        if found is None:
            return False
        address = self._addresses.counted(scope)
        try:
            with self._in_flight.counted(address):
                left = self._quotas.of_address(address)
                start, body = self._messages(found, asked.get(_CODED, b"").decode("latin-1"), scope["path"], left)
                await send(start)
                await send(body)
        except Refused:
            return False
        count("GET", 200)
        return True

    def _messages(self, found: FoundReport, accepted: str, path: str, left: Headers) -> tuple[Message, Message]:
        body = found.body
        headers = [
            (b"etag", found.tag.encode()),
            (b"cache-control", b"no-cache"),
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
            (b"vary", b"Accept-Encoding"),
        ]
        chosen = coding.choose(accepted) if len(body) >= coding.SMALLEST else None
        if chosen is not None:
            body = coding.coded(chosen, body)
            headers = of_coded(headers, chosen, len(body))
        headers = [
            *cors.dressed("GET", path, headers),
            *self._added,
            *left,
            (b"x-request-id", random_bytes(16).hex().encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        return (
            {"type": "http.response.start", "status": 200, "headers": headers},
            {"type": "http.response.body", "body": body, "more_body": False},
        )
