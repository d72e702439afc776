"""The topics of a real broker stand as the table says: their partitions, how long they keep, what they take."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from contracts.topics import TOPICS, parked
from kit.bus import MAX_BYTES, open_bus

pytestmark = pytest.mark.live

DAY = 86_400_000
FOR_EVER = -1
WANTED: Mapping[str, tuple[int, int]] = {
    **{topic.name: (topic.partitions, topic.retention_days * DAY) for topic in TOPICS},
    **{parked(topic.name): (1, FOR_EVER) for topic in TOPICS},
}
"""Of each topic: its partitions, and for how many milliseconds it keeps a record."""


@pytest.fixture(scope="module")
def admin(kafka_servers: str) -> Iterator[Any]:
    """A client of a broker on which all topics were made, twice, as each worker does it at its start."""
    with closing(open_bus(f"kafka://{kafka_servers}")) as bus:
        bus.ensure(TOPICS)
        bus.ensure(TOPICS)
    with closing(KafkaAdminClient(bootstrap_servers=kafka_servers)) as admin:
        yield admin


def test_a_topic_has_the_partitions_of_the_table_each_on_as_many_brokers_as_there_are(admin: Any) -> None:
    topics = {topic["name"]: topic["partitions"] for topic in admin.describe_topics(list(WANTED))}
    assert {name: len(partitions) for name, partitions in topics.items()} == {n: w[0] for n, w in WANTED.items()}
    assert {len(partition["replica_nodes"]) for partitions in topics.values() for partition in partitions} == {1}


@pytest.mark.parametrize("name", WANTED)
def test_a_topic_keeps_and_takes_what_the_table_says(admin: Any, name: str) -> None:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name)]
    told = admin.describe_configs(asked, config_filter="modified")["topic"][name]
    assert {key: value["value"] for key, value in told.items()} == {
        "retention.ms": str(WANTED[name][1]),
        "min.insync.replicas": "1",  # of one broker; three keep each record twice before it counts as sent
        "max.message.bytes": str(MAX_BYTES),
    }
