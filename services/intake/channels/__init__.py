"""The providers that messages come from, each declared in one file: how a delivery is read and how it is answered.

The route, the OpenAPI entry and the key follow from it. A new provider is a file here, and its name in `channels` of a
region.yaml.
"""

from importlib import import_module
from pkgutil import iter_modules

from contracts.region import Region
from services.intake.provider import Provider

PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (import_module(f"{__name__}.{module.name}").PROVIDER for module in iter_modules(__path__))
}


class UnknownChannel(Exception):
    """A region names a channel that has no file here."""


def of(region: Region) -> list[Provider]:
    """The providers that the region names. Raises `UnknownChannel`."""
    if unknown := sorted(set(region.channels) - PROVIDERS.keys()):
        names = ", ".join(sorted(PROVIDERS))
        raise UnknownChannel(f"region.yaml: there is no channel {', '.join(unknown)}; there are {names}")
    return [PROVIDERS[name] for name in region.channels]
