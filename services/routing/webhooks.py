"""Where a recipient wants its events sent, and what became of sending them."""

import base64
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session

from contracts.ids import random_bytes
from kit.jobs.backoff import NO_WAIT, next_try
from kit.rows import insert_missing
from services.routing import feed
from services.routing.feed_tables import AGENCY_EVENT, WEBHOOK, Webhook

BOTH_FOR = timedelta(days=1)
"""How long the secrets before still sign beside a new one."""
OLD_ONES = 4
"""How many of them: a program may ask for a new one again, as the answer was lost."""


class NoWebhook(Exception):
    """The recipient has set none."""


class BadWebhook(Exception):
    """Nothing may be sent to this address."""


def look(session: Session, recipient: str, *, lock: bool = False) -> Webhook | None:
    query = select(WEBHOOK).where(WEBHOOK.c.recipient == recipient)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Webhook(*row)


def find(session: Session, recipient: str, *, lock: bool = False) -> Webhook:
    """Raises `NoWebhook`."""
    if (webhook := look(session, recipient, lock=lock)) is None:
        raise NoWebhook("No webhook is set: PUT one to /agency/v1/webhook")
    return webhook


def every(session: Session) -> list[Webhook]:
    return [Webhook(*row) for row in session.execute(select(WEBHOOK).order_by(WEBHOOK.c.recipient)).all()]


def put(session: Session, recipient: str, url: str, position: int | None, now: datetime) -> tuple[bool, Webhook, int]:
    """Make it, or change where it is sent and begin anew, from `position` if one is given.

    Returns whether it was made, how it is now, and the position of the recipient's newest event.
    Raises `UnknownCursor`.
    """
    last = feed.last_position(session, recipient)
    if position is not None:
        feed.need(session, recipient, position)
    begin = last if position is None else position
    new = Webhook(recipient, url, _new_secret(), None, None, begin, now, 0, None, None, stopped=False)
    made = bool(insert_missing(session, WEBHOOK, [new._asdict()], "recipient"))
    if not made:
        change = {"url": url, "set_at": now, "failures": 0, "retry_at": None, "problem": None, "stopped": False}
        change |= {} if position is None else {"position": position}
        session.execute(update(WEBHOOK).where(WEBHOOK.c.recipient == recipient).values(change))
    return made, find(session, recipient), last


def change_secret(session: Session, recipient: str, now: datetime) -> str:
    """A new secret; those before sign beside it for a day. Raises `NoWebhook`."""
    known, secret = find(session, recipient, lock=True), _new_secret()
    old = [known.secret, *known.old_ones(now)][:OLD_ONES]
    change = {"secret": secret, "old_secrets": " ".join(old), "old_until": now + BOTH_FOR}
    session.execute(update(WEBHOOK).where(WEBHOOK.c.recipient == recipient).values(change))
    return secret


def remove(session: Session, recipient: str) -> None:
    """Raises `NoWebhook`."""
    find(session, recipient)
    session.execute(delete(WEBHOOK).where(WEBHOOK.c.recipient == recipient))


def due(session: Session, now: datetime) -> list[str]:
    """The recipients to whom something is to be sent now."""
    waits = select(AGENCY_EVENT.c.number).where(
        AGENCY_EVENT.c.recipient == WEBHOOK.c.recipient, AGENCY_EVENT.c.position > WEBHOOK.c.position
    )
    ripe = or_(WEBHOOK.c.retry_at.is_(None), WEBHOOK.c.retry_at <= now)
    return list(session.scalars(select(WEBHOOK.c.recipient).where(~WEBHOOK.c.stopped, ripe, waits.exists())))


def count_failing(session: Session) -> int:
    """How many did not take the last event that was sent."""
    return session.scalar(select(func.count()).select_from(WEBHOOK).where(WEBHOOK.c.failures > 0)) or 0


def taken(session: Session, webhook: Webhook, position: int) -> bool:
    """The event at `position` was taken there. Returns whether that still counts (see `_keep`)."""
    return _keep(session, webhook, {"position": position, "failures": 0, "retry_at": None, "problem": None})


def failed(
    session: Session, webhook: Webhook, problem: str, now: datetime, *, gone: bool = False, wait: timedelta = NO_WAIT
) -> bool:
    """It was not taken. Returns whether that was the last try: too many have failed, or the address is `gone`.

    `wait`: how long the receiver asked for; it is tried no earlier.
    """
    failures = webhook.failures + 1
    retry_at = None if gone else next_try(failures, now, wait)
    over = retry_at is None
    kept = _keep(session, webhook, {"failures": failures, "retry_at": retry_at, "problem": problem, "stopped": over})
    return kept and over


def _keep(session: Session, webhook: Webhook, change: dict[str, object]) -> bool:
    """Keep what came of it, unless its owner changed the `webhook` meanwhile, or another process went on with it."""
    same = [getattr(WEBHOOK.c, name) == getattr(webhook, name) for name in ("recipient", "set_at", "position")]
    return bool(session.connection().execute(update(WEBHOOK).where(*same).values(change)).rowcount)


def _new_secret() -> str:
    """As Standard Webhooks writes it: a prefix and the Base64 of 24 to 64 random bytes."""
    return "whsec_" + base64.b64encode(random_bytes(32)).decode()
