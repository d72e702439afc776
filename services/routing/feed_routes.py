"""The paths of `/agency/v1/events` and `/agency/v1/webhook`."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from sqlmodel import Session

from kit import clock
from kit.caller import Caller
from kit.db import snapshot
from kit.openapi import errors, operation_id
from services.routing import addresses, feed, webhooks
from services.routing.calls import PARAMETERS, Call, need_unchanged
from services.routing.desk import Desk, name_of
from services.routing.feed_views import (
    EventQuery,
    Events,
    EventView,
    Secret,
    WebhookMade,
    Webhooks,
    WebhookSent,
    WebhookView,
    view,
    webhook_view,
)
from services.routing.routes import COMMON_ERRORS, RouteContext, json, show

PATH = "/agency/v1/webhook"
_EVENT_ERRORS = COMMON_ERRORS | errors(
    {404: "No event has this cursor.", 410: "Events after this cursor were deleted for their age."}
)
_WEBHOOK_ERRORS = COMMON_ERRORS | errors({404: "No webhook is set."})
_SECRET_ERRORS = _WEBHOOK_ERRORS | errors(
    {400: "The Idempotency-Key is no key.", 412: "The webhook changed since the ETag in If-Match."}
)
_DELIVERY_ANSWERS: dict[int | str, dict[str, Any]] = {
    204: {"description": "The event was taken, as with any 2xx"},
    410: {"description": "The webhook is gone: nothing more is sent"},
    "4XX": {"description": "The event was not taken, as with any other answer or no answer: it is sent again later"},
}
_SET_ANSWERS: dict[int | str, dict[str, Any]] = _EVENT_ERRORS | {
    **errors({400: "The body is no JSON."}),
    201: {"description": "The webhook is new; only this answer has its secret", "model": WebhookMade},
}


def add_events(app: FastAPI, context: RouteContext) -> None:
    @app.get("/agency/v1/events", response_model=Events, responses=_EVENT_ERRORS, tags=["agencies"])
    def list_events(
        caller: Annotated[Caller, Depends(context.only("agency", "official"))], query: Annotated[EventQuery, Query()]
    ) -> Response:
        """The events of the agency's reports, in order; with the official key, of the reports that no agency has."""
        with snapshot(context.engine) as session:
            feed.check_position(session, name_of(caller), query.cursor)
            events = [view(row) for row in feed.after(session, name_of(caller), query.cursor, query.limit)]
        last = events[-1].cursor if events else query.cursor
        return json(Events(events=events, next=f"/agency/v1/events?limit={query.limit}&cursor={last}"))


def _deliveries() -> APIRouter:
    """What is sent to a webhook, for OpenAPI."""
    router = APIRouter(generate_unique_id_function=operation_id)

    @router.post("{$request.body#/url}", status_code=HTTPStatus.NO_CONTENT, responses=_DELIVERY_ANSWERS)
    def receive_agency_event(event: EventView) -> None:
        """The request to a webhook, with the headers of Standard Webhooks 1.0: `webhook-id`, which is the same when
        the event is sent again, `webhook-timestamp` and `webhook-signature`."""

    return router


def add_webhooks(app: FastAPI, context: RouteContext, *, private: bool) -> None:
    """`private`: events may be sent to this machine and its own network, and without TLS."""
    Recipient = Annotated[Caller, Depends(context.only("agency", "official"))]

    @app.get(PATH, response_model=WebhookView, responses=_WEBHOOK_ERRORS, tags=["agencies"])
    def get_webhook(request: Request, caller: Recipient) -> Response:
        """The address of the agency's webhook, and the state of its deliveries."""
        with snapshot(context.engine) as session:
            return show(request, shown(session, caller))

    @app.put(
        PATH,
        response_model=WebhookMade,
        responses=_SET_ANSWERS,
        callbacks=_deliveries().routes,
        tags=["agencies"],
    )
    async def set_webhook(caller: Recipient, sent: WebhookSent) -> Response:
        """Send the agency's events to an address: after `cursor`, if it is given. Without it a new webhook begins with
        the next event, and a webhook that was set before (and may have stopped) goes on after its last event."""
        recipient, url, now = name_of(caller), str(sent.url), clock.now()
        addresses.check(url, private=private)
        is_new, webhook, last = await context.writer.run(
            lambda session: webhooks.put(session, recipient, url, sent.cursor, now)
        )
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        view = webhook_view(webhook, last).model_dump()
        return json(WebhookMade(**view, secret=webhook.secret if is_new else None), status)

    @app.delete(PATH, status_code=HTTPStatus.NO_CONTENT, responses=_WEBHOOK_ERRORS, tags=["agencies"])
    async def remove_webhook(caller: Recipient) -> None:
        """Remove the webhook: no more events are sent."""
        await context.writer.run(lambda session: webhooks.remove(session, name_of(caller)))

    extra = {"parameters": PARAMETERS}

    @app.post(PATH + "/secret", response_model=Secret, responses=_SECRET_ERRORS, openapi_extra=extra, tags=["agencies"])
    async def change_webhook_secret(call: Annotated[Call, Depends(context.call("agency", "official"))]) -> Response:
        """Make a new secret. For a day each event is signed with the older secrets, too."""

        def change(desk: Desk) -> Secret:
            need_unchanged(call.if_match, lambda: shown(desk.session, call.caller))
            return Secret(secret=webhooks.change_secret(desk.session, name_of(call.caller), desk.now))

        return await context.answer(call, change)

    @app.get(PATH + "s", response_model=Webhooks, responses=COMMON_ERRORS, tags=["officials"])
    def list_webhooks(_: Annotated[Caller, Depends(context.only("official"))]) -> Response:
        """All webhooks, with their failures and whether they stopped."""
        with snapshot(context.engine) as session:
            views = [
                webhook_view(webhook, feed.last_position(session, webhook.recipient))
                for webhook in webhooks.find_all(session)
            ]
        return json(Webhooks(webhooks=views))


def shown(session: Session, caller: Caller) -> WebhookView:
    """The caller's webhook, as a GET of it answers. Raises `NoWebhook`."""
    webhook = webhooks.find(session, name_of(caller))
    return webhook_view(webhook, feed.last_position(session, webhook.recipient))
