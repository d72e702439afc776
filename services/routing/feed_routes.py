"""The paths of `/agency/v1/events` and `/agency/v1/webhook`."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Response

from kit.caller import Caller
from kit.db import snapshot
from services.routing import addresses, feed, webhooks
from services.routing.desk import name_of
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
from services.routing.routes import PROBLEM, REFUSALS, Doors, json

PATH = "/agency/v1/webhook"
_NO_EVENT = REFUSALS | {404: {"description": "No event has this cursor", "content": PROBLEM}}
_NONE = REFUSALS | {404: {"description": "No webhook is set", "content": PROBLEM}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    204: {"description": "It is kept; any 2xx says so"},
    410: {"description": "Nothing is here any more: the webhook stops"},
    "4XX": {"description": "So with any other answer, or none: it comes again later"},
}
_SET = _NO_EVENT | {
    400: {"description": "The body is no JSON", "content": PROBLEM},
    201: {"description": "It is made; only now its secret is told", "model": WebhookMade},
}


def add_events(app: FastAPI, doors: Doors) -> None:
    @app.get("/agency/v1/events", response_model=Events, responses=_NO_EVENT, tags=["agencies"])
    def list_events(
        caller: Annotated[Caller, Depends(doors.only("agency", "official"))], asked: Annotated[EventQuery, Query()]
    ) -> Response:
        """What happened to the agency's reports, in order; with the official key, to reports that no agency has."""
        with snapshot(doors.engine) as session:
            feed.need(session, name_of(caller), asked.cursor)
            events = [view(row) for row in feed.after(session, name_of(caller), asked.cursor, asked.limit)]
        known = events[-1].cursor if events else asked.cursor
        return json(Events(events=events, next=f"/agency/v1/events?limit={asked.limit}&cursor={known}"))

    @app.webhooks.post("agency-event", status_code=HTTPStatus.NO_CONTENT, responses=_ANSWERS, tags=["agencies"])
    def agency_event(event: EventView) -> None:
        """What is sent to a webhook, with the headers of Standard Webhooks 1.0: `webhook-id`, which stays the same
        when it comes again, `webhook-timestamp` and `webhook-signature`."""


def add_webhooks(app: FastAPI, doors: Doors, *, private: bool) -> None:
    """`private`: events may be sent to this machine and this house's network, and without TLS."""
    Worker = Annotated[Caller, Depends(doors.only("agency", "official"))]

    @app.get(PATH, response_model=WebhookView, responses=_NONE, tags=["agencies"])
    def show_webhook(caller: Worker) -> Response:
        """Where the agency's events are sent, and how that goes."""
        with snapshot(doors.engine) as session:
            known = webhooks.find(session, name_of(caller))
            return json(webhook_view(known, feed.last_position(session, known.recipient)))

    @app.put(PATH, response_model=WebhookMade, responses=_SET, tags=["agencies"])
    async def set_webhook(caller: Worker, sent: WebhookSent) -> Response:
        """Have the agency's events sent to an address: a new webhook from now on, one that was set before (and may have
        stopped) from where it was; or after `cursor`."""
        who, url, now = name_of(caller), str(sent.url), datetime.now(UTC)
        addresses.check(url, private=private)
        made, known, last = await doors.writer.run(lambda session: webhooks.put(session, who, url, sent.cursor, now))
        status = HTTPStatus.CREATED if made else HTTPStatus.OK
        shown = webhook_view(known, last).model_dump()
        return json(WebhookMade(**shown, secret=known.secret if made else None), status)

    @app.delete(PATH, status_code=HTTPStatus.NO_CONTENT, responses=_NONE, tags=["agencies"])
    async def remove_webhook(caller: Worker) -> None:
        """Send nothing any more."""
        await doors.writer.run(lambda session: webhooks.remove(session, name_of(caller)))

    @app.post(PATH + "/secret", response_model=Secret, responses=_NONE, tags=["agencies"])
    async def change_secret(caller: Worker) -> Response:
        """A new secret. For a day each event is signed with those before, too."""
        now = datetime.now(UTC)
        secret = await doors.writer.run(lambda session: webhooks.change_secret(session, name_of(caller), now))
        return json(Secret(secret=secret))

    @app.get(PATH + "s", response_model=Webhooks, responses=REFUSALS, tags=["officials"])
    def list_webhooks(_: Annotated[Caller, Depends(doors.only("official"))]) -> Response:
        """Every webhook, and which of them failed or stopped."""
        with snapshot(doors.engine) as session:
            views = [
                webhook_view(each, feed.last_position(session, each.recipient)) for each in webhooks.every(session)
            ]
        return json(Webhooks(webhooks=views))
