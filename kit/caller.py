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
    return [*headers, (b"x-pendapa-agency", caller.agency.encode())] if caller.agency else headers


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
        return Caller(cast("Role", role), headers.get("x-pendapa-agency") or None)

    return caller
