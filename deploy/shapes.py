"""Checks each manifest against the schema of its kind: Kubernetes' own schemas, and ours for the operators' kinds."""

import json
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import kubernetes_validate

from deploy.manifests import Manifest
from deploy.tree import word

VERSIONS = ("1.32", "1.36")
"""The oldest and the newest Kubernetes that the manifests are for."""

_SCHEMAS = Path(__file__).parent / "schemas"


def shape_faults(manifests: Sequence[Manifest]) -> list[str]:
    """Unknown or misplaced fields, wrong types, missing fields, unknown kinds."""
    return [fault for each in manifests for fault in _faults(each)]


def _faults(manifest: Manifest) -> list[str]:
    group = word(manifest.body, "apiVersion")
    ours = _SCHEMAS / f"{manifest.kind.lower()}.{group.replace('/', '.')}.json"
    if ours.exists():
        return _against(manifest, ours)
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(manifest.body, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            return [f"{manifest}: neither Kubernetes {version} nor deploy/schemas knows {group} {manifest.kind}"]
        except kubernetes_validate.ValidationError as error:
            return [f"{manifest}: {_path(error.absolute_path)}: {error.message} (Kubernetes {version})"]
    return []


def _against(manifest: Manifest, file: Path) -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads(file.read_text()))
    return [
        f"{manifest}: {_path(error.absolute_path)}: {error.message}" for error in validator.iter_errors(manifest.body)
    ]


def _path(path: Sequence[str | int]) -> str:
    return "/".join(map(str, path)) or "at the top"
