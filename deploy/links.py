"""Checks references (selectors, scalers, secrets), and that only the gateway takes connections from anywhere."""

from collections.abc import Sequence

from deploy.manifests import Manifest, Pod, labels_of_pods, pods, selects
from deploy.tree import at, entries, fields, word, words


def link_faults(manifests: Sequence[Manifest]) -> list[str]:
    return [*_budgets(manifests), *_services(manifests), *_policies(manifests), *_scalers(manifests)]


def door_faults(manifests: Sequence[Manifest]) -> list[str]:
    """Only the gateway takes connections from anywhere; an app from the gateway alone, a worker from nobody."""
    faults = []
    policies = [each for each in manifests if each.kind == "NetworkPolicy"]
    for direction in ("Ingress", "Egress"):
        ours = [pod for pod in pods(manifests) if not _governed(pod, policies, direction)]
        faults += [f"{pod.owner}: no NetworkPolicy closes its {direction}" for pod in ours]
    for pod in pods(manifests):
        if pod.owner.kind != "Deployment":
            continue
        peers = _peers(pod, policies)
        if pod.labels.get("app.kubernetes.io/component") == "gateway":
            faults += [] if None in peers else [f"{pod.owner}: nobody can reach it"]
        elif pod.labels.get("app.kubernetes.io/component") == "app":
            strangers = [peer for peer in peers if not _is_gateway(peer)]
            faults += [f"{pod.owner}: takes connections from others than the gateway"] if strangers else []
            faults += [] if peers else [f"{pod.owner}: the gateway cannot reach it"]
        elif peers:
            faults.append(f"{pod.owner}: takes connections, and serves nobody")
    return faults


def secrets_read(manifests: Sequence[Manifest]) -> set[tuple[str, str]]:
    """The (secret, key) pairs that pods and operators read; the key "" where a whole secret is asked for."""
    pairs: set[tuple[str, str]] = set()
    for pod in pods(manifests):
        for container in pod.containers:
            for variable in entries(container, "env"):
                if reference := fields(variable, "valueFrom", "secretKeyRef"):
                    pairs.add((str(reference["name"]), str(reference["key"])))
        volumes = [volume for volume in entries(pod.spec, "volumes") if at(volume, "secret")]
        pairs |= {(word(volume, "secret", "secretName"), "") for volume in volumes}
    for each in manifests:
        if each.kind == "Cluster":
            pairs.add((word(each.body, "spec", "bootstrap", "initdb", "secret", "name"), ""))
        if each.kind == "Ingress":
            pairs |= {(word(tls, "secretName"), "") for tls in entries(each.body, "spec", "tls")}
    return pairs


def _budgets(manifests: Sequence[Manifest]) -> list[str]:
    budgets = [at(each.body, "spec", "selector") for each in manifests if each.kind == "PodDisruptionBudget"]
    faults = []
    for pod in pods(manifests):
        count = sum(selects(selector, pod.labels) for selector in budgets)
        if pod.owner.kind == "Deployment" and count != 1:
            faults.append(f"{pod.owner}: {count} PodDisruptionBudgets select it, and it needs exactly one")
    return faults


def _services(manifests: Sequence[Manifest]) -> list[str]:
    faults = []
    for each in manifests:
        selector = {"matchLabels": words(each.body, "spec", "selector")}
        if each.kind == "Service" and not any(selects(selector, pod.labels) for pod in pods(manifests)):
            faults.append(f"{each}: selects no pod")
    return faults


def _policies(manifests: Sequence[Manifest]) -> list[str]:
    """A selector that selects no pod has a misspelt label. Pods of other namespaces are not checked."""
    pod_labels = labels_of_pods(manifests)
    faults = []
    for each in manifests:
        selectors = []
        if each.kind == "NetworkPolicy":
            selectors.append(at(each.body, "spec", "podSelector"))
            rules = [*entries(each.body, "spec", "ingress"), *entries(each.body, "spec", "egress")]
            peers = [peer for rule in rules for peer in [*entries(rule, "from"), *entries(rule, "to")]]
            selectors += _here(peers)
        for listener in entries(each.body, "spec", "kafka", "listeners"):
            selectors += _here(entries(listener, "networkPolicyPeers"))
        faults += [
            f"{each}: no pod has the labels {selector}"
            for selector in selectors
            if not any(selects(selector, labels) for labels in pod_labels)
        ]
    return faults


def _here(peers: Sequence[object]) -> list[object]:
    return [at(peer, "podSelector") for peer in peers if at(peer, "podSelector") and not at(peer, "namespaceSelector")]


def _scalers(manifests: Sequence[Manifest]) -> list[str]:
    deployments = {each.name: each for each in manifests if each.kind == "Deployment"}
    faults = []
    for each in manifests:
        if each.kind in ("HorizontalPodAutoscaler", "ScaledObject"):
            target = deployments.get(word(each.body, "spec", "scaleTargetRef", "name"))
            if target is None:
                faults.append(f"{each}: scales a Deployment that is not there")
            elif at(target.body, "spec", "replicas") is not None:
                faults.append(f"{target}: its replicas are fixed, and {each} would be undone by every apply")
    return faults


def _governed(pod: Pod, policies: Sequence[Manifest], direction: str) -> bool:
    return any(
        selects(at(each.body, "spec", "podSelector"), pod.labels)
        for each in policies
        if direction in entries(each.body, "spec", "policyTypes")
    )


def _peers(pod: Pod, policies: Sequence[Manifest]) -> list[object]:
    """Who may connect to a pod; None stands for everybody."""
    peers: list[object] = []
    for each in policies:
        if selects(at(each.body, "spec", "podSelector"), pod.labels):
            for rule in entries(each.body, "spec", "ingress"):
                peers += entries(rule, "from") or [None]
    return peers


def _is_gateway(peer: object) -> bool:
    labels = words(peer, "podSelector", "matchLabels")
    return labels.get("app.kubernetes.io/name") == "gateway" and set(fields(peer)) == {"podSelector"}
