"""A provider: a system that delivers messages over HTTP. Each is declared in one file of `channels/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from starlette.responses import Response

from contracts.events import Channel
from services.intake.domain import TextMessage


class ProviderRequest(NamedTuple):
    """One request of a provider, as it came; without the token, which the gateway has checked and taken out."""

    query: bytes
    body: bytes
    media_type: str


@dataclass(frozen=True)
class Provider:
    """Its path is `/channels/NAME`, its key the one that `keys.json` has in `channels` under its name."""

    name: str
    channel: Channel
    """What its reports came by, in every file and face."""
    read: Callable[[ProviderRequest], TextMessage]
    """The message of one delivery. Raises `rest.UnreadableBody` for what holds none."""
    reply: Callable[[str], Response]
    """The answer to a delivery, with what the sender is to read."""
    methods: tuple[str, ...] = ("POST",)
    described: Mapping[str, Any] = field(default_factory=dict)
    """What OpenAPI says of it: `summary`, and `parameters` or `requestBody`."""
    reply_type: str = "text/plain"

    @property
    def path(self) -> str:
        return f"/channels/{self.name}"
