"""Apache Kafka as the bus, through kafka-python. The only module that imports it."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import crc32c  # noqa: F401  # kafka-python finds it by itself; without it, it is ten times slower and does not say so
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalArgumentError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaConfigurationError,
    KafkaError,
    RebalanceInProgressError,
    TopicAlreadyExistsError,
    UnknownMemberIdError,
)
from kafka.structs import OffsetAndMetadata

from contracts.topics import Topic, parked
from kit.bus import BusRecord, BusUnavailable, Message

# Seconds a call may take until we say that the bus is away and try again.
_PATIENCE = 10.0
_CLIENT: Mapping[str, object] = {
    "bootstrap_timeout_ms": int(_PATIENCE * 1000),
    "request_timeout_ms": int(_PATIENCE * 1000),
    "reconnect_backoff_max_ms": 2000,  # the default of 30 s would outlast most outages by that much
}
MAX_BYTES = 4 << 20
"""The largest message: a request's body may have 1 MiB, and JSON may write a byte as six."""

# The group went on without this member, or is on its way to: whoever holds the partition now reads it again.
_MOVED_ON = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)


class KafkaBus:
    """`servers`: `HOST:PORT,HOST:PORT`."""

    def __init__(self, servers: str) -> None:
        self._servers = [server.strip() for server in servers.split(",")]
        self._admin: Any = None
        self._lock = threading.Lock()

    def ensure(self, topics: Sequence[Topic]) -> None:
        with self._asking() as admin:
            there = set(admin.list_topics())
            brokers = len(admin.describe_cluster()["brokers"])
            wanted = {topic.name: _shape(topic.partitions, topic.retention_days, brokers) for topic in topics}
            wanted |= {parked(topic.name): _shape(1, None, brokers) for topic in topics}
            missing = [name for name in wanted if name not in there]
            for name in missing:
                with suppress(TopicAlreadyExistsError):  # another process was quicker
                    admin.create_topics({name: wanted[name]})
            if missing:
                admin.wait_for_topics(missing)

    def producer(self) -> "KafkaSender":
        return KafkaSender(self._servers)

    def consumer(self, group: str, topics: Sequence[str]) -> "KafkaMember":
        return KafkaMember(self._servers, group, topics)

    def ping(self) -> None:
        with self._asking() as admin:
            admin.describe_cluster()

    def close(self) -> None:
        with self._lock:
            self._drop_admin()

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        with self._lock:
            try:
                with _unavailable():
                    self._admin = self._admin or KafkaAdminClient(bootstrap_servers=self._servers, **_CLIENT)
                    yield self._admin
            except BusUnavailable:
                self._drop_admin()
                raise

    def _drop_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(KafkaError, OSError):
                admin.close()


def _shape(partitions: int, retention_days: int | None, brokers: int) -> dict[str, object]:
    replicas = 3 if brokers >= 3 else 1
    retention_ms = -1 if retention_days is None else retention_days * 86_400_000
    return {
        "num_partitions": partitions,
        "replication_factor": replicas,
        "configs": {
            "retention.ms": str(retention_ms),
            "min.insync.replicas": "2" if replicas == 3 else "1",
            "max.message.bytes": str(MAX_BYTES),
        },
    }


