"""The shapes of `/agency/v1/events` and `/agency/v1/webhook`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl
from sqlalchemy import Row

from contracts.times import Moment
from services.routing.domain import State
from services.routing.feed import TYPES
from services.routing.feed_tables import Webhook
from services.routing.views import PATH, WHOLE, Described, RequestBody

Position = Annotated[int, Field(ge=0, le=10**15), WHOLE]


class EventQuery(BaseModel):
    """The parameters of the list."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    cursor: Position = Field(default=0, examples=[0])
    """The cursor of the last event that was read; 0: of none."""
    limit: int = Field(default=100, ge=1, le=1000, examples=[100])
    """Events a page."""


class Happened(Described):
    """A change of a report. It has no words of the report: read them at `url`, with the key."""

    report: str
    """The report's id, a UUID."""
    agency: str | None
    """The agency that has the report now: another agency's id means that it was given to that one, null that no agency
    has it and an official decides."""
    status: State
    """The report's state after it."""
    by: str
    """"machine", "official", "reporter" or an agency's id."""
    reference: str | None = Field(description="The agency's own number for the report when this happened; else null.")
    url: str
    """The path of the report on this server, to be read with the key; 404 once an official gave it to another agency.
    Who gave the report away goes on reading it."""


class EventView(Described):
    """One event: the same in the list and as the body of a webhook's request."""

    id: str
    """The event's id; the same when the event is sent again."""
    cursor: int
    """The number of the event among the agency's events, from 1 without a gap."""
    type: Literal[tuple(sorted(set(TYPES.values())))]  # type: ignore[valid-type]  # the values of the table
    """What happened."""
    timestamp: Moment
    """When it happened, in UTC."""
    data: Happened
    """The report that it happened to."""


def view(row: Row[Any]) -> EventView:
    """A row of `agency_event` that has its position."""
    data = Happened(
        report=row.report,
        agency=row.agency,
        status=row.status,
        by=row.by,
        reference=row.reference,
        url=f"{PATH}/{row.report}",
    )
    return EventView(id=row.id, cursor=row.position, type=row.type, timestamp=row.at, data=data)


class Events(Described):
    """A page of events."""

    events: list[EventView]
    """The events after the cursor, oldest first."""
    next: str
    """The next page; if this page was empty, read `next` again later."""


class WebhookSent(RequestBody):
    """A webhook as an agency sets it."""

    url: HttpUrl
    """The address that events are sent to with POST; `https`, public, without a user name."""
    cursor: Position | None = None
    """The cursor of the last event that the receiver has. Without it a new webhook begins with the next event (events
    of the second before may come, too), and a webhook that was set before goes on after the last event it took."""


class WebhookView(Described):
    """The webhook of a recipient, and the state of its deliveries."""

    recipient: str
    """Whose events it gets: an agency's id, or official."""
    url: str
    """The address that events are sent to."""
    cursor: int
    """The cursor of the last event that the webhook took."""
    waiting: int
    """The number of events still to be sent."""
    failures: int
    """The number of failed tries in a row."""
    problem: str | None
    """Why the last try failed."""
    retry_at: Moment | None
    """When the next try is, in UTC; null: none failed."""
    stopped: bool
    """Whether nothing more is sent until the webhook is set again."""


class WebhookMade(WebhookView):
    """A webhook, and its secret if it is new."""

    secret: str | None
    """The secret of all signatures, in the form of Standard Webhooks; only in the answer that made the webhook."""


def webhook_view(webhook: Webhook, last: int) -> WebhookView:
    """`last`: the position of the recipient's newest event."""
    columns = {name: value for name, value in webhook._asdict().items() if name in WebhookView.model_fields}
    return WebhookView(**columns, cursor=webhook.position, waiting=last - webhook.position)


class Secret(Described):
    """A new secret."""

    secret: str
    """The secret that signs from now on, in the form of Standard Webhooks; no later answer shows it."""


class Webhooks(Described):
    """All webhooks."""

    webhooks: list[WebhookView]
    """The webhooks, by their recipients."""
