"""Apache Kafka as the bus. Only this module and those named `kafka_…` import kafka-python and confluent-kafka."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from contracts.topics import Topic, parked
from kit.bus import MAX_BYTES, Partition
from kit.bus.kafka_client import made_client, unavailable
from kit.bus.kafka_member import KafkaMember
from kit.bus.kafka_sender import KafkaSender


class KafkaBus:
    """`servers`: `HOST:PORT,HOST:PORT`."""

    def __init__(self, servers: str) -> None:
        self._servers = [server.strip() for server in servers.split(",")]
        self._admin: Any = None
        self._lock = threading.Lock()

    def ensure(self, topics: Sequence[Topic]) -> None:
        with self._admin_client() as admin:
            existing = set(admin.list_topics())
            brokers = len(admin.describe_cluster()["brokers"])
            wanted = {topic.name: _shape(topic.partitions, topic.retention_days, brokers) for topic in topics}
            wanted |= {parked(topic.name): _shape(1, None, brokers) for topic in topics}
            missing = [name for name in wanted if name not in existing]
            for name in missing:
                with suppress(TopicAlreadyExistsError):  # another process has just created it
                    admin.create_topics({name: wanted[name]})
            if missing:
                admin.wait_for_topics(missing)

    def producer(self) -> "KafkaSender":
        return KafkaSender(self._servers)

    def consumer(self, group: str, topics: Sequence[str]) -> "KafkaMember":
        return KafkaMember(self._servers, group, topics)

    def committed(self, groups: Sequence[str]) -> dict[str, dict[Partition, int]]:
        """The next offset that each group has committed of each partition."""
        with self._admin_client() as admin:
            found = admin.list_group_offsets(list(groups))
        return {
            group: {
                Partition(place.topic, place.partition): at.offset for place, at in offsets.items() if at.offset >= 0
            }
            for group, offsets in found.items()
        }

    def ping(self) -> None:
        with self._admin_client() as admin:
            admin.describe_cluster()

    def close(self) -> None:
        with self._lock:
            admin, self._admin = self._admin, None
            if admin is not None:
                with suppress(KafkaError, OSError):
                    admin.close()

    @contextmanager
    def _admin_client(self) -> Iterator[Any]:
        # One client, which is kept while the broker is away: it finds the broker again by itself.
        with self._lock, unavailable():
            self._admin = self._admin or made_client(KafkaAdminClient, self._servers)
            yield self._admin


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
