"""What the gateway counts: answers by method and status."""

from prometheus_client import Counter

from kit.telemetry import REGISTRY

_ANSWERS = Counter("pendapa_gateway_answers", "Requests answered", ["method", "status"], registry=REGISTRY)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_seen: dict[tuple[str, int], Counter] = {}


def count(method: str, status: int) -> None:
    counter = _seen.get((method, status))
    if counter is None:
        # Anybody can invent a method; each would be a time series for ever.
        counter = _ANSWERS.labels(method if method in _METHODS else "other", str(status))
        if method in _METHODS:
            _seen[method, status] = counter
    counter.inc()
