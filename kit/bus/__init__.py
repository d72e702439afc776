"""The bus: topics of records, ordered per key, read by groups. Two implementations, one contract test."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from contracts.topics import Topic


class Message(NamedTuple):
    """What is sent. Messages with the same key keep their order."""

    topic: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


class BusRecord(NamedTuple):
    """What is read: a message with its place in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    at: int = 0
    """When it was sent, in milliseconds since 1970; not when what it tells happened. 0: of no bus."""


class Producer(Protocol):
    def send(self, messages: Sequence[Message]) -> None:
        """Return once every message is durable, in order per key; raise `BusUnavailable` if one may not be."""

    def close(self) -> None: ...


class Consumer(Protocol):
    def poll(self, timeout: float, limit: int) -> list[BusRecord]:
        """The next records of the partitions this member holds, at most `limit`; wait at most `timeout` seconds."""

    def commit(self) -> None:
        """Everything polled so far is handled: the group goes on after it, whoever reads next."""

    def rewind(self) -> None:
        """Go back to the last commit: what was polled since comes again."""

    def lag(self) -> int:
        """How many records of the partitions that this member holds are not yet committed."""

    def close(self) -> None:
        """Leave the group, so that others take over at once."""


class Bus(Protocol):
    def ensure(self, topics: Sequence[Topic]) -> None:
        """Make the topics, and the `.parked` one of each, where they are missing."""

    def producer(self) -> Producer: ...

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer: ...

    def ping(self) -> None:
        """Raise `BusUnavailable` if the bus does not answer."""

    def close(self) -> None: ...


class BusUnavailable(Exception):
    """The bus cannot be reached or did not take the messages; trying again may help."""


def open_bus(url: str) -> Bus:
    """The bus at `sqlite:///FILE` (embedded) or `kafka://HOST:PORT,HOST:PORT`."""
    if url.startswith("sqlite:///"):
        from kit.bus.embedded import EmbeddedBus

        return EmbeddedBus(url.removeprefix("sqlite:///"))
    if url.startswith("kafka://"):
        from kit.bus.kafka import KafkaBus

        return KafkaBus(url.removeprefix("kafka://"))
    raise ValueError(f"a bus is sqlite:///FILE or kafka://HOST:PORT, not {url!r}")
