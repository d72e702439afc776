"""The manifests of an overlay, as `kubectl apply -k` would send them, and the pods that come of them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from typing import NamedTuple

import yaml

from deploy.tree import at, entries, fields, word, words

KUBERNETES = Path(__file__).parent / "k8s"
OVERLAYS = ("local", "production")


class Manifest(NamedTuple):
    body: dict[str, object]

    @property
    def kind(self) -> str:
        return word(self.body, "kind")

    @property
    def name(self) -> str:
        return word(self.body, "metadata", "name")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Pod(NamedTuple):
    """A pod template, with who makes pods of it."""

    owner: Manifest
    labels: dict[str, str]
    spec: dict[str, object]

    @property
    def containers(self) -> list[dict[str, object]]:
        return [fields(each) for each in entries(self.spec, "initContainers") + entries(self.spec, "containers")]


class KubectlMissing(Exception):
    def __str__(self) -> str:
        return (
            "kubectl is not installed; it has kustomize in it."
            " Install it (https://kubernetes.io/docs/tasks/tools/#kubectl) and run this again."
        )


def render(folder: Path) -> list[Manifest]:
    """What kustomize makes of `folder`. Raises `KubectlMissing`, and `CalledProcessError` with kubectl's words."""
    kubectl = which("kubectl")
    if kubectl is None:
        raise KubectlMissing
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=True)  # noqa: S603
    return read(done.stdout)


def read(text: str) -> list[Manifest]:
    """The manifests of a YAML stream."""
    return [Manifest(body) for body in yaml.safe_load_all(text) if body is not None]


def pods(manifests: Sequence[Manifest]) -> list[Pod]:
    """The templates of the pods whose every field is ours: Deployments, StatefulSets, Jobs."""
    return [
        Pod(
            each,
            words(each.body, "spec", "template", "metadata", "labels"),
            fields(each.body, "spec", "template", "spec"),
        )
        for each in manifests
        if each.kind in ("Deployment", "StatefulSet", "Job")
    ]


def labels_of_pods(manifests: Sequence[Manifest]) -> list[dict[str, str]]:
    """The labels of every pod there will be, the operators' too."""
    theirs = []
    for each in manifests:
        if each.kind == "KafkaNodePool":
            theirs.append(words(each.body, "spec", "template", "pod", "metadata", "labels"))
        elif each.kind == "Cluster":
            theirs.append({"cnpg.io/cluster": each.name} | words(each.body, "spec", "inheritedMetadata", "labels"))
    return [pod.labels for pod in pods(manifests)] + theirs


def selects(selector: object, labels: dict[str, str]) -> bool:
    """Whether a label selector of Kubernetes takes a pod with `labels`.

    >>> selects({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}, {"a": "1"})
    True
    """
    wanted = words(selector, "matchLabels").items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        _holds(each, labels) for each in entries(selector, "matchExpressions")
    )


def _holds(expression: object, labels: dict[str, str]) -> bool:
    value = labels.get(word(expression, "key"))
    match at(expression, "operator"):
        case "In":
            return value in entries(expression, "values")
        case "NotIn":
            return value not in entries(expression, "values")
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise ValueError(f"not an operator of a selector: {expression}")
