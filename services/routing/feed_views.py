"""The shapes of `/agency/v1/events` and `/agency/v1/webhook`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl
from sqlalchemy import Row

from services.routing.domain import State
from services.routing.feed import TYPES
from services.routing.feed_tables import Webhook
from services.routing.views import PATH, Moment, Sent


def _whole(number: object) -> object:
    """JSON knows one kind of number: 7.0 is a whole one."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Position = Annotated[int, Field(ge=0, le=10**15), BeforeValidator(_whole)]


class EventQuery(BaseModel):
    """The parameters of the list. `cursor`: of the last event that is known, 0 for none."""

    model_config = ConfigDict(extra="forbid")

    cursor: Position = 0
    limit: int = Field(default=100, ge=1, le=1000)


class Happened(BaseModel):
    """What happened to a report. None of its words: ask for it at `url`, with the key."""

    report: str
    agency: str | None
    """Who has the report now; another one's id tells that it was handed on."""
    status: State
    by: str
    """"machine", "official", "reporter" or an agency's id."""
    url: str
    """Where to ask for it with the key, at this server; 404 once it is another agency's."""


class EventView(BaseModel):
    """One event, the same in the list and as the body of a webhook."""

    id: str
    """Of the event; a webhook that is sent again has the same one."""
    cursor: int
    """Counts the agency's events from 1, without a gap."""
    type: Literal[tuple(sorted(set(TYPES.values())))]  # type: ignore[valid-type]  # the names of the table
    timestamp: Moment
    data: Happened


def view(row: Row[Any]) -> EventView:
    """A row of `agency_event` that has its position."""
    data = Happened(report=row.report, agency=row.agency, status=row.status, by=row.by, url=f"{PATH}/{row.report}")
    return EventView(id=row.id, cursor=row.position, type=row.type, timestamp=row.at, data=data)


class Events(BaseModel):
    events: list[EventView]
    next: str
    """What follows, now or later; ask there again when it was empty."""


class WebhookSent(Sent):
    url: HttpUrl
    """Where events are sent with POST; `https`, on a public address, without a user name."""
    cursor: Position | None = None
    """Of the last event that is known there. Without it a new webhook begins with what happens from now on (events
    of the second before may come, too), and one that was set before goes on where it was."""


class WebhookView(BaseModel):
    """Where a recipient's events are sent, and how that goes."""

    recipient: str
    url: str
    cursor: int
    """Of the last event that was taken there."""
    waiting: int
    """How many events are yet to be sent."""
    failures: int
    """Tries in a row that failed."""
    problem: str | None
    """What was wrong with the last try."""
    retry_at: Moment | None
    stopped: bool
    """No more is sent until it is set again."""


class WebhookMade(WebhookView):
    secret: str | None
    """Told once, when it is made: what each signature is made with, in Standard Webhooks' own form."""


def webhook_view(webhook: Webhook, last: int) -> WebhookView:
    """`last`: the position of the recipient's newest event."""
    kept = {name: value for name, value in webhook._asdict().items() if name in WebhookView.model_fields}
    return WebhookView(**kept, cursor=webhook.position, waiting=last - webhook.position)


class Secret(BaseModel):
    secret: str


class Webhooks(BaseModel):
    webhooks: list[WebhookView]
