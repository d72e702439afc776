"""The webhooks of recipients, and the state of their deliveries."""

import base64
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session

from contracts.ids import random_bytes
from kit.jobs.backoff import NO_WAIT, next_try
from kit.rows import insert_missing
from services.routing import feed
from services.routing.feed_tables import AGENCY_EVENT, WEBHOOK, Webhook

OLD_SECRETS_SIGN_FOR = timedelta(days=1)
"""How long older secrets still sign beside a new secret."""
MAX_OLD_SECRETS = 4
"""More than one: a program that lost our answer asks for a new secret again."""


class NoWebhook(Exception):
    """The recipient has no webhook."""


class BadWebhook(Exception):
    """Nothing may be sent to this address."""


def find_or_none(session: Session, recipient: str, *, lock: bool = False) -> Webhook | None:
    query = select(WEBHOOK).where(WEBHOOK.c.recipient == recipient)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Webhook(*row)


def find(session: Session, recipient: str, *, lock: bool = False) -> Webhook:
    """Raises `NoWebhook`."""
    if (webhook := find_or_none(session, recipient, lock=lock)) is None:
        raise NoWebhook("No webhook is set: PUT one to /agency/v1/webhook")
    return webhook


def find_all(session: Session) -> list[Webhook]:
    return [Webhook(*row) for row in session.execute(select(WEBHOOK).order_by(WEBHOOK.c.recipient)).all()]


def put(session: Session, recipient: str, url: str, position: int | None, now: datetime) -> tuple[bool, Webhook, int]:
    """Make the webhook, or change its address and clear its failures. It goes on after `position`, if that is given.

    Returns whether it is new, the webhook, and the position of the recipient's newest event.
    Raises `UnknownCursor`, or `ForgottenCursor` if events that it would go on with were deleted meanwhile.
    """
    last = feed.last_position(session, recipient)
    if position is not None:
        feed.check_position(session, recipient, position)
    elif (earlier := find_or_none(session, recipient)) is not None and earlier.stopped:
        feed.check_kept(session, recipient, earlier.position)
    start = last if position is None else position
    new = Webhook(recipient, url, _new_secret(), None, None, start, now, 0, None, None, stopped=False)
    is_new = bool(insert_missing(session, WEBHOOK, [new._asdict()], "recipient"))
    if not is_new:
        change = {"url": url, "set_at": now, "failures": 0, "retry_at": None, "problem": None, "stopped": False}
        change |= {} if position is None else {"position": position}
        session.execute(update(WEBHOOK).where(WEBHOOK.c.recipient == recipient).values(change))
    return is_new, find(session, recipient), last


def change_secret(session: Session, recipient: str, now: datetime) -> str:
    """Make a new secret; older secrets sign beside it for a day. Raises `NoWebhook`."""
    webhook, secret = find(session, recipient, lock=True), _new_secret()
    old = [webhook.secret, *webhook.valid_old_secrets(now)][:MAX_OLD_SECRETS]
    change = {"secret": secret, "old_secrets": " ".join(old), "old_until": now + OLD_SECRETS_SIGN_FOR}
    session.execute(update(WEBHOOK).where(WEBHOOK.c.recipient == recipient).values(change))
    return secret


def remove(session: Session, recipient: str) -> None:
    """Raises `NoWebhook`."""
    find(session, recipient)
    session.execute(delete(WEBHOOK).where(WEBHOOK.c.recipient == recipient))


def due(session: Session, now: datetime) -> list[str]:
    """The recipients that have an event to be sent now."""
    waiting = select(AGENCY_EVENT.c.number).where(
        AGENCY_EVENT.c.recipient == WEBHOOK.c.recipient, AGENCY_EVENT.c.position > WEBHOOK.c.position
    )
    may_try = or_(WEBHOOK.c.retry_at.is_(None), WEBHOOK.c.retry_at <= now)
    return list(session.scalars(select(WEBHOOK.c.recipient).where(~WEBHOOK.c.stopped, may_try, waiting.exists())))


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the first of the webhooks that did not take an event is tried again after now; null if there is none."""
    first: datetime | None = session.scalar(
        select(func.min(WEBHOOK.c.retry_at)).where(~WEBHOOK.c.stopped, WEBHOOK.c.retry_at > now)
    )
    return first


def count_failing(session: Session) -> int:
    """How many webhooks did not take the last event that was sent."""
    return session.scalar(select(func.count()).select_from(WEBHOOK).where(WEBHOOK.c.failures > 0)) or 0


def save_success(session: Session, webhook: Webhook, position: int) -> bool:
    """Save that the webhook took the event at `position`. Returns whether it was saved (see `_save`)."""
    return _save(session, webhook, {"position": position, "failures": 0, "retry_at": None, "problem": None})


def save_failure(
    session: Session, webhook: Webhook, problem: str, now: datetime, *, gone: bool = False, wait: timedelta = NO_WAIT
) -> bool:
    """Save that an event was not taken. Returns whether the webhook stops: too many tries failed, or it is `gone`.

    `wait`: the wait that the receiver asked for; there is no try earlier.
    """
    failures = webhook.failures + 1
    retry_at = None if gone else next_try(failures, now, wait)
    stops = retry_at is None
    saved = _save(session, webhook, {"failures": failures, "retry_at": retry_at, "problem": problem, "stopped": stops})
    return saved and stops


def _save(session: Session, webhook: Webhook, change: dict[str, object]) -> bool:
    """Change the row, unless meanwhile the owner set the `webhook` again or another process moved its position."""
    unchanged = [getattr(WEBHOOK.c, name) == getattr(webhook, name) for name in ("recipient", "set_at", "position")]
    return bool(session.connection().execute(update(WEBHOOK).where(*unchanged).values(change)).rowcount)


def _new_secret() -> str:
    """In the form of Standard Webhooks: a prefix and the Base64 of 24 to 64 random bytes."""
    return "whsec_" + base64.b64encode(random_bytes(32)).decode()
