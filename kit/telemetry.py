"""The metrics of a process, for Prometheus: how many events wait, for how long, and how many were parked."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Info, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from kit.version import VERSION

REGISTRY = CollectorRegistry()
"""The registry of this process; on the embedded footing the services share it and differ by their label."""

PARKED = Gauge("pendapa_parked", "Events that wait for a person", ["service"], registry=REGISTRY)
WAITING = Gauge(
    "pendapa_waiting",
    "Events that wait for a newer version, for an earlier event, or behind another one of their report",
    ["service"],
    registry=REGISTRY,
)
OUTBOX_OLDEST = Gauge(
    "pendapa_outbox_oldest_seconds",
    "How long ago the oldest unsent event was queued, as far as this process has seen",
    ["service"],
    registry=REGISTRY,
)
UNHANDLED_OLDEST = Gauge(
    "pendapa_unhandled_oldest_seconds",
    "How long ago the oldest record that the worker has yet to handle was sent, as its last poll found",
    ["service"],
    registry=REGISTRY,
)
LAG = Gauge("pendapa_lag", "Records not yet handled in the partitions held", ["service"], registry=REGISTRY)
CLOCK_JUMP = Gauge(
    "pendapa_clock_jump_seconds", "How far the machine's time jumped; 0 while it is not in doubt", registry=REGISTRY
)
MISSED = Gauge(
    "pendapa_missed", "Ranges of records that the bus deleted unread; the worker stops", ["service"], registry=REGISTRY
)
LOCK_WAITED = Gauge(
    "pendapa_lock_waited_seconds",
    "For how long another process has held a lock that this process needs",
    ["service", "lock"],
    registry=REGISTRY,
)
HANDLED = Counter("pendapa_handled", "Events handled", ["service"], registry=REGISTRY)
SENT = Counter("pendapa_sent", "Events sent from the outbox", ["service"], registry=REGISTRY)
FAILING = Gauge(
    "pendapa_failing",
    "Whether a check of /readyz fails: 1 if it does; at the gateway a service whose /readyz fails, too",
    ["check"],
    registry=REGISTRY,
)
Info("pendapa_version", "The version of this process", registry=REGISTRY).info({"version": VERSION})


def note_failing(failing: Mapping[str, bool]) -> None:
    """Set which checks fail, by their names."""
    for name, fails in failing.items():
        FAILING.labels(name).set(fails)


def render() -> tuple[bytes, str]:
    """All metrics in Prometheus' text format, and that format's content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
