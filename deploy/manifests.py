"""The manifests of an overlay, as `kubectl apply -k` would send them, and their pods."""

import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

from deploy.tree import at, entries, fields, word, words

KUBERNETES = Path(__file__).parent / "k8s"
OVERLAYS = ("local", "production")
TOOLS = Path(__file__).parents[1] / ".live" / "bin"
"""Where `make kustomize` puts the program; searched after PATH."""

_TRIAL = """\
configMapGenerator: [{name: a, literals: [b=c]}]
patches: [{target: {kind: ConfigMap}, patch: '[{"op": "add", "path": "/data/d", "value": "e"}]'}]
"""


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
    """A pod template, and the manifest that makes pods of it."""

    owner: Manifest
    metadata: dict[str, object]
    spec: dict[str, object]

    @property
    def labels(self) -> dict[str, str]:
        return words(self.metadata, "labels")

    @property
    def containers(self) -> list[dict[str, object]]:
        return [fields(each) for each in entries(self.spec, "initContainers") + entries(self.spec, "containers")]


class KustomizeMissing(Exception):
    def __str__(self) -> str:
        return (
            "kubectl 1.24 or kustomize 4.5, or newer, is needed:"
            " install one (https://kubernetes.io/docs/tasks/tools/#kubectl), or run `make kustomize`"
        )


def render(folder: Path) -> list[Manifest]:
    """The manifests that kustomize renders. Raises `KustomizeMissing`, or `CalledProcessError` with its output."""
    done = subprocess.run([*kustomize(), str(folder)], capture_output=True, text=True, check=True)  # noqa: S603
    return read(done.stdout)


def kustomize() -> tuple[str, str]:
    """The program and its verb, before a folder. One too old for our kustomizations counts as missing."""
    for name, verb in (("kubectl", "kustomize"), ("kustomize", "build")):
        for path in (os.environ.get("PATH", ""), str(TOOLS)):
            program = which(name, path=path)
            if program and _is_new_enough(program, verb):
                return program, verb
    raise KustomizeMissing


@cache
def _is_new_enough(program: str, verb: str) -> bool:
    # Builds tell their version in many ways, or not at all; old ones stop at a patch with a target.
    with TemporaryDirectory() as folder:
        (Path(folder) / "kustomization.yaml").write_text(_TRIAL)
        return subprocess.run([program, verb, folder], capture_output=True).returncode == 0  # noqa: S603


def read(text: str) -> list[Manifest]:
    """The manifests of a YAML stream."""
    return [Manifest(body) for body in yaml.safe_load_all(text) if body is not None]


def pods(manifests: Sequence[Manifest]) -> list[Pod]:
    """The templates of the pods whose every field is ours: Deployments, StatefulSets, Jobs."""
    return [
        Pod(
            each,
            fields(each.body, "spec", "template", "metadata"),
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
