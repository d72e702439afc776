"""Sends one event to a webhook, signed by Standard Webhooks 1.0, and returns whether it was taken."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from standardwebhooks import Webhook as Signature

from kit.jobs.backoff import NO_WAIT
from kit.jobs.courier import NotTaken, Taken
from services.routing import addresses
from services.routing.addresses import Resolve
from services.routing.feed_tables import Webhook
from services.routing.webhooks import BadWebhook

if TYPE_CHECKING:
    import ssl

    import httpx

SECONDS = 10.0
"""The limit of one try: to connect, to send, and to read the status of the answer."""
LONGEST_WAIT = timedelta(days=1)
"""The longest wait that a receiver can ask for."""


class Reaction(NamedTuple):
    """What a receiver said to one try."""

    status: int | None
    """Of its answer; null if there was none."""
    problem: str | None
    """Null if it took what was sent."""
    wait: timedelta = NO_WAIT
    """How long it asks us to wait."""


class Sender:
    """Sends each event with a new client, so that receivers share no cookie and no connection.

    It follows no redirect and uses no proxy, so that it connects only to addresses that were checked.
    """

    def __init__(self, *, private: bool, resolve: Resolve = addresses.look_up, seconds: float = SECONDS) -> None:
        self._private, self._resolve, self._seconds = private, resolve, seconds

    @cached_property
    def _trusted(self) -> "ssl.SSLContext":
        import httpx

        return httpx.create_ssl_context()

    def send(self, webhook: Webhook, id: str, body: bytes, now: datetime) -> Taken | NotTaken:
        """`body` is JSON in UTF-8; `id` is the same each time it is sent."""
        told = self.ask(webhook, id, body, now)
        if told.problem is None:
            return Taken()
        return NotTaken(told.problem, gone=told.status == HTTPStatus.GONE, wait=told.wait)

    def ask(self, webhook: Webhook, id: str, body: bytes, now: datetime) -> Reaction:
        """What the receiver says to one try, within `SECONDS`."""
        import httpx  # many starts see no webhook

        headers = {
            "content-type": "application/json",
            "user-agent": "Pendapa",
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": _signatures(webhook, id, body, now),
        }
        try:
            url = addresses.parse(webhook.url)
            ips = addresses.resolve_host(url, self._resolve, private=self._private)
            answer = asyncio.run(self._post(url, ips, headers, body))
        except BadWebhook as error:
            return Reaction(None, str(error))
        except (TimeoutError, httpx.TimeoutException):
            return Reaction(None, f"it took longer than {self._seconds:.0f} s")
        except (httpx.TransportError, OSError) as error:
            return Reaction(None, _problem_of(error))
        if answer.is_success:
            return Reaction(answer.status_code, None)
        wait = _wait(answer.headers.get("retry-after", ""), now)
        return Reaction(answer.status_code, f"it answered {answer.status_code}", wait)

    async def _post(
        self, url: "httpx.URL", ips: Sequence[str], headers: dict[str, str], body: bytes
    ) -> "httpx.Response":
        """The answer of the first IP address that can be reached, without its body.

        Raises `TimeoutError` when the whole try takes too long: httpx's own timeout restarts with each byte.
        """
        import httpx

        headers |= {"host": url.netloc.decode("ascii")}
        extensions = {
            "sni_hostname": addresses.host_of(url)
        }  # the certificate must be of the host, not of the IP address
        async with asyncio.timeout(self._seconds), self._client() as client:
            for left, ip in zip(reversed(range(len(ips))), ips, strict=True):
                target = url.copy_with(host=ip)
                try:
                    async with client.stream(
                        "POST", target, headers=headers, content=body, extensions=extensions
                    ) as answer:
                        return answer
                except httpx.ConnectError:
                    if not left:
                        raise
        raise OSError("the host has no address")

    def _client(self) -> "httpx.AsyncClient":
        import httpx

        return httpx.AsyncClient(verify=self._trusted, timeout=self._seconds, follow_redirects=False, trust_env=False)


def _signatures(webhook: Webhook, id: str, body: bytes, now: datetime) -> str:
    """A signature with each valid secret, the newest first."""
    secrets = [webhook.secret, *webhook.valid_old_secrets(now)]
    return " ".join(Signature(secret).sign(id, now, body.decode()) for secret in secrets)


def _wait(retry_after: str, now: datetime) -> timedelta:
    """The wait of a Retry-After header (RFC 9110: seconds or a date), at most `LONGEST_WAIT`; zero if it is neither.

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
        wait = parsedate_to_datetime(retry_after).astimezone(UTC) - now
    except (ValueError, OverflowError):
        return NO_WAIT
    return min(max(wait, NO_WAIT), LONGEST_WAIT)


def _problem_of(error: Exception) -> str:
    """Why the webhook could not be reached, without details of other servers at that address."""
    if isinstance(error, socket.gaierror):
        return "its host has no address"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not valid for this host"
    return "it could not be reached"
