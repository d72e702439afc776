"""Brings each recipient its events, in order, one after the other; those of several recipients at once.

An event that is not taken is sent again, later and later, and those behind it wait: nothing is skipped. A crash after
it was taken and before that was kept sends it again, with the same id.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import Gauge
from sqlalchemy import Engine
from sqlmodel import Session

from kit.db import exclusive, snapshot, transaction
from kit.telemetry import REGISTRY
from services.routing import feed, feed_views, webhooks
from services.routing.feed_tables import Webhook
from services.routing.feed_views import EventView
from services.routing.sending import NotTaken, Sender, Taken

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds between two looks for what is to be sent."""
AT_ONCE = 4
"""Recipients served at once by one process, each on a thread that holds a connection of the database or two."""
TURN, TURN_SECONDS = 100, 10.0
"""How many events are sent to one recipient, and for how long, before others get their turn."""

FAILING = Gauge("pendapa_webhooks_failing", "Agencies' webhooks that did not take the last event", registry=REGISTRY)


class Courier:
    """The worker's tick only asks who is due: a tick holds a transaction, and another's server may be slow."""

    def __init__(self, engine: Engine, sender: Sender, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._sender, self._now = engine, sender, now
        self._served: dict[str, threading.Thread] = {}
        self._turns: dict[str, int] = {}
        """Of each recipient, which turn of this process was its last."""

    @property
    def tick(self) -> tuple[float, Callable[[Session, datetime], None]]:
        """For `Worker(ticks=...)`."""
        return LOOK_EACH, self.bring_what_is_due

    def bring_what_is_due(self, session: Session, now: datetime) -> None:
        """Begin a turn for those who have waited longest, each on a thread of its own."""
        self._served = {who: thread for who, thread in self._served.items() if thread.is_alive()}
        FAILING.set(webhooks.count_failing(session))
        free = [each for each in webhooks.due(session, now) if each not in self._served]
        free.sort(key=lambda each: self._turns.get(each, 0))
        for recipient in free[: AT_ONCE - len(self._served)]:
            self._turns[recipient] = max(self._turns.values(), default=0) + 1
            thread = threading.Thread(target=self._serve, args=(recipient,), name="courier", daemon=True)
            self._served[recipient] = thread
            thread.start()

    def join(self) -> None:
        """Wait for those that are being served."""
        for thread in list(self._served.values()):
            thread.join()

    def _serve(self, recipient: str) -> None:
        end = time.monotonic() + TURN_SECONDS
        try:
            with exclusive(self._engine, f"webhook-{recipient}") as alone:
                for _ in range(TURN if alone else 0):
                    if not self._bring_next(recipient) or time.monotonic() > end:
                        return
        except Exception as error:  # it comes due again; the others go on
            logger.error("the webhook of %s could not be served", recipient, exc_info=error)

    def _bring_next(self, recipient: str) -> bool:
        """Send the next event; whether the one after it may follow at once."""
        now = self._now()
        with snapshot(self._engine) as session:
            webhook = webhooks.look(session, recipient)
            if webhook is None or webhook.stopped or (webhook.retry_at is not None and webhook.retry_at > now):
                return False
            events = feed.after(session, recipient, webhook.position, 1)
        if not events:
            return False
        event = feed_views.view(events[0])
        outcome = self._send(webhook, event, now)
        # Point of no return: it may have been taken. A crash from here on sends it again, with the same id.
        with transaction(self._engine) as session:
            if isinstance(outcome, Taken):
                return webhooks.taken(session, webhook, event.cursor)
            problem, gone, wait = outcome
            if webhooks.failed(session, webhook, problem, self._now(), gone=gone, wait=wait):
                logger.error("the webhook of %s was stopped: %s", recipient, outcome.problem)
        return False

    def _send(self, webhook: Webhook, event: EventView, now: datetime) -> Taken | NotTaken:
        try:
            return self._sender.send(webhook, event.id, event.model_dump_json().encode(), now)
        except Exception as error:  # our fault; tried each second, it would fill the log
            logger.error("an event could not be sent to the webhook of %s", webhook.recipient, exc_info=error)
            return NotTaken("it could not be sent")
