"""What the clients of kafka-python have in common: how long they wait, how they are made, what their errors mean."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import crc32c  # noqa: F401  # kafka-python uses it if it is installed; without it, checksums are ten times slower
from kafka.errors import IllegalArgumentError, IllegalStateError, KafkaConfigurationError, KafkaError
from kafka.net.compat import KafkaNetClient

from kit.bus import BusUnavailable, kafka_records, kafka_sockets

kafka_records.install()
kafka_sockets.install()

PATIENCE = 10.0
"""Seconds that a call may take before it raises `BusUnavailable`."""
CLIENT: Mapping[str, object] = {
    "bootstrap_timeout_ms": int(PATIENCE * 1000),
    "request_timeout_ms": int(PATIENCE * 1000),
    "reconnect_backoff_max_ms": 2000,  # the default of 30 s is longer than most outages
}


def made_client(kind: Any, servers: Sequence[str], **settings: object) -> Any:
    """A client of kafka-python. If its first connection fails, the library leaves its thread and sockets: end them."""
    made: list[Any] = []

    def client(**config: Any) -> Any:
        made.append(KafkaNetClient(**config))
        return made[-1]

    try:
        return kind(bootstrap_servers=servers, kafka_client=client, **CLIENT, **settings)
    except BaseException:
        for each in made:
            each.close()
        gc.collect()  # its half-open sockets are closed only with their objects, which refer to each other
        raise


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise `BusUnavailable` for an error that trying again may end."""
    try:
        yield
    except (IllegalArgumentError, IllegalStateError, KafkaConfigurationError):
        raise  # mistakes in our code: trying again would not help
    except (KafkaError, OSError) as error:
        raise BusUnavailable(f"{type(error).__name__}: {error}") from error
