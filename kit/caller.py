"""Who is calling, as the gateway tells a service in headers. A shared secret proves that they are the gateway's."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from pydantic import SecretStr
from starlette.requests import Request

from kit.problems import Forbidden, Unauthenticated

Role = Literal["anonymous", "filing", "official", "agency", "channel"]


@dataclass(frozen=True)
class Caller:
    """Who the gateway says is calling; `agency` is the id of an agency if the key is an agency's."""

    role: Role = "anonymous"
    agency: str | None = None
    key: str | None = None
    """The name of the channel or the application that the key belongs to; null of the keys that have no name."""
    a_minute: int | None = None
    """The requests that the key may make in a minute, if it has a number of its own; known to the gateway alone."""

    def need(self, *roles: Role) -> None:
        """Raise `Unauthenticated` for a caller without a key, `Forbidden` for one with a key of another role."""
        if self.role in roles:
            return
        if self.role == "anonymous":
            raise Unauthenticated("This needs a key: Authorization: Bearer KEY")
        raise Forbidden("This key is not for that")


ANONYMOUS: Final = Caller()


def headers_of(caller: Caller, secret: SecretStr) -> list[tuple[bytes, bytes]]:
    """The headers in which the gateway, which has the `secret`, says who is calling."""
    headers = [
        (b"x-pendapa-gateway", secret.get_secret_value().encode()),
        (b"x-pendapa-role", caller.role.encode()),
    ]
    named = {b"x-pendapa-agency": caller.agency, b"x-pendapa-key": caller.key}
    return [*headers, *((name, value.encode()) for name, value in named.items() if value)]


def require_gateway(secret: SecretStr) -> Callable[[Request], Caller]:
    """A FastAPI dependency that reads the caller from the gateway's headers. An empty secret forbids every request."""
    expected = secret.get_secret_value().encode()

    def caller(request: Request) -> Caller:
        headers = request.headers
        secret_sent = headers.get("x-pendapa-gateway", "").encode()
        if not secret_sent:
            raise Unauthenticated("This service answers the gateway only")
        role = headers.get("x-pendapa-role", "anonymous")
        if not expected or not hmac.compare_digest(secret_sent, expected) or role not in get_args(Role):
            raise Forbidden("This service answers the gateway only")
        return Caller(cast("Role", role), headers.get("x-pendapa-agency") or None, headers.get("x-pendapa-key") or None)

    return caller
