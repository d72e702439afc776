from pathlib import Path
from typing import Any

import pytest

from deploy import check
from deploy.hardening import hardening_faults, own_pod_faults
from deploy.manifests import Manifest, kustomize, read, render
from deploy.shapes import shape_faults
from tests.deploy import conftest
from tests.deploy.conftest import Break

POD = "spec.template.spec"
FIRST = f"{POD}.containers.0"
APPARMOR = "container.apparmor.security.beta.kubernetes.io"


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
        *(
            (f"{place}.securityContext.{field}", value, fault)
            for place in (POD, FIRST)
            for field, value, fault in (
                ("seLinuxOptions", {"type": "spc_t"}, "SELinux"),
                ("seLinuxOptions", {"user": "system_u"}, "SELinux"),
                ("seLinuxOptions", {"role": "system_r"}, "SELinux"),
                ("appArmorProfile", {"type": "Unconfined"}, "AppArmor"),
                ("windowsOptions", {"hostProcess": True}, "Windows node"),
            )
        ),
        ("spec.template.metadata.annotations", {f"{APPARMOR}/worker": "unconfined"}, "AppArmor"),
    ],
)
def test_a_pod_outside_the_restricted_profile_is_a_fault(broken: Break, path: str, value: Any, fault: str) -> None:
    assert any(fault in found for found in hardening_faults(broken("Deployment publish-worker", path, value)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{POD}.securityContext.seLinuxOptions", {"type": "container_t", "level": "s0:c1"}),
        (f"{FIRST}.securityContext.appArmorProfile", {"type": "Localhost", "localhostProfile": "tight"}),
        (f"{FIRST}.securityContext.windowsOptions", {"hostProcess": False}),
        ("spec.template.metadata.annotations", {f"{APPARMOR}/worker": "localhost/tight", "note": "unconfined"}),
    ],
)
def test_what_the_restricted_profile_allows_is_no_fault(broken: Break, path: str, value: Any) -> None:
    assert hardening_faults(broken("Deployment publish-worker", path, value)) == []


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


OLD = "#!/bin/sh\necho 'json: cannot unmarshal object' >&2\nexit 1\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any kustomize: its `path` is on PATH, its `tools` are where `make kustomize` puts one."""
    for folder in ("path", "tools"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr("deploy.manifests.TOOLS", tmp_path / "tools")
    return tmp_path


def install(program: Path, script: str) -> None:
    program.write_text(script)
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("place", "verb"), [("path/kubectl", "kustomize"), ("path/kustomize", "build"), ("tools/kustomize", "build")]
)
def test_kubectl_and_kustomize_render_alike_and_one_too_old_counts_for_nothing(
    machine: Path, place: str, verb: str
) -> None:
    install(machine / "path" / "kubectl", OLD)
    install(machine / place, f'#!/bin/sh\n[ "$1" = {verb} ] && echo "kind: $2"\n')
    assert kustomize() == (str(machine / place), verb)
    assert [each.kind for each in render(Path("a"))] == ["a"]


@pytest.mark.parametrize("old", [False, True])
def test_without_kustomize_the_check_fails_and_says_what_to_install(
    machine: Path, old: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if old:
        install(machine / "path" / "kubectl", OLD)
    assert check.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("the deployment is not checked: kubectl 1.24 or kustomize 4.5, or newer, is needed: install")
    assert said.count("\n") == 1


def test_without_kustomize_the_tests_of_the_manifests_are_skipped_but_fail_where_nothing_may_lack(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conftest, "_rendered", conftest._rendered.__wrapped__)
    # Both are caught each time: a skip that gets away would skip this test.
    outcomes = (pytest.skip.Exception, pytest.fail.Exception)
    monkeypatch.delenv("REQUIRE_LIVE", raising=False)
    with pytest.raises(outcomes, match="make kustomize") as lenient:
        conftest.rendered("local")
    monkeypatch.setenv("REQUIRE_LIVE", "1")
    with pytest.raises(outcomes, match="make kustomize") as strict:
        conftest.rendered("local")
    assert (lenient.type, strict.type) == outcomes
