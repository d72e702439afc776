"""What agencies and officials read, for tests."""

from kit.db import transaction
from services.routing import feed
from tests.routing.conftest import NOW, Routing


def events_of(routing: Routing, who: str) -> list[tuple[str, str | None, str]]:
    """Of each event of a recipient: its type, and the agency and status of the report after it."""
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
    answer = routing.client.get("/agency/v1/events", headers=routing.key(who))
    return [(each["type"], each["data"]["agency"], each["data"]["status"]) for each in answer.json()["events"]]
