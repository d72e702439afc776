"""Checks that whatever names this software's version names the same one."""

import re
from collections.abc import Sequence

from deploy.compose import ROOT, command_of, compose_services
from deploy.manifests import Manifest, pods
from deploy.tree import word
from deploy.variables import program_of
from kit.version import VERSION

_NEWEST = re.compile(r"^## (\d\S*)", re.MULTILINE)
IMAGE = f"pendapa:{VERSION}"


def image_faults(manifests: Sequence[Manifest]) -> list[str]:
    """Each of our processes runs the image of this version; a registry may stand before its name."""
    return [
        f"{pod.owner}: runs {image}, not {IMAGE}"
        for pod in pods(manifests)
        for container in pod.containers
        if (image := word(container, "image")).rpartition("/")[2].startswith("pendapa:")
        and image.rpartition("/")[2] != IMAGE
    ]


def version_faults() -> list[str]:
    """The compose file and the change log name this version."""
    services = compose_services((ROOT / "compose.yaml").read_text())
    ours = {word(each, "image") for each in services.values() if program_of(command_of(each))}
    newest = _NEWEST.findall((ROOT / "CHANGELOG.md").read_text())[:1]
    faults = [f"compose: runs {image}, not {IMAGE}" for image in sorted(ours - {IMAGE})]
    return faults + ([] if newest == [VERSION] else [f"CHANGELOG.md: its newest version is {newest}, not {VERSION}"])
