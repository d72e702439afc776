"""The list of what the wheel needs, in CycloneDX's form, made from `requirements.lock`.

It has each package with its version, its licence and what it needs. Python itself and the Debian packages of the
image's base are not in it: these are known by the base's digest.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, metadata
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

_PIN = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.!+-]+)")
_VIA = re.compile(r"    #(?: via)?  ? ?([\w.-]+)")


class Pin(NamedTuple):
    """A package of the lock, and the names of those that need it ("pendapa" for our own)."""

    name: str
    version: str
    needed_by: frozenset[str]


def pins(lock: str) -> list[Pin]:
    """The packages of a lock file as `uv pip compile` writes it.

    >>> pins("a==1 \\\\\\n    --hash=sha256:00\\n    # via pendapa (pyproject.toml)\\nb[c]==2\\n    # via a\\n")[1]
    Pin(name='b', version='2', needed_by=frozenset({'a'}))
    """
    return list(_pins(lock))


def _pins(lock: str) -> Iterator[Pin]:
    for block in re.split(r"\n(?=\w)", lock):
        if pin := _PIN.match(block):
            needed_by = frozenset(
                match[1] for line in block.splitlines()[1:] if (match := _VIA.fullmatch(line.partition(" (")[0]))
            )
            yield Pin(pin[1], pin[2], needed_by - {"via"})


def make(version: str, lock: str, made_at: datetime) -> str:
    """The document of our version with what the lock lists, as JSON of CycloneDX 1.6; the same each time."""
    known = pins(lock)
    own = _component(Pin("pendapa", version, frozenset()), ComponentType.APPLICATION)
    parts = {pin.name: _component(pin, ComponentType.LIBRARY) for pin in known}
    bom = Bom(components=parts.values(), serial_number=uuid5(NAMESPACE_URL, f"pendapa {version} {lock}"))
    bom.metadata.component, bom.metadata.timestamp = own, made_at
    for name, part in [("pendapa", own), *parts.items()]:
        bom.register_dependency(part, [parts[pin.name] for pin in known if name in pin.needed_by])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1) + "\n"


def _component(pin: Pin, kind: ComponentType) -> Component:
    purl = PackageURL("pypi", name=pin.name, version=pin.version)
    licence = "AGPL-3.0-or-later" if kind is ComponentType.APPLICATION else _licence_of(pin.name)
    licences = [LicenseFactory().make_from_string(licence)] if licence else []
    return Component(
        name=pin.name, version=pin.version, type=kind, purl=purl, bom_ref=purl.to_string(), licenses=licences
    )


def _licence_of(name: str) -> str | None:
    """As the installed package says it in one line; whole texts are in the package itself."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return None
    words = next((said[field] for field in ("License-Expression", "License") if field in said), "")
    if words and "\n" not in words:
        return words
    classed = [each for each in said.get_all("Classifier") or [] if each.startswith("License ::")]
    return classed[0].rpartition(" :: ")[2] if classed else None
