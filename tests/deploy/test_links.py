from typing import Any

import pytest
import yaml

from deploy import secrets
from deploy.check import secret_faults
from deploy.links import door_faults, link_faults
from deploy.manifests import Manifest, read
from deploy.topics import topic_faults
from deploy.tree import at, entries
from services.publish.log.checkpoint import read_signer
from tests.deploy.conftest import Break

NAME = "app~kubernetes~io/name"


def test_what_points_at_something_points_at_something_that_is_there(manifests: list[Manifest]) -> None:
    assert link_faults(manifests) == []


def test_only_the_gateway_can_be_reached_from_outside(manifests: list[Manifest]) -> None:
    assert door_faults(manifests) == []


def test_whoever_reaches_out_reaches_no_private_address(manifests: list[Manifest]) -> None:
    outside = [
        (each.name, set(entries(peer, "ipBlock", "except")))
        for each in manifests
        if each.kind == "NetworkPolicy"
        for rule in entries(each.body, "spec", "egress")
        for peer in entries(rule, "to")
        if at(peer, "ipBlock")
    ]
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
    assert ("webhooks", private) in outside
    assert all(spared == private for _, spared in outside)


@pytest.mark.parametrize(
    ("which", "path", "value", "fault"),
    [
        ("PodDisruptionBudget gateway", f"spec.selector.matchLabels.{NAME}", "getaway", "0 PodDisruptionBudgets"),
        ("PodDisruptionBudget gateway", "spec.selector.matchLabels", {}, "2 PodDisruptionBudgets"),
        ("Service gateway", f"spec.selector.{NAME}", "getaway", "selects no pod"),
        ("NetworkPolicy apps", f"spec.podSelector.matchLabels.{NAME}", "x", "no pod has the labels"),
        ("NetworkPolicy bus", "spec.egress.0.to.0.podSelector.matchLabels", {"pendapa/bas": "true"}, "no pod has"),
        ("NetworkPolicy intake-database", "spec.egress.0.to.0.podSelector.matchLabels", {"a": "b"}, "no pod has"),
        ("HorizontalPodAutoscaler gateway", "spec.scaleTargetRef.name", "getaway", "not there"),
        ("ScaledObject intake-worker", "spec.scaleTargetRef.name", "intake", "not there"),
        ("Deployment gateway", "spec.replicas", 2, "undone by every apply"),
    ],
)
def test_what_points_at_nothing_is_a_fault(broken: Break, which: str, path: str, value: Any, fault: str) -> None:
    assert any(fault in found for found in link_faults(broken(which, path, value)))


@pytest.mark.parametrize(
    ("which", "path", "value", "fault"),
    [
        ("NetworkPolicy apps", "spec.ingress.0.from", None, "others than the gateway"),
        ("NetworkPolicy apps", "spec.ingress.0.from.0.namespaceSelector", {}, "others than the gateway"),
        ("NetworkPolicy apps", "spec.ingress.0.from.0.podSelector.matchLabels", {NAME: "x"}, "others than the gateway"),
        ("NetworkPolicy apps", "spec.ingress", [], "the gateway cannot reach it"),
        ("NetworkPolicy apps", "spec.podSelector", {}, "serves nobody"),
        ("NetworkPolicy gateway", "spec.ingress", [], "nobody can reach it"),
        ("NetworkPolicy default-deny-ingress", "spec.policyTypes", [], "no NetworkPolicy closes its Ingress"),
    ],
)
def test_a_door_that_should_be_shut_is_a_fault(broken: Break, which: str, path: str, value: Any, fault: str) -> None:
    assert any(fault in found for found in door_faults(broken(which, path, value)))


def test_the_production_topics_are_those_of_the_contracts(production: list[Manifest]) -> None:
    assert topic_faults(production) == []


@pytest.mark.parametrize(
    ("which", "path", "value"),
    [
        ("KafkaTopic cases", "spec.partitions", 3),
        ("KafkaTopic cases~parked", "spec.config.retention~ms", 1),
        ("KafkaTopic reports", "spec.replicas", 1),
        ("KafkaTopic reports", "spec.config.min~insync~replicas", 1),
        ("KafkaTopic reports", "spec.config.max~message~bytes", None),
        ("KafkaTopic reports", "metadata.name", "repots"),
        ("ScaledObject routing-worker", "spec.triggers.0.metadata.topic", "cases"),
        ("ScaledObject routing-worker", "spec.triggers.0.metadata.consumerGroup", "intake"),
        ("ScaledObject routing-worker", "spec.maxReplicaCount", 7),
        ("ScaledObject routing-worker", "metadata.name", "rooting-worker"),
    ],
)
def test_a_topic_or_scaler_unlike_the_contracts_is_a_fault(broken: Break, which: str, path: str, value: Any) -> None:
    assert topic_faults(broken(which.replace("~", "."), path, value))


def test_every_secret_is_made_by_the_tool_and_none_is_kept_here(overlay: str, manifests: list[Manifest]) -> None:
    assert secret_faults(overlay, manifests) == []


def test_a_secret_that_nobody_makes_and_one_that_is_committed_are_faults(broken: Break) -> None:
    path = "spec.template.spec.containers.0.env.0.valueFrom.secretKeyRef.key"
    lost = broken("Deployment intake-app", path, "databaseurl")
    assert secret_faults("production", lost) == ["nobody makes the secret intake databaseurl"]
    committed = [*broken("Deployment intake-app", "spec.paused", True), *read("kind: Secret\nmetadata: {name: a}")]
    assert secret_faults("production", committed) == ["Secret a: a secret must not be in the manifests"]


def test_the_secrets_are_fresh_whole_and_agree_with_each_other() -> None:
    made = secrets.secrets_for("production", "pendapa.example/log", "{}")
    assert made != secrets.secrets_for("production", "pendapa.example/log", "{}")
    assert made["intake-database-owner"]["password"] in made["intake"]["database-url"]
    assert read_signer(made["publish"]["log-key"]).name == "pendapa.example/log"
    kinds = [each["type"] for each in yaml.safe_load_all(secrets.manifests_of(made))]
    assert kinds.count("kubernetes.io/basic-auth") == 3
