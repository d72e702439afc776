"""The overlays as kustomize renders them, and copies of them to break."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from deploy.manifests import KUBERNETES, KustomizeMissing, Manifest, render
from tests.lacking import lacking

Break = Callable[..., list[Manifest]]


def rendered(overlay: str) -> list[Manifest]:
    """Where no kustomize can be had, skip in one line with what to install, or fail if REQUIRE_LIVE=1."""
    try:
        return _rendered(overlay)
    except KustomizeMissing as error:
        lacking(str(error))


@cache
def _rendered(overlay: str) -> list[Manifest]:
    return render(KUBERNETES / "overlays" / overlay)


@pytest.fixture(params=["local", "production"])
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def manifests(overlay: str) -> list[Manifest]:
    return rendered(overlay)


@pytest.fixture
def production() -> list[Manifest]:
    return rendered("production")


@pytest.fixture
def broken() -> Break:
    """`broken("Deployment gateway", "spec.replicas", 3)`: production's, with one value set, or removed by None.

    A dot within a name is written "~". `manifests` are broken further, in place of a copy of production's.
    """

    def make(which: str, path: str, value: Any, manifests: list[Manifest] | None = None) -> list[Manifest]:
        manifests = manifests or copy.deepcopy(rendered("production"))
        target: Any = next(each.body for each in manifests if str(each) == which)
        *steps, last = [int(step) if step.isdigit() else step.replace("~", ".") for step in path.split(".")]
        for step in steps:
            target = target[step]
        if value is None:
            del target[last]
        else:
            target[last] = value
        return manifests

    return make
