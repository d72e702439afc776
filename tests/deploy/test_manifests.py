from typing import Any

import pytest

from deploy.hardening import hardening_faults, own_pod_faults
from deploy.manifests import KubectlMissing, Manifest, read, render
from deploy.shapes import shape_faults
from tests.deploy.conftest import Break

POD = "spec.template.spec"
FIRST = f"{POD}.containers.0"


def test_every_pod_keeps_to_the_restricted_profile(manifests: list[Manifest]) -> None:
    assert hardening_faults(manifests) == []
    assert own_pod_faults(manifests) == []


@pytest.mark.parametrize(
    ("which", "path", "value"),
    [
        ("Deployment gateway", "spec.replica", 2),
        ("Deployment gateway", f"{FIRST}.livenesProbe", {}),
        ("Deployment gateway", f"{FIRST}.ports.0.containerPort", "8080"),
        ("Job intake-migration", "spec.template", None),
        ("NetworkPolicy gateway", "spec.ingres", []),
        ("Ingress gateway", "spec.rules.0.http.paths.0.pathType", None),
        ("HorizontalPodAutoscaler gateway", "apiVersion", "autoscaling/v2beta2"),
        ("Kafka kafka", "spec.zookeeper", {"replicas": 3}),
        ("Kafka kafka", "spec.kafka.config.broker~id", 1),
        ("Kafka kafka", "apiVersion", "kafka.strimzi.io/v1beta2"),
        ("KafkaNodePool brokers", "spec.roles", ["leader"]),
        ("KafkaTopic cases", "spec.config.retention", 1),
        ("Cluster intake-database", "spec.instance", 3),
        ("ScheduledBackup intake-database", "spec.schedule", "0 18 * * *"),
        ("ScaledObject intake-worker", "spec.triggers.0.metadata.lagThreshold", 500),
    ],
)
def test_a_field_that_its_kind_does_not_have_is_a_fault(broken: Break, which: str, path: str, value: Any) -> None:
    fault = shape_faults([each for each in broken(which, path, value) if str(each) == which])
    assert fault[0].startswith(f"{which}: ")


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (f"{POD}.hostNetwork", True, "shared with the node"),
        (f"{POD}.volumes.0", {"name": "tmp", "hostPath": {"path": "/"}}, "volume of type hostPath"),
        (f"{POD}.securityContext.runAsUser", 0, "root"),
        (f"{POD}.securityContext.runAsNonRoot", None, "root"),
        (f"{POD}.securityContext.seccompProfile", None, "seccomp"),
        (f"{POD}.securityContext.sysctls", [{"name": "kernel.msgmax", "value": "1"}], "sysctls"),
        (f"{FIRST}.securityContext.allowPrivilegeEscalation", None, "privileges"),
        (f"{FIRST}.securityContext.privileged", True, "privileges"),
        (f"{FIRST}.securityContext.capabilities", {"drop": ["NET_RAW"]}, "capabilities"),
        (f"{FIRST}.securityContext.capabilities.add", ["SYS_ADMIN"], "capabilities"),
        (f"{FIRST}.securityContext.procMount", "Unmasked", "/proc"),
        (f"{FIRST}.ports.0.hostPort", 80, "port of the node"),
    ],
)
def test_a_pod_outside_the_restricted_profile_is_a_fault(broken: Break, path: str, value: Any, fault: str) -> None:
    assert any(fault in found for found in hardening_faults(broken("Deployment publish-worker", path, value)))


def test_the_pods_of_strimzi_are_held_to_the_profile_too(broken: Break) -> None:
    loose = broken("KafkaNodePool brokers", "spec.template.kafkaContainer.securityContext.capabilities", None)
    assert hardening_faults(loose) == ["KafkaNodePool brokers: container kafkaContainer: keeps capabilities"]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (f"{POD}.automountServiceAccountToken", None, "token"),
        (f"{POD}.enableServiceLinks", True, "enableServiceLinks"),
        (f"{FIRST}.securityContext.readOnlyRootFilesystem", False, "written to"),
        (f"{FIRST}.image", "pendapa", "not pinned"),
        (f"{FIRST}.image", "pendapa:latest", "not pinned"),
        (f"{FIRST}.resources.limits", None, "memory"),
        (f"{FIRST}.resources.requests.cpu", None, "CPU"),
        (f"{FIRST}.readinessProbe", None, "readinessProbe"),
    ],
)
def test_a_pod_of_ours_that_is_careless_is_a_fault(broken: Break, path: str, value: Any, fault: str) -> None:
    assert any(fault in found for found in own_pod_faults(broken("Deployment gateway", path, value)))


def test_a_kind_that_no_schema_knows_is_a_fault() -> None:
    stranger = read("apiVersion: example.org/v1\nkind: Wish\nmetadata: {name: a}")
    assert shape_faults(stranger) == ["Wish a: neither Kubernetes 1.32 nor deploy/schemas knows example.org/v1 Wish"]


def test_without_kubectl_the_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.manifests.which", lambda _: None)
    with pytest.raises(KubectlMissing, match="Install it"):
        render("deploy/k8s/base")  # type: ignore[arg-type]  # never looked at
