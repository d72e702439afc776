"""The production Kafka carries the topics that the code speaks of, and its workers grow by their own."""

from collections.abc import Sequence

from contracts.topics import TOPICS, consumed_by, parked
from deploy.manifests import Manifest
from deploy.tree import at, entries, word

_DAY = 86_400_000


def topic_faults(manifests: Sequence[Manifest]) -> list[str]:
    """For an overlay with Strimzi's kinds; one without them makes its topics at the start (`Bus.ensure`)."""
    if not any(each.kind == "Kafka" for each in manifests):
        return []
    return [*_topics(manifests), *_scalers(manifests)]


def _topics(manifests: Sequence[Manifest]) -> list[str]:
    wanted = {
        name: {"partitions": topic.partitions, "retention.ms": topic.retention_days * _DAY}
        for topic in TOPICS
        for name in (topic.name, parked(topic.name))
    }
    found = {
        each.name: {
            "partitions": at(each.body, "spec", "partitions"),
            "retention.ms": at(each.body, "spec", "config", "retention.ms"),
        }
        for each in manifests
        if each.kind == "KafkaTopic"
    }
    faults = [
        f"KafkaTopic {name}: {found.get(name)}, and contracts/topics.py has {wanted.get(name)}"
        for name in sorted(wanted.keys() | found.keys())
        if found.get(name) != wanted.get(name)
    ]
    for each in manifests:
        kept = (at(each.body, "spec", "replicas"), at(each.body, "spec", "config", "min.insync.replicas"))
        if each.kind == "KafkaTopic" and kept != (3, 2):
            faults.append(f"{each}: copies and in-sync copies are {kept}, not (3, 2)")
    return faults


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
