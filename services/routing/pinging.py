"""`POST /agency/v1/webhook/ping`: sends a signed request to a webhook now, and tells what its receiver said.

A ping is no event: it has no cursor, is sent once, and changes nothing of the deliveries.
"""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, FastAPI
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.ids import new_id
from contracts.times import Moment
from kit import clock, idempotency
from kit.db import snapshot
from kit.openapi import errors
from services.routing import webhooks
from services.routing.calls import PARAMETERS, Call, need_unchanged
from services.routing.desk import name_of
from services.routing.feed_routes import shown
from services.routing.feed_tables import Webhook
from services.routing.routes import COMMON_ERRORS, RouteContext
from services.routing.sending import SECONDS, Sender

PATH = "/agency/v1/webhook/ping"


class PingData(BaseModel):
    """Whom a ping is for."""

    recipient: str = Field(description='Whose webhook it is: an agency\'s id, or "official".', examples=["dpu-bmpr"])


class WebhookPing(BaseModel):
    """The body of a ping. It has no `cursor`, as it is no event."""

    id: str = Field(description="The ping's id, a UUID; also in the header `webhook-id`.")
    type: Literal["webhook.ping"] = "webhook.ping"
    timestamp: Moment
    data: PingData


class PingAnswer(BaseModel):
    """What the receiver of the ping said."""

    id: str = Field(description="The id of the ping that was sent, a UUID.")
    taken: bool = Field(description="Whether it answered with a 2xx.")
    status: int | None = Field(description="The HTTP status of its answer; null if there was none.", examples=[204])
    problem: str | None = Field(
        description="Why it was not taken; null if it was.", examples=["its certificate is not valid for this host"]
    )


class Pings:
    """Sends pings, one at a time to each recipient."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._under_way: set[str] = set()

    async def send(self, webhook: Webhook, now: datetime) -> PingAnswer:
        """Raises `HTTPException` 429 while the ping before has no answer."""
        if webhook.recipient in self._under_way:
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "Your ping before this one has no answer yet")
        self._under_way.add(webhook.recipient)
        try:
            id = str(new_id())
            ping = WebhookPing(id=id, timestamp=now, data=PingData(recipient=webhook.recipient))
            body = ping.model_dump_json().encode()
            told = await asyncio.to_thread(self._sender.ask, webhook, id, body, now)
        finally:
            self._under_way.discard(webhook.recipient)
        return PingAnswer(id=id, taken=told.problem is None, status=told.status, problem=told.problem)


def add_pings(app: FastAPI, context: RouteContext, sender: Sender) -> None:
    refusals = COMMON_ERRORS | errors(
        {
            400: "The Idempotency-Key is no key.",
            404: "No webhook is set.",
            412: "The webhook changed since the ETag in If-Match.",
            429: "The ping before has no answer yet.",
        }
    )
    pings = Pings(sender)

    @app.post(
        PATH,
        response_model=PingAnswer,
        responses=refusals,
        openapi_extra={"parameters": PARAMETERS},
        tags=["agencies"],
        description=(
            "Send a signed request of type `webhook.ping` to the agency's webhook now, once, and tell what it "
            f"answered. The answer takes at most {SECONDS:.0f} seconds. A ping is no event: it has no cursor, and "
            "it changes nothing of the deliveries, also of a webhook that stopped."
        ),
    )
    async def ping_webhook(call: Annotated[Call, Depends(context.call("agency", "official"))]) -> Response:
        with snapshot(context.engine) as session:
            if call.keyed is not None and (kept := idempotency.find(session, call.keyed)) is not None:
                return kept.response()
            webhook = webhooks.find(session, name_of(call.caller))
            need_unchanged(call.if_match, lambda: shown(session, call.caller))
        # Not in a transaction: the receiver may take seconds. Only a ping that has an answer is known by its key.
        answer = await pings.send(webhook, clock.now())
        return await context.answer(call, lambda _: answer)
