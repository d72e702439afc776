"""Sends one event to a webhook, signed by Standard Webhooks 1.0, and says what came of it."""

import socket
from datetime import datetime
from typing import NamedTuple

import httpx
from standardwebhooks import Webhook as Signature

from services.routing import addresses
from services.routing.addresses import Resolve
from services.routing.feed_tables import Webhook
from services.routing.webhooks import BadWebhook

TIMEOUT = 10.0
"""Seconds for each of: the connection, and each piece of the answer."""


class Taken(NamedTuple):
    """The receiver answered 2xx: it is theirs now."""


class NotTaken(NamedTuple):
    """It is to be sent again later; not if the receiver said that nothing is there any more."""

    problem: str
    gone: bool = False


class Sender:
    """Sends each on a connection of its own; with no redirect and no proxy, only to the address that was checked."""

    def __init__(self, *, private: bool, resolve: Resolve = addresses.look_up) -> None:
        self._private, self._resolve = private, resolve
        self._client = httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            verify=httpx.create_ssl_context(),
            limits=httpx.Limits(max_keepalive_connections=0),  # a kept one was proven for one name only
        )

    def send(self, webhook: Webhook, id: str, body: bytes, now: datetime) -> Taken | NotTaken:
        """`body` is JSON in UTF-8; `id` is the same each time it is sent."""
        try:
            request = self._request(webhook, id, body, now)
            answer = self._client.send(request, stream=True)
            answer.close()  # what else it says is not read
        except BadWebhook as error:
            return NotTaken(str(error))
        except httpx.TimeoutException:
            return NotTaken(f"it took longer than {TIMEOUT:.0f} s")
        except (httpx.TransportError, OSError) as error:
            return NotTaken(_told(error))
        if answer.is_success:
            return Taken()
        return NotTaken(f"it answered {answer.status_code}", gone=answer.status_code == httpx.codes.GONE)

    def close(self) -> None:
        self._client.close()

    def _request(self, webhook: Webhook, id: str, body: bytes, now: datetime) -> httpx.Request:
        url = addresses.read(webhook.url)
        address = addresses.choose(url, self._resolve, private=self._private)
        headers = {
            "host": url.netloc.decode("ascii"),
            "content-type": "application/json",
            "user-agent": "Pendapa",
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": _signatures(webhook, id, body, now),
        }
        # By its address, but the certificate must be the name's.
        name = {"sni_hostname": url.raw_host.decode("ascii")}
        return self._client.build_request(
            "POST", url.copy_with(host=address), headers=headers, content=body, extensions=name
        )


def _signatures(webhook: Webhook, id: str, body: bytes, now: datetime) -> str:
    """One for each secret that is good now, the newest first."""
    secrets = [webhook.secret]
    if webhook.old_secret is not None and webhook.old_until is not None and now < webhook.old_until:
        secrets.append(webhook.old_secret)
    return " ".join(Signature(secret).sign(id, now, body.decode()) for secret in secrets)


def _told(error: Exception) -> str:
    """Why it could not be reached, for its owner: nothing of what else answers at that address."""
    if isinstance(error, socket.gaierror):
        return "its name leads nowhere"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not one for this name that is trusted here"
    return "it could not be reached"
