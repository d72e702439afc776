"""`/channels/NAME`: a provider's delivery becomes a message, and the answer is the reply for its sender."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fastapi import FastAPI, Request
from sqlmodel import Session
from starlette.responses import Response

from contracts.events import Channel
from kit import clock
from kit.caller import Caller
from kit.writer import Writer
from services.intake.domain import TextMessage
from services.intake.provider import Provider, ProviderRequest

Receive = Callable[[Session, TextMessage, Channel, datetime], str]
"""Keeps a message and does what it asks for; returns the reply."""


def add_channels(
    app: FastAPI, providers: Sequence[Provider], caller: Callable[[Request], Caller], writer: Writer, receive: Receive
) -> None:
    """Add each provider's path. The gateway has checked that the key is that provider's own."""
    for provider in providers:
        endpoint = _endpoint(provider, caller, writer, receive)
        # Not a plain Starlette route: that would answer HEAD as GET, and a HEAD must file nothing.
        app.add_api_route(provider.path, endpoint, methods=[*provider.methods], include_in_schema=False)


def _endpoint(
    provider: Provider, caller: Callable[[Request], Caller], writer: Writer, receive: Receive
) -> Callable[[Request], Awaitable[Response]]:
    async def receive_delivery(request: Request) -> Response:
        caller(request).need("channel")
        query, media_type = request.scope["query_string"], request.headers.get("content-type", "")
        delivery = ProviderRequest(query, await request.body(), media_type, request.headers)
        message, now = provider.read(delivery), clock.now()
        # Repeatable: the provider's id of the message tells that it was kept before, and gives the same reply.
        reply = await writer.run(lambda session: receive(session, message, provider.channel, now), repeatable=True)
        return provider.reply(reply)

    return receive_delivery
