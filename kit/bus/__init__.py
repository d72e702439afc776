"""The bus: topics of records, ordered per key, read by groups. Two implementations, one contract test."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from contracts.topics import Topic

MAX_BYTES = 4 << 20
"""The largest message: a request's body may have 1 MiB, and JSON may escape one byte as six."""


class Message(NamedTuple):
    """A message to send. Messages with the same key keep their order."""

    topic: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


class BusRecord(NamedTuple):
    """A message read from the bus, with its topic, partition and offset."""

    topic: str
    partition: int
    offset: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    at: int = 0
    """When it was sent, in milliseconds since 1970 (not the event's own time). 0: it did not come from a bus."""


class Partition(NamedTuple):
    topic: str
    number: int


class Span(NamedTuple):
    """Of a partition: the next offset that a member will commit, and the offset of the next record to be sent."""

    following: int
    end: int


class Gap(NamedTuple):
    """Records that the bus deleted before the group handled them: the offsets from `start` up to, without, `end`."""

    topic: str
    partition: int
    start: int
    end: int


class Producer(Protocol):
    def send(self, messages: Sequence[Message]) -> None:
        """Return once every message is durable, in order per key; raise `BusUnavailable` if one may not be."""

    def close(self) -> None: ...


class Consumer(Protocol):
    def poll(self, timeout: float, limit: int) -> list[BusRecord]:
        """At most `limit` next records of this member's partitions; wait at most `timeout` seconds for the first.

        Raises `Missed` each time, as long as a partition of this member begins after the group's committed offset.
        """

    def commit(self) -> None:
        """Commit the offsets of all records polled so far: the group's next reader continues after them."""

    def rewind(self) -> None:
        """Go back to the last commit: records polled since then are polled again."""

    def skip(self, gap: Gap) -> None:
        """Go on after the gap; somebody has seen to it that what was in it is sent again."""

    def lag(self) -> int:
        """How many records of this member's partitions are not yet committed."""

    def positions(self) -> Mapping[Partition, Span]:
        """Of each partition that this member holds: the next offset to be committed, and the bus's end."""

    def seek(self, partition: Partition, offset: int) -> None:
        """Poll this partition from `offset` on, though the group may have committed a later one."""

    def close(self) -> None:
        """Leave the group, so that other members take over the partitions at once."""


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


class Missed(Exception):
    """The bus has deleted records that this group has not handled; to go on would be to lose them in silence."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        super().__init__("; ".join(f"{g.topic}/{g.partition} from offset {g.start} to {g.end - 1}" for g in gaps))
        self.gaps = gaps
        """One for each partition of this member that has one."""


def open_bus(url: str) -> Bus:
    """The bus at `sqlite:///FILE` (embedded) or `kafka://HOST:PORT,HOST:PORT`."""
    if url.startswith("sqlite:///"):
        from kit.bus.embedded import EmbeddedBus

        return EmbeddedBus(url.removeprefix("sqlite:///"))
    if url.startswith("kafka://"):
        from kit.bus.kafka import KafkaBus

        return KafkaBus(url.removeprefix("kafka://"))
    raise ValueError(f"a bus is sqlite:///FILE or kafka://HOST:PORT, not {url!r}")
