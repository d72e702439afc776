"""The topics: who sends which events, and who listens. Tests check the services and deploy/ against this table."""

from typing import NamedTuple


class Topic(NamedTuple):
    name: str
    producer: str
    consumers: tuple[str, ...]
    events: tuple[str, ...]
    partitions: int
    retention_days: int


TOPICS = (
    Topic(
        "reports",
        "intake",
        ("routing",),
        (
            *("report.received.v1", "report.amended.v1", "report.withdrawn.v1", "report.feedback.v1"),
            *("report.updated.v1", "report.undone.v1", "report.hidden.v1"),
        ),
        6,
        30,
    ),
    Topic(
        "cases",
        "routing",
        ("publish", "intake"),
        (
            "case.opened.v1",
            "case.opened.v2",
            "case.disposed.v1",
            "case.refused.v1",
            "case.acknowledged.v1",
            "case.responded.v1",
            "case.corrected.v1",
            "case.amended.v1",
            "case.closed.v1",
            "case.reopened.v1",
            "case.merged.v1",
            "case.split.v1",
            "case.told.v1",
            "case.relocated.v1",
            "case.escalated.v1",
            "case.rescheduled.v1",
            "case.hidden.v1",
            "case.rejected.v1",
        ),
        6,
        30,
    ),
)

TOPIC_OF = {event: topic.name for topic in TOPICS for event in topic.events}


def consumed_by(service: str) -> tuple[str, ...]:
    """The topics that `service` listens to.

    >>> consumed_by("publish")
    ('cases',)
    """
    return tuple(topic.name for topic in TOPICS if service in topic.consumers)


def parked(topic: str) -> str:
    """The topic for the unreadable records of `topic`.

    >>> parked("cases")
    'cases.parked'
    """
    return f"{topic}.parked"
