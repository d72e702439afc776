"""Counts the gateway's answers by method and status."""

from prometheus_client import Counter

from kit.telemetry import REGISTRY

_ANSWERS = Counter("pendapa_gateway_answers", "Requests answered", ["method", "status"], registry=REGISTRY)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_counters: dict[tuple[str, int], Counter] = {}


def count(method: str, status: int) -> None:
    counter = _counters.get((method, status))
    if counter is None:
        # A caller may invent methods, and each would become a time series of its own.
        counter = _ANSWERS.labels(method if method in _METHODS else "other", str(status))
        if method in _METHODS:
            _counters[method, status] = counter
    counter.inc()
