"""The courier's deliveries: agencies' events to their webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from prometheus_client import Gauge
from sqlmodel import Session

from kit.jobs.courier import NotTaken, Taken
from kit.telemetry import REGISTRY
from services.routing import feed, feed_views, webhooks
from services.routing.feed_tables import Webhook
from services.routing.feed_views import EventView
from services.routing.sending import Sender

FAILING = Gauge("pendapa_webhooks_failing", "Agencies' webhooks that did not take the last event", registry=REGISTRY)


class NextEvent(NamedTuple):
    """The next event of a webhook, and the webhook as it was when the event was read."""

    webhook: Webhook
    event: EventView


class WebhookDeliveries:
    """`kit.jobs.courier.Deliveries` of agency events; a target is a recipient."""

    name = "webhook"

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def due(self, session: Session, now: datetime) -> Sequence[str]:
        FAILING.set(webhooks.count_failing(session))
        return webhooks.due(session, now)

    def next_due(self, session: Session, now: datetime) -> datetime | None:
        return webhooks.next_due(session, now)

    def next(self, session: Session, target: str, now: datetime) -> NextEvent | None:
        webhook = webhooks.find_or_none(session, target)
        if webhook is None or webhook.stopped or (webhook.retry_at is not None and webhook.retry_at > now):
            return None
        events = feed.after(session, target, webhook.position, 1)
        return NextEvent(webhook, feed_views.view(events[0])) if events else None

    def send(self, parcel: NextEvent, now: datetime) -> Taken | NotTaken:
        webhook, event = parcel
        return self._sender.send(webhook, event.id, event.model_dump_json().encode(), now)

    def taken(self, session: Session, parcel: NextEvent) -> bool:
        return webhooks.save_success(session, parcel.webhook, parcel.event.cursor)

    def failed(self, session: Session, parcel: NextEvent, outcome: NotTaken, now: datetime) -> bool:
        problem, gone, wait = outcome
        return webhooks.save_failure(session, parcel.webhook, problem, now, gone=gone, wait=wait)
