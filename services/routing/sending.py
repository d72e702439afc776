"""Sends one event to a webhook, signed by Standard Webhooks 1.0, and says what came of it."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from standardwebhooks import Webhook as Signature

from kit.jobs.backoff import NO_WAIT
from kit.jobs.courier import NotTaken, Taken
from services.routing import addresses
from services.routing.addresses import Resolve
from services.routing.feed_tables import Webhook
from services.routing.webhooks import BadWebhook

SECONDS = 10.0
"""For all of it: to connect, to send and to hear the answer's status."""
LONGEST_WAIT = timedelta(days=1)
"""What a receiver may ask for: who says "next year" is tried tomorrow."""


class Sender:
    """Sends each with a client of its own: no cookie and no connection of one receiver ever meets another.

    No redirect is followed and no proxy used, so that only the addresses that were checked are met.
    """

    def __init__(self, *, private: bool, resolve: Resolve = addresses.look_up, seconds: float = SECONDS) -> None:
        self._private, self._resolve, self._seconds = private, resolve, seconds
        self._trusted = httpx.create_ssl_context()

    def send(self, webhook: Webhook, id: str, body: bytes, now: datetime) -> Taken | NotTaken:
        """`body` is JSON in UTF-8; `id` is the same each time it is sent."""
        headers = {
            "content-type": "application/json",
            "user-agent": "Pendapa",
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": _signatures(webhook, id, body, now),
        }
        try:
            url = addresses.read(webhook.url)
            found = addresses.choose(url, self._resolve, private=self._private)
            answer = asyncio.run(self._post(url, found, headers, body))
        except BadWebhook as error:
            return NotTaken(str(error))
        except (TimeoutError, httpx.TimeoutException):
            return NotTaken(f"it took longer than {self._seconds:.0f} s")
        except (httpx.TransportError, OSError) as error:
            return NotTaken(_told(error))
        if answer.is_success:
            return Taken()
        gone, wait = answer.status_code == httpx.codes.GONE, _wait(answer.headers.get("retry-after", ""), now)
        return NotTaken(f"it answered {answer.status_code}", gone=gone, wait=wait)

    async def _post(self, url: httpx.URL, found: Sequence[str], headers: dict[str, str], body: bytes) -> httpx.Response:
        """The head of what the first of the addresses that can be reached answers; its body is not read.

        Raises `TimeoutError` when all of it takes too long: httpx's own clock begins anew with each byte.
        """
        headers |= {"host": url.netloc.decode("ascii")}
        certified = {"sni_hostname": addresses.name_of(url)}  # called by its address, it must still be the name's
        async with asyncio.timeout(self._seconds), self._client() as client:
            for left, address in zip(reversed(range(len(found))), found, strict=True):
                at = url.copy_with(host=address)
                try:
                    async with client.stream("POST", at, headers=headers, content=body, extensions=certified) as answer:
                        return answer
                except httpx.ConnectError:
                    if not left:
                        raise
        raise OSError("the name has no address")

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self._trusted, timeout=self._seconds, follow_redirects=False, trust_env=False)


def _signatures(webhook: Webhook, id: str, body: bytes, now: datetime) -> str:
    """One for each secret that is good now, the newest first."""
    secrets = [webhook.secret, *webhook.old_ones(now)]
    return " ".join(Signature(secret).sign(id, now, body.decode()) for secret in secrets)


def _wait(retry_after: str, now: datetime) -> timedelta:
    """What the header asks for (RFC 9110: seconds or a date), within bounds; none if it is neither.

    >>> now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> for header in ("120", "Tue, 24 Nov 2026 12:05:00 GMT", "9" * 99, "-1", "soon", "Tue, 24 Nov 2026 11:00:00 GMT"):
    ...     print(_wait(header, now))
    0:02:00
    0:05:00
    1 day, 0:00:00
    0:00:00
    0:00:00
    0:00:00
    """
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=int(retry_after[:9])), LONGEST_WAIT)
    try:
        asked = parsedate_to_datetime(retry_after).astimezone(UTC) - now
    except (ValueError, OverflowError):
        return NO_WAIT
    return min(max(asked, NO_WAIT), LONGEST_WAIT)


def _told(error: Exception) -> str:
    """Why it could not be reached, for its owner: nothing of what else answers at that address."""
    if isinstance(error, socket.gaierror):
        return "its name leads nowhere"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not one for this name that is trusted here"
    return "it could not be reached"
