"""Sends to Apache Kafka through librdkafka, to which a message costs a twentieth of what it costs kafka-python."""

import logging
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivered

from kit.bus import MAX_BYTES, BusUnavailable, Message

logger = logging.getLogger(__name__)

PATIENCE_MS = 10_000
"""Until a broker that does not answer is given up; a message is given up after twice that."""


class KafkaSender:
    """For one thread at a time. After a failure it opens a new client, so that the old one sends nothing late."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = ",".join(servers)
        self._kafka: Producer | None = None
        self._open()

    def send(self, messages: Sequence[Message]) -> None:
        failures: list[KafkaError] = []

        def note(error: KafkaError | None, _: Delivered) -> None:
            if error is not None:
                failures.append(error)

        try:
            kafka = self._open()
            for topic, key, headers, value in messages:
                kafka.produce(topic, value, key, on_delivery=note, headers=list(headers))
            left = kafka.flush(3 * PATIENCE_MS / 1000)
            if failures or left:
                raise BusUnavailable(str(failures[0] if failures else f"{left} messages were not taken in time"))
        except (KafkaException, BufferError) as error:
            self._drop()
            raise BusUnavailable(str(error)) from error
        except BaseException:
            # Messages still queued in this client must not arrive after the caller sends them again.
            self._drop()
            raise

    def close(self) -> None:
        self._drop()

    def _open(self) -> Producer:
        if self._kafka is None:
            kafka = Producer(self._settings(), logger=logger)
            try:
                kafka.list_topics(timeout=PATIENCE_MS / 1000)
            except KafkaException as error:
                raise BusUnavailable(str(error)) from error
            self._kafka = kafka
        return self._kafka

    def _settings(self) -> dict[str, str | int | float | bool]:
        return {
            "bootstrap.servers": self._servers,
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",  # as all other clients: a report's events stay in its partition
            "linger.ms": 2,
            "message.max.bytes": MAX_BYTES,
            "message.timeout.ms": 2 * PATIENCE_MS,
            "socket.timeout.ms": PATIENCE_MS,
            "topic.metadata.propagation.max.ms": PATIENCE_MS,
            "reconnect.backoff.max.ms": 2000,
            "allow.auto.create.topics": False,
        }

    def _drop(self) -> None:
        kafka, self._kafka = self._kafka, None
        if kafka is not None:
            kafka.purge(in_queue=True, in_flight=True)
            kafka.flush(0.5)  # takes the last callbacks, which hold on to the messages
