"""A provider is a system that delivers messages over HTTP. Each is declared in one file of `channels/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from starlette.responses import Response

from contracts.events import Channel
from services.intake.domain import TextMessage


class ProviderRequest(NamedTuple):
    """One request of a provider; without the token, which the gateway has checked and removed."""

    query: bytes
    body: bytes
    media_type: str
    headers: Mapping[str, str] = MappingProxyType({})
    """By their names in lower case."""


@dataclass(frozen=True)
class Provider:
    """Its path is `/channels/NAME`; its key is the entry of that name in `channels` of `keys.json`."""

    name: str
    channel: Channel
    """The channel of its reports, in every file and API."""
    read: Callable[[ProviderRequest], TextMessage]
    """Reads the message of one delivery. Raises `rest.UnreadableBody` if there is none."""
    reply: Callable[[str], Response]
    """Makes the answer to a delivery from the reply for the message's sender."""
    methods: tuple[str, ...] = ("POST",)
    operation: Mapping[str, Any] = field(default_factory=dict)
    """Its OpenAPI operation: `summary`, and `parameters` or `requestBody`."""
    reply_type: str = "text/plain"

    @property
    def path(self) -> str:
        return f"/channels/{self.name}"
