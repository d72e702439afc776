"""Checks that every pod meets the restricted Pod Security Standard, and a few rules of ours.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

import re
from collections.abc import Sequence

from deploy.manifests import Manifest, Pod, pods
from deploy.tree import at, entries, fields, word, words

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SELINUX_TYPES = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
_APPARMOR_NOTE = "container.apparmor.security.beta.kubernetes.io/"
TAGGED = re.compile(r"[^:@]+(?::\d+/[^:@]+)?:(?!latest$)[\w.-]+(?:@sha256:[0-9a-f]{64})?")


def hardening_faults(manifests: Sequence[Manifest]) -> list[str]:
    return [
        f"{pod.owner}: {fault}"
        for pod in [*pods(manifests), *_strimzi(manifests)]
        for fault in [*_pod_faults(pod), *(fault for each in pod.containers for fault in _container_faults(pod, each))]
    ]


def own_pod_faults(manifests: Sequence[Manifest]) -> list[str]:
    """Rules beyond the standard, for the pods of which we write every field."""
    faults = []
    for pod in pods(manifests):
        if at(pod.spec, "automountServiceAccountToken") is not False:
            faults.append(f"{pod.owner}: mounts a token of the Kubernetes API, which nothing here calls")
        if at(pod.spec, "enableServiceLinks") is not False:
            faults.append(f"{pod.owner}: enableServiceLinks would set variables named like our settings")
        faults += [f"{pod.owner}: {fault}" for each in pod.containers for fault in _own_container_faults(pod, each)]
    return faults


def _pod_faults(pod: Pod) -> list[str]:
    faults = [f"{name} is shared with the node" for name in ("hostNetwork", "hostPID", "hostIPC") if at(pod.spec, name)]
    for volume in entries(pod.spec, "volumes"):
        faults += [f"a volume of type {kind}" for kind in fields(volume).keys() - _VOLUMES - {"name"}]
    if at(pod.spec, "securityContext", "runAsUser") == 0:
        faults.append("runs as root")
    if entries(pod.spec, "securityContext", "sysctls"):
        faults.append("sets sysctls")
    for name, value in words(pod.metadata, "annotations").items():
        if name.startswith(_APPARMOR_NOTE) and value != "runtime/default" and not value.startswith("localhost/"):
            faults.append(f"{name.removeprefix(_APPARMOR_NOTE)} leaves AppArmor's profile")
    return faults + _context_faults(fields(pod.spec, "securityContext"))


def _context_faults(context: dict[str, object]) -> list[str]:
    """Settings that neither a pod nor a container may have."""
    faults = []
    selinux = fields(context, "seLinuxOptions")
    if selinux.get("type", "") not in _SELINUX_TYPES or selinux.get("user") or selinux.get("role"):
        faults.append("changes its SELinux label")
    if at(context, "appArmorProfile", "type") not in (None, "RuntimeDefault", "Localhost"):
        faults.append("leaves AppArmor's profile")
    if at(context, "windowsOptions", "hostProcess"):
        faults.append("is a process of its Windows node")
    return faults


def _container_faults(pod: Pod, container: dict[str, object]) -> list[str]:
    faults = []
    context = {**fields(pod.spec, "securityContext"), **fields(container, "securityContext")}
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        faults.append("may run as root")
    if at(context, "seccompProfile", "type") not in ("RuntimeDefault", "Localhost"):
        faults.append("no seccomp profile")
    if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
        faults.append("may gain privileges")
    if entries(context, "capabilities", "drop") != ["ALL"] or set(entries(context, "capabilities", "add")) - {
        "NET_BIND_SERVICE"
    }:
        faults.append("keeps capabilities")
    if context.get("procMount", "Default") != "Default":
        faults.append("unmasks /proc")
    if any(at(port, "hostPort") for port in entries(container, "ports")):
        faults.append("takes a port of the node")
    faults += _context_faults(fields(container, "securityContext"))
    return [f"container {word(container, 'name')}: {fault}" for fault in faults]


def _own_container_faults(pod: Pod, container: dict[str, object]) -> list[str]:
    faults = []
    if at(container, "securityContext", "readOnlyRootFilesystem") is not True:
        faults.append("its file system can be written to")
    if not TAGGED.fullmatch(word(container, "image")):
        faults.append(f"its image {word(container, 'image')!r} is not pinned by a tag")
    if not at(container, "resources", "requests", "memory") or not at(container, "resources", "limits", "memory"):
        faults.append("no memory request or limit")
    if not at(container, "resources", "requests", "cpu"):
        faults.append("no CPU request")
    if pod.owner.kind != "Job":
        faults += [
            f"no {probe}" for probe in ("startupProbe", "readinessProbe", "livenessProbe") if probe not in container
        ]
    return [f"container {word(container, 'name')}: {fault}" for fault in faults]


def _strimzi(manifests: Sequence[Manifest]) -> list[Pod]:
    """The pods that Strimzi makes, with the security settings that the manifests give it."""
    templates = []
    for each in manifests:
        path, names = {
            "KafkaNodePool": (("spec", "template"), ("kafkaContainer",)),
            "Kafka": (("spec", "entityOperator", "template"), ("topicOperatorContainer",)),
        }.get(each.kind, ((), ()))
        if names:
            containers = [{"name": name, **fields(each.body, *path, name)} for name in names]
            pod = fields(each.body, *path, "pod")
            templates.append(Pod(each, fields(pod, "metadata"), {**pod, "containers": containers}))
    return templates
