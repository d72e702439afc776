"""Checks that the production Kafka has the topics of contracts/topics.py, and that each worker scales by its own."""

from collections.abc import Sequence

from contracts.topics import TOPICS, consumed_by, parked
from deploy.manifests import Manifest
from deploy.tree import at, entries, fields, word
from kit.bus import MAX_BYTES

_DAY = 86_400_000


def topic_faults(manifests: Sequence[Manifest]) -> list[str]:
    """For an overlay with Strimzi's kinds; one without them makes its topics at the start (`Bus.ensure`)."""
    if not any(each.kind == "Kafka" for each in manifests):
        return []
    return [*_topics(manifests), *_scalers(manifests)]


def _topics(manifests: Sequence[Manifest]) -> list[str]:
    wanted = {}
    for topic in TOPICS:
        wanted[topic.name] = _shape(topic.partitions, topic.retention_days * _DAY)
        wanted[parked(topic.name)] = _shape(1, -1)  # kept until a person has dealt with it
    specs = {each.name: fields(each.body, "spec") for each in manifests if each.kind == "KafkaTopic"}
    return [
        f"KafkaTopic {name}: {specs.get(name)}, and contracts/topics.py has {wanted.get(name)}"
        for name in sorted(wanted.keys() | specs.keys())
        if specs.get(name) != wanted.get(name)
    ]


def _shape(partitions: int, retention_ms: int) -> dict[str, object]:
    """What `KafkaBus.ensure` makes where there are three brokers or more."""
    config = {"retention.ms": retention_ms, "min.insync.replicas": 2, "max.message.bytes": MAX_BYTES}
    return {"partitions": partitions, "replicas": 3, "config": config}


def _scalers(manifests: Sequence[Manifest]) -> list[str]:
    faults = []
    services = {consumer for topic in TOPICS for consumer in topic.consumers}
    scalers = {each.name: each for each in manifests if each.kind == "ScaledObject"}
    for service in sorted(services):
        scaler = scalers.pop(f"{service}-worker", None)
        if scaler is None:
            faults.append(f"{service}-worker: no ScaledObject")
            continue
        triggers = entries(scaler.body, "spec", "triggers")
        watched = {(word(each, "metadata", "consumerGroup"), word(each, "metadata", "topic")) for each in triggers}
        if watched != {(service, topic) for topic in consumed_by(service)}:
            faults.append(f"{scaler}: watches {sorted(watched)}, and the service reads {consumed_by(service)}")
        partitions = max(topic.partitions for topic in TOPICS if service in topic.consumers)
        if at(scaler.body, "spec", "maxReplicaCount") != partitions:
            faults.append(f"{scaler}: may grow to another number than its {partitions} partitions")
    return faults + [f"{each}: scales no consumer of contracts/topics.py" for each in scalers.values()]
