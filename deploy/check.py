"""Checks what is deployed as far as can be without a cluster: `python -m deploy.check`, part of `make check`.

What needs a cluster (whether an image exists, or an operator accepts a manifest) is not checked. Images are pinned by
tag; whoever deploys may pin them by digest in an overlay's `images`, which cannot be known before the image is built.
"""

import subprocess
import sys

from deploy import compose, links, secrets, versions
from deploy.hardening import hardening_faults, own_pod_faults
from deploy.manifests import KUBERNETES, OVERLAYS, KustomizeMissing, Manifest, render
from deploy.shapes import shape_faults
from deploy.topics import topic_faults
from deploy.variables import given_to, is_migration, lost_references, names_of, program_of, variable_faults


def overlay_faults(overlay: str, manifests: list[Manifest]) -> list[str]:
    return [
        *shape_faults(manifests),
        *hardening_faults(manifests),
        *own_pod_faults(manifests),
        *lost_references(manifests),
        *variable_faults(given_to(manifests)),
        *links.link_faults(manifests),
        *links.door_faults(manifests),
        *topic_faults(manifests),
        *versions.image_faults(manifests),
        *secret_faults(overlay, manifests),
    ]


def secret_faults(overlay: str, manifests: list[Manifest]) -> list[str]:
    """Each secret that is read must be made by `deploy.secrets` or be in `BROUGHT`; no manifest may hold a secret."""
    fresh = secrets.secrets_for(overlay, "example/log", "{}")
    read = {each for each in links.secrets_read(manifests) if each[0] not in secrets.BROUGHT}
    lost = [
        f"nobody makes the secret {name} {key}".rstrip()
        for name, key in sorted(read)
        if name not in fresh or (key and key not in fresh[name])
    ]
    idle = [f"deploy.secrets makes {name}, which nothing reads" for name in fresh.keys() - {name for name, _ in read}]
    return (
        lost + idle + [f"{each}: a secret must not be in the manifests" for each in manifests if each.kind == "Secret"]
    )


def compose_faults(manifests: list[Manifest]) -> list[str]:
    """The compose file runs the programs of the Deployments, with settings they read."""
    text = (compose.ROOT / "compose.yaml").read_text()
    started = [tuple(each.command) for each in given_to(manifests) if program_of(each.command)]
    commands = {command for command in started if not is_migration(command)}
    ours = [each for each in compose.compose_given(text) if program_of(each.command)]
    return [
        *compose.compose_faults(text, commands),
        *variable_faults(ours),
        *compose.environment_faults(text, secrets.environment("example/log")),
        *compose.example_faults(
            (compose.ROOT / ".env.example").read_text(),
            {name for command in commands for name in names_of(command).known},
        ),
    ]


def faults() -> list[str]:
    lines = []
    for overlay in OVERLAYS:
        manifests = render(KUBERNETES / "overlays" / overlay)
        lines += [f"{overlay}: {fault}" for fault in overlay_faults(overlay, manifests)]
    return lines + compose_faults(manifests) + versions.version_faults()


def main() -> int:
    try:
        lines = faults()
    except KustomizeMissing as missing:
        lines = [f"the deployment is not checked: {missing}"]
    except subprocess.CalledProcessError as failed:
        lines = [failed.stderr.strip()]
    for fault in lines:
        sys.stderr.write(f"{fault}\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
