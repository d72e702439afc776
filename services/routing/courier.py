"""Brings each recipient its events, in order, one after the other; those of several recipients at once.

An event that is not taken is sent again, later and later, and those behind it wait: nothing is skipped. A crash after
it was taken and before that was kept sends it again, with the same id.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import Gauge
from sqlalchemy import Engine
from sqlmodel import Session

from kit.db import exclusive, snapshot, transaction
from kit.telemetry import REGISTRY
from services.routing import feed, feed_views, webhooks
from services.routing.sending import Sender, Taken

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds between two looks for what is to be sent."""
AT_ONCE = 4
"""Recipients served at once by one process, each on a thread that holds two connections of the database."""
TURN = 100
"""Events sent to one recipient before others get their turn."""

FAILING = Gauge("pendapa_webhooks_failing", "Agencies' webhooks that did not take the last event", registry=REGISTRY)


class Courier:
    """The worker's tick only asks who is due: a tick holds a transaction, and another's server may be slow."""

    def __init__(self, engine: Engine, sender: Sender, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._sender, self._now = engine, sender, now
        self._served: dict[str, threading.Thread] = {}

    @property
    def tick(self) -> tuple[float, Callable[[Session, datetime], None]]:
        """For `Worker(ticks=...)`."""
        return LOOK_EACH, self.bring_what_is_due

    def bring_what_is_due(self, session: Session, now: datetime) -> None:
        self._served = {who: thread for who, thread in self._served.items() if thread.is_alive()}
        FAILING.set(webhooks.count_failing(session))
        for recipient in webhooks.due(session, now):
            if len(self._served) < AT_ONCE and recipient not in self._served:
                thread = threading.Thread(target=self._serve, args=(recipient,), name="courier", daemon=True)
                self._served[recipient] = thread
                thread.start()

    def join(self) -> None:
        """Wait for those that are being served."""
        for thread in list(self._served.values()):
            thread.join()

    def _serve(self, recipient: str) -> None:
        try:
            with exclusive(self._engine, f"webhook-{recipient}") as alone:
                for _ in range(TURN if alone else 0):
                    if not self._bring_next(recipient):
                        return
        except Exception as error:  # it comes due again; the others go on
            logger.error("the webhook of %s could not be served", recipient, exc_info=error)

    def _bring_next(self, recipient: str) -> bool:
        """Send the next event; whether it was taken. False, too, if none is to be sent now."""
        now = self._now()
        with snapshot(self._engine) as session:
            webhook = webhooks.look(session, recipient)
            if webhook is None or webhook.stopped or (webhook.retry_at is not None and webhook.retry_at > now):
                return False
            events = feed.after(session, recipient, webhook.position, 1)
        if not events:
            return False
        event = feed_views.view(events[0])
        outcome = self._sender.send(webhook, event.id, event.model_dump_json().encode(), now)
        # Point of no return: it may have been taken. A crash from here on sends it again, with the same id.
        with transaction(self._engine) as session:
            if isinstance(outcome, Taken):
                webhooks.taken(session, webhook, event.cursor)
                return True
            if webhooks.failed(session, webhook, outcome.problem, self._now(), gone=outcome.gone):
                logger.error("the webhook of %s was stopped: %s", recipient, outcome.problem)
        return False