class KafkaSender:
    """One sender at a time may use it. After a failure it begins anew, so that nothing of before is sent late."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = servers
        self._kafka: Any = None
        with _unavailable():
            self._open()

    def send(self, messages: Sequence[Message]) -> None:
        try:
            with _unavailable():
                kafka = self._open()
                sent = [
                    kafka.send(m.topic, key=m.key, value=m.value, headers=list(m.headers), partition=None)
                    for m in messages
                ]
                kafka.flush(timeout=3 * _PATIENCE)
                for future in sent:
                    future.get(timeout=0)
        except BaseException:
            # What still waits in this client must not follow what the caller sends again.
            self._drop()
            raise

    def close(self) -> None:
        self._drop()

    def _open(self) -> Any:
        if self._kafka is None:
            self._kafka = KafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                batch_size=64 << 10,
                max_request_size=MAX_BYTES,
                max_block_ms=int(_PATIENCE * 1000),
                delivery_timeout_ms=int(2 * _PATIENCE * 1000),
                allow_auto_create_topics=False,
                **_CLIENT,
            )
        return self._kafka

    def _drop(self) -> None:
        kafka, self._kafka = self._kafka, None
        if kafka is not None:
            with suppress(KafkaError, OSError):
                kafka.close(timeout=0.5)


class KafkaMember:
    """One member of a group; one thread uses it."""

    def __init__(self, servers: Sequence[str], group: str, topics: Sequence[str]) -> None:
        self._in_hand: dict[
            Any, tuple[int, int]
        ] = {}  # by partition: the first polled since the commit, the next to poll
        self._handled: dict[Any, int] = {}  # handled, but the group was rebalancing when we said so
        with _unavailable():
            self._kafka: Any = KafkaConsumer(
                bootstrap_servers=servers,
                group_id=group,
                enable_auto_commit=False,  # the worker commits, after the database has
                auto_offset_reset="earliest",  # a new group reads the backlog, not only what comes next
                partition_assignment_strategy=(CooperativeStickyAssignor,),
                session_timeout_ms=8000,
                heartbeat_interval_ms=2000,
                max_partition_fetch_bytes=MAX_BYTES,
                allow_auto_create_topics=False,
                **_CLIENT,
            )
            self._kafka.subscribe(topics=list(topics), listener=_Forget(self._in_hand, self._handled))

    def poll(self, timeout: float, limit: int) -> list[BusRecord]:
        self._go_on_joining()
        with _unavailable():
            batches = self._kafka.poll(timeout_ms=int(timeout * 1000), max_records=limit)
            if self._handled:
                self._commit(dict(self._handled))
        records: list[BusRecord] = []
        for partition, batch in batches.items():
            first, _ = self._in_hand.get(partition, (batch[0].offset, 0))
            self._in_hand[partition] = first, batch[-1].offset + 1
            topic, part = partition.topic, partition.partition
            records += [
                BusRecord(topic, part, r.offset, r.key or b"", _headers(r.headers), r.value or b"", r.timestamp)
                for r in batch
            ]
        return records

    def commit(self) -> None:
        done = {partition: following for partition, (_, following) in list(self._in_hand.items())}
        with _unavailable():
            self._commit({**self._handled, **done})
        self._in_hand.clear()

    def rewind(self) -> None:
        held = self._kafka.assignment()
        for partition, (first, _) in list(self._in_hand.items()):
            if partition in held:
                self._kafka.seek(partition, first)
        self._in_hand.clear()

    def lag(self) -> int:
        with _unavailable():
            held = list(self._kafka.assignment())
            ends = self._kafka.end_offsets(held) if held else {}
            return sum(max(0, ends[partition] - self._done(partition)) for partition in held)

    def close(self) -> None:
        with suppress(KafkaError, OSError):
            self._kafka.close(autocommit=False, timeout_ms=3000)

    def _go_on_joining(self) -> None:
        """Wait again for a join that was under way when the poll before ended.

        kafka-python 3.0.12 forgets it if the reason to join is gone meanwhile, as it is for a group's leader that
        lacked a topic's metadata. Such a member would read nothing, and without heartbeats lose its partitions.
        """
        coordinator = self._kafka._coordinator
        if coordinator.rejoining:
            coordinator.request_rejoin()

    def _commit(self, following: Mapping[Any, int]) -> None:
        held = self._kafka.assignment()
        offsets = {p: OffsetAndMetadata(at, "", -1) for p, at in following.items() if p in held}
        self._handled.clear()
        if not offsets:
            return
        try:
            self._kafka.commit(offsets, timeout_ms=int(_PATIENCE * 1000))
        except _MOVED_ON:
            self._handled.update({p: at for p, at in following.items() if p in held})

    def _done(self, partition: Any) -> int:
        if partition in self._in_hand:
            return self._in_hand[partition][0]
        return int(self._kafka.position(partition, timeout_ms=2000) or 0)


def _headers(raw: Sequence[tuple[str, bytes | None]]) -> tuple[tuple[str, bytes], ...]:
    """Kafka lets other programs write a header without a value."""
    return tuple((name, value or b"") for name, value in raw)


class _Forget(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """A partition that went to another member is that one's to commit."""

    def __init__(self, *notes: dict[Any, Any]) -> None:
        self._notes = notes

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        for partition in revoked:
            for note in self._notes:
                note.pop(partition, None)

    def on_partitions_lost(self, lost: Sequence[TopicPartition]) -> None:
        self.on_partitions_revoked(lost)

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Nothing: the client begins where the group has committed."""


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except (IllegalArgumentError, IllegalStateError, KafkaConfigurationError):
        raise  # our own mistakes: no waiting would heal them
    except (KafkaError, OSError) as error:
        raise BusUnavailable(f"{type(error).__name__}: {error}") from error
