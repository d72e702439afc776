"""Every pod keeps to the restricted Pod Security Standard, and to a little more.

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
    """What we ask of the pods whose every field is ours, beyond the standard."""
    found = []
    for pod in pods(manifests):
        if at(pod.spec, "automountServiceAccountToken") is not False:
            found.append(f"{pod.owner}: mounts a token of the Kubernetes API, which nothing here calls")
        if at(pod.spec, "enableServiceLinks") is not False:
            found.append(f"{pod.owner}: enableServiceLinks would set variables named like our settings")
        found += [f"{pod.owner}: {fault}" for each in pod.containers for fault in _own_container_faults(pod, each)]
    return found


def _pod_faults(pod: Pod) -> list[str]:
    found = [f"{name} is shared with the node" for name in ("hostNetwork", "hostPID", "hostIPC") if at(pod.spec, name)]
    for volume in entries(pod.spec, "volumes"):
        found += [f"a volume of type {kind}" for kind in fields(volume).keys() - _VOLUMES - {"name"}]
    if at(pod.spec, "securityContext", "runAsUser") == 0:
        found.append("runs as root")
    if entries(pod.spec, "securityContext", "sysctls"):
        found.append("sets sysctls")
    for name, value in words(pod.metadata, "annotations").items():
        if name.startswith(_APPARMOR_NOTE) and value != "runtime/default" and not value.startswith("localhost/"):
            found.append(f"{name.removeprefix(_APPARMOR_NOTE)} leaves AppArmor's profile")
    return found + _context_faults(fields(pod.spec, "securityContext"))


def _context_faults(context: dict[str, object]) -> list[str]:
    """What neither a pod nor one of its containers may ask for."""
    found = []
    selinux = fields(context, "seLinuxOptions")
    if selinux.get("type", "") not in _SELINUX_TYPES or selinux.get("user") or selinux.get("role"):
        found.append("changes its SELinux label")
    if at(context, "appArmorProfile", "type") not in (None, "RuntimeDefault", "Localhost"):
        found.append("leaves AppArmor's profile")
    if at(context, "windowsOptions", "hostProcess"):
        found.append("is a process of its Windows node")
    return found


def _container_faults(pod: Pod, container: dict[str, object]) -> list[str]:
    found = []
    context = {**fields(pod.spec, "securityContext"), **fields(container, "securityContext")}
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        found.append("may run as root")
    if at(context, "seccompProfile", "type") not in ("RuntimeDefault", "Localhost"):
        found.append("no seccomp profile")
    if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
        found.append("may gain privileges")
    if entries(context, "capabilities", "drop") != ["ALL"] or set(entries(context, "capabilities", "add")) - {
        "NET_BIND_SERVICE"
    }:
        found.append("keeps capabilities")
    if context.get("procMount", "Default") != "Default":
        found.append("unmasks /proc")
    if any(at(port, "hostPort") for port in entries(container, "ports")):
        found.append("takes a port of the node")
    found += _context_faults(fields(container, "securityContext"))
    return [f"container {word(container, 'name')}: {fault}" for fault in found]


def _own_container_faults(pod: Pod, container: dict[str, object]) -> list[str]:
    found = []
    if at(container, "securityContext", "readOnlyRootFilesystem") is not True:
        found.append("its file system can be written to")
    if not TAGGED.fullmatch(word(container, "image")):
        found.append(f"its image {word(container, 'image')!r} is not pinned by a tag")
    if not at(container, "resources", "requests", "memory") or not at(container, "resources", "limits", "memory"):
        found.append("no memory request or limit")
    if not at(container, "resources", "requests", "cpu"):
        found.append("no CPU request")
    if pod.owner.kind != "Job":
        found += [
            f"no {probe}" for probe in ("startupProbe", "readinessProbe", "livenessProbe") if probe not in container
        ]
    return [f"container {word(container, 'name')}: {fault}" for fault in found]


def _strimzi(manifests: Sequence[Manifest]) -> list[Pod]:
    """The pods that Strimzi makes, as far as their security is told to it."""
    found = []
    for each in manifests:
        path, names = {
            "KafkaNodePool": (("spec", "template"), ("kafkaContainer",)),
            "Kafka": (("spec", "entityOperator", "template"), ("topicOperatorContainer",)),
        }.get(each.kind, ((), ()))
        if names:
            containers = [{"name": name, **fields(each.body, *path, name)} for name in names]
            pod = fields(each.body, *path, "pod")
            found.append(Pod(each, fields(pod, "metadata"), {**pod, "containers": containers}))
    return found
