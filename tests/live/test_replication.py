"""On three brokers, a record counts as sent once two have it: one broker may die, and nothing is lost."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from contracts.topics import TOPICS, parked
from kit.bus import Bus, BusUnavailable, Message, open_bus
from tests import sockets
from tests.journey.conftest import require_servers
from tests.journey.system import System
from tests.live.cluster import Cluster
from tests.servers import memory

pytestmark = [
    pytest.mark.live,
    # kafka-python leaves sockets open on which it reached no broker.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NAMES = [name for topic in TOPICS for name in (topic.name, parked(topic.name))]
TRIES = 20


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    require_servers()
    with TemporaryDirectory(prefix="pendapa-", dir=memory()) as folder:
        cluster = Cluster(Path(folder))
        try:
            for broker in range(3):
                cluster.start(broker)
            for broker in range(3):
                cluster.wait(broker)
            # A broker listens before the others have heard of it, and a topic made then is kept on fewer.
            System.until(lambda: brokers(cluster) == 3, 60, "three brokers that know each other")
            yield cluster
        finally:
            cluster.close()


def brokers(cluster: Cluster) -> int:
    """How many there are, as the one that is asked has heard."""
    with suppress(KafkaError), closing(KafkaAdminClient(bootstrap_servers=cluster.servers)) as admin:
        return len(admin.describe_cluster()["brokers"])
    return 0


@pytest.fixture
def bus(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> Iterator[Bus]:
    caplog.set_level(
        logging.CRITICAL, "kafka"
    )  # pytest keeps its lines, these the frames of what failed, and those the sockets
    with sockets.collected(), closing(open_bus(f"kafka://{cluster.servers}")) as bus:
        outlast(lambda: bus.ensure(TOPICS))
        yield bus


def outlast(work: Callable[[], None]) -> None:
    """Do `work` as a worker does: again, while the bus is away."""
    for _ in range(TRIES):
        with suppress(BusUnavailable):
            work()
            return
    raise AssertionError("the bus stayed away")


def test_every_topic_is_kept_thrice_and_taken_twice(cluster: Cluster, bus: Bus) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=cluster.servers)) as admin:
        topics = partitions(admin)
        assert {name: {len(one["replica_nodes"]) for one in topics[name]} for name in NAMES} == {n: {3} for n in NAMES}
        assert {name: least_in_sync(admin, name) for name in NAMES} == dict.fromkeys(NAMES, "2")


def partitions(admin: Any) -> dict[str, list[dict[str, Any]]]:
    """The partitions of each topic, once the broker that is asked knows all topics: another one may have made them."""

    def known() -> Any:
        topics = {topic["name"]: topic for topic in admin.describe_topics(NAMES)}
        return not any(topics[name]["error_code"] for name in NAMES) and topics

    topics = System.until(known, 60, "known to the broker that is asked")
    return {name: topics[name]["partitions"] for name in NAMES}


def least_in_sync(admin: Any, name: str) -> str:
    """How many brokers must have a record of this topic before it counts as sent, once the broker asked knows it."""

    def known() -> Any:
        with suppress(UnknownTopicOrPartitionError):
            asked = [ConfigResource(ConfigResourceType.TOPIC, name)]
            return admin.describe_configs(asked, config_filter="modified")["topic"][name].get("min.insync.replicas")

    return str(System.until(known, 60, f"known to the broker that is asked: {name}")["value"])


@pytest.mark.parametrize("broker", [0, 1, 2])
def test_one_broker_dies_while_records_are_sent_and_read_and_none_is_lost(
    cluster: Cluster, bus: Bus, broker: int
) -> None:
    keys = [f"{broker}-{number}" for number in range(60)]
    with closing(bus.producer()) as producer, closing(bus.consumer(f"reader-{broker}", ["reports"])) as consumer:
        seen: set[str] = set()

        def read() -> None:
            seen.update(record.key.decode() for record in consumer.poll(1.0, 500))
            consumer.commit()

        for number, key in enumerate(keys):
            if number == 20:
                cluster.kill(broker)
            outlast(partial(producer.send, [Message("reports", key.encode(), (), b"{}")]))
        for _ in range(TRIES):
            outlast(read)
            if seen.issuperset(keys):
                break
        assert seen >= set(keys)
    cluster.start(broker)
    cluster.wait(broker)
