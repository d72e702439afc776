"""A witness: another's copy of the log, read over HTTP at the addresses of C2SP's tlog-tiles."""

import logging
from http import HTTPStatus

from services.publish.log import checkpoint, tiles
from services.publish.log.checkpoint import BadCheckpoint, Verifier
from services.publish.log.copies import LEAF_BYTES, SignedHead
from services.publish.log.tiles import WIDTH, TilePath

logger = logging.getLogger(__name__)

_PATIENCE = 10.0
"""Seconds for each answer. A witness that does not answer is passed over: it must not stop the publishing."""
_ENTRY = 2 + LEAF_BYTES
"""A bundle has each entry behind its length in two bytes."""


class Witness:
    """`url`: what comes before `/checkpoint`, such as `https://mirror.example/log`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._size = 0
        """Of the tree that it has."""

    def __str__(self) -> str:
        return self._url

    def head(self, verifier: Verifier) -> SignedHead | None:
        signed = self._get("checkpoint")
        try:
            if signed is not None:
                head = SignedHead(checkpoint.verify(verifier, signed.decode()), signed.decode())
                self._size = head.head.size
                return head
        except (BadCheckpoint, UnicodeDecodeError) as error:
            logger.warning("the witness %s has no checkpoint of this log: %s", self, error)
        return None

    def commitments(self, first: int, last: int) -> bytes | None:
        if last > self._size:
            return None
        data = b""
        for number in range(first // WIDTH, (last - 1) // WIDTH + 1):
            width = min(WIDTH, self._size - number * WIDTH)
            bundle = self._get(f"tile/{tiles.tile_path(TilePath(None, number, width))}")
            if bundle is None or len(bundle) != width * _ENTRY:
                return None
            data += b"".join(bundle[at + 2 : at + _ENTRY] for at in range(0, len(bundle), _ENTRY))
        skipped = first % WIDTH * LEAF_BYTES
        return data[skipped : skipped + (last - first) * LEAF_BYTES]

    def release(self) -> int:
        return 0

    def _get(self, path: str) -> bytes | None:
        import httpx  # few servers have a witness

        try:
            answer = httpx.get(f"{self._url}/{path}", timeout=_PATIENCE, follow_redirects=True)
        except httpx.HTTPError as error:
            logger.warning("the witness %s does not answer: %s", self, error)
            return None
        return answer.content if answer.status_code == HTTPStatus.OK else None
