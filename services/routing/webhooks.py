"""Where a recipient wants its events sent, and what became of sending them."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session

from contracts.ids import random_bytes
from kit.rows import insert_all
from services.routing import feed
from services.routing.feed_tables import AGENCY_EVENT, WEBHOOK, Webhook

RETRIES: Sequence[timedelta] = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
"""How long it waits after each failure in a row; after one more it stops. The schedule of Standard Webhooks."""
BOTH_FOR = timedelta(days=1)
"""How long the secret before still signs beside a new one."""


class NoWebhook(Exception):
    """The recipient has set none."""


class BadWebhook(Exception):
    """Nothing may be sent to this address."""


def look(session: Session, recipient: str) -> Webhook | None:
    row = session.execute(select(WEBHOOK).where(WEBHOOK.c.recipient == recipient)).one_or_none()
    return None if row is None else Webhook(*row)


def find(session: Session, recipient: str) -> Webhook:
    """Raises `NoWebhook`."""
    if (webhook := look(session, recipient)) is None:
        raise NoWebhook("No webhook is set: PUT one to /agency/v1/webhook")
    return webhook


def every(session: Session) -> list[Webhook]:
    return [Webhook(*row) for row in session.execute(select(WEBHOOK).order_by(WEBHOOK.c.recipient)).all()]


def put(session: Session, recipient: str, url: str, position: int | None, now: datetime) -> tuple[bool, Webhook, int]:
    """Make it, or change where it is sent and begin anew, from `position` if one is given.

    Returns whether it was made, how it is now, and the position of the recipient's newest event.
    """
    known, last = look(session, recipient), feed.last_position(session, recipient)
    made = known is None
    if known is None:
        begin = last if position is None else position
        known = Webhook(recipient, url, _new_secret(), None, None, begin, now, 0, None, None, stopped=False)
        insert_all(session, WEBHOOK, [known._asdict()])
    else:
        begin = known.position if position is None else position
        known = known._replace(
            url=url, position=begin, set_at=now, failures=0, retry_at=None, problem=None, stopped=False
        )
        session.execute(update(WEBHOOK).where(WEBHOOK.c.recipient == recipient).values(known._asdict()))
    return made, known, last


def change_secret(session: Session, recipient: str, now: datetime) -> str:
    """A new secret; the one before signs beside it for a day. Raises `NoWebhook`."""
    known, secret = find(session, recipient), _new_secret()
    change = {"secret": secret, "old_secret": known.secret, "old_until": now + BOTH_FOR}
    session.execute(update(WEBHOOK).where(WEBHOOK.c.recipient == recipient).values(change))
    return secret


def remove(session: Session, recipient: str) -> None:
    """Raises `NoWebhook`."""
    find(session, recipient)
    session.execute(delete(WEBHOOK).where(WEBHOOK.c.recipient == recipient))


def due(session: Session, now: datetime) -> list[str]:
    """The recipients to whom something is to be sent now; who has waited longest comes first."""
    waits = select(AGENCY_EVENT.c.number).where(
        AGENCY_EVENT.c.recipient == WEBHOOK.c.recipient, AGENCY_EVENT.c.position > WEBHOOK.c.position
    )
    ripe = or_(WEBHOOK.c.retry_at.is_(None), WEBHOOK.c.retry_at <= now)
    query = select(WEBHOOK.c.recipient).where(~WEBHOOK.c.stopped, ripe, waits.exists())
    return list(session.scalars(query.order_by(func.coalesce(WEBHOOK.c.retry_at, 0), WEBHOOK.c.set_at)))


def count_failing(session: Session) -> int:
    """How many did not take the last event that was sent."""
    return session.scalar(select(func.count()).select_from(WEBHOOK).where(WEBHOOK.c.failures > 0)) or 0


def taken(session: Session, webhook: Webhook, position: int) -> None:
    """The event at `position` was taken there."""
    _keep(session, webhook, {"position": position, "failures": 0, "retry_at": None, "problem": None})


def failed(session: Session, webhook: Webhook, problem: str, now: datetime, *, gone: bool = False) -> bool:
    """It was not taken. Returns whether that was the last try: too many have failed, or the address is `gone`."""
    failures = webhook.failures + 1
    over = gone or failures > len(RETRIES)
    retry_at = None if over else now + RETRIES[failures - 1]
    _keep(session, webhook, {"failures": failures, "retry_at": retry_at, "problem": problem, "stopped": over})
    return over


def _keep(session: Session, webhook: Webhook, change: dict[str, object]) -> None:
    same = (WEBHOOK.c.recipient == webhook.recipient, WEBHOOK.c.set_at == webhook.set_at)
    session.execute(update(WEBHOOK).where(*same).values(change))


def _new_secret() -> str:
    """As Standard Webhooks writes it: a prefix and the Base64 of 24 to 64 random bytes."""
    return "whsec_" + base64.b64encode(random_bytes(32)).decode()
