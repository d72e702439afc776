"""Agencies with webhooks, for tests."""

from datetime import UTC, datetime
from typing import Any

from kit.db import transaction
from kit.jobs.courier import AT_ONCE, SERVE_LIMIT, Courier
from services.routing import feed, webhooks
from services.routing.deliveries import NextEvent, WebhookDeliveries
from services.routing.sending import Sender
from tests.routing.conftest import Routing


class Office:
    """Agencies' webhooks and the courier that serves them; `now` is its clock."""

    def __init__(self, routing: Routing) -> None:
        self.routing = routing
        self.now = datetime.now(UTC)
        self.sender = Sender(private=True)
        self.courier = self.a_courier()

    def a_courier(self, at_once: int = AT_ONCE, serve_limit: int = SERVE_LIMIT) -> Courier[NextEvent]:
        deliveries = WebhookDeliveries(self.sender)
        return Courier(self.routing.engine, deliveries, lambda: self.now, at_once=at_once, serve_limit=serve_limit)

    def ask(self, method: str, who: str, path: str = "", **body: Any) -> Any:
        url, key = f"/agency/v1/webhook{path}", self.routing.key(who)
        return self.routing.client.request(method, url, headers=key, json=body or None)

    def set(self, who: str, url: str, position: int = 0) -> str:
        """Make a webhook and return its secret. Written to the table: the API allows no address of this machine."""
        with transaction(self.routing.engine) as session:
            return webhooks.put(session, who, url, position, self.now)[1].secret

    def bring(self) -> None:
        """Do the work of the worker's ticks once, and wait for the deliveries."""
        with transaction(self.routing.engine) as session:
            feed.put_in_order(session, self.now)
        with transaction(self.routing.engine) as session:
            self.courier.serve_due(session, self.now)
        self.courier.join()

    def shown(self, who: str = "dpu") -> dict[str, Any]:
        webhook: dict[str, Any] = self.ask("GET", who).json()
        return webhook
