"""Checks that each variable set for a process is a setting that its code reads, and that each setting is set."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pydantic_settings import BaseSettings

from deploy.manifests import Manifest, Pod, pods
from deploy.tree import at, entries, word, words

READ_BY_LIBRARIES = {
    "services.publish": {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},  # pyarrow's S3 client
}


class Names(NamedTuple):
    """The variables of one process: those it cannot start without, and all that it reads."""

    required: frozenset[str]
    known: frozenset[str]


class Given(NamedTuple):
    """One process of a footing: its command, and the variables that are set for it."""

    where: str
    command: Sequence[str]
    variables: frozenset[str]


def variable_faults(processes: Sequence[Given]) -> list[str]:
    """For one footing: variables that are set and not read, required and not set, or optional and set nowhere."""
    faults = []
    unset: dict[str, set[str]] = {}
    for each in processes:
        program = program_of(each.command)
        if program is None:
            continue
        names = names_of(each.command)
        free = READ_BY_LIBRARIES.get(program, set())
        faults += [f"{each.where}: {name} is not given" for name in sorted(names.required - each.variables)]
        faults += [f"{each.where}: {name} is read by nothing" for name in sorted(each.variables - names.known - free)]
        unset[program] = unset.get(program, set(names_in(_settings(program)).known)) - each.variables
    lost = [(program, name) for program in unset for name in sorted(unset[program])]
    return faults + [f"{program}: its setting {name} is given to no process" for program, name in lost]


def program_of(command: Sequence[str]) -> str | None:
    """The package whose settings a command reads; None for somebody else's program.

    >>> program_of(["python", "-m", "services.intake.worker"])
    'services.intake'
    >>> program_of(["python", "-m", "kit.migrate", "intake"])
    'services.intake'
    """
    match list(command):
        case ["python", "-m", "kit.migrate", service]:
            return f"services.{service}"
        case ["python", "-m", module]:
            return module.rpartition(".")[0]
    return None


def is_migration(command: Sequence[str]) -> bool:
    return list(command[:3]) == ["python", "-m", "kit.migrate"]


def names_of(command: Sequence[str]) -> Names:
    """The variables of a command of ours. A migration reads only one, because it runs no code of the service."""
    program = program_of(command)
    if program is None:
        raise ValueError(f"not a command of ours: {command}")
    if is_migration(command):
        only = frozenset({f"{command[3].upper()}_DATABASE_URL"})
        return Names(only, only)
    return names_in(_settings(program))


def names_in(settings: type[BaseSettings]) -> Names:
    """The variables that a class of settings reads."""
    prefix = settings.model_config.get("env_prefix", "")
    names = {f"{prefix}{name}".upper(): field.is_required() for name, field in settings.model_fields.items()}
    return Names(frozenset(name for name, required in names.items() if required), frozenset(names))


def given_to(manifests: Sequence[Manifest]) -> list[Given]:
    """The command and the variables of each container of our pods."""
    maps = {each.name: frozenset(words(each.body, "data")) for each in manifests if each.kind == "ConfigMap"}
    return [
        Given(str(pod.owner), [str(part) for part in entries(each, "command")], frozenset(_variables(each, maps)))
        for pod in pods(manifests)
        for each in pod.containers
    ]


def lost_references(manifests: Sequence[Manifest]) -> list[str]:
    """ConfigMaps that a container reads and that are not there."""
    maps = {each.name for each in manifests if each.kind == "ConfigMap"}
    return [
        f"{pod.owner}: the ConfigMap {name} is not there"
        for pod in pods(manifests)
        for name in _maps_read(pod)
        if name not in maps
    ]


def _maps_read(pod: Pod) -> Iterator[str]:
    for each in pod.containers:
        yield from (word(source, "configMapRef", "name") for source in entries(each, "envFrom"))
    yield from (word(each, "configMap", "name") for each in entries(pod.spec, "volumes") if at(each, "configMap"))


def _variables(container: dict[str, object], maps: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield from (word(each, "name") for each in entries(container, "env"))
    for source in entries(container, "envFrom"):
        yield from maps.get(word(source, "configMapRef", "name"), frozenset())


@cache
def _settings(program: str) -> type[BaseSettings]:
    settings: type[BaseSettings] = importlib.import_module(f"{program}.settings").Settings
    return settings
