"""The compose file: the same image and variables as on Kubernetes; and the two files of variables beside it."""

import re
from collections.abc import Set
from pathlib import Path

import yaml

from deploy.hardening import TAGGED
from deploy.tree import at, entries, fields, word, words
from deploy.variables import Given, program_of

ROOT = Path(__file__).parents[1]
_REFERENCED = re.compile(r"\$\{(\w+)[^}]*\}")
_ASSIGNED = re.compile(r"^#?(\w+)=", re.MULTILINE)


def compose_services(text: str) -> dict[str, object]:
    return fields(yaml.safe_load(text), "services")


def compose_given(text: str) -> list[Given]:
    """The command and the variables of each process in the compose file."""
    return [
        Given(f"compose {name}", command_of(each), frozenset(words(each, "environment")))
        for name, each in compose_services(text).items()
    ]


def compose_faults(text: str, programs: set[tuple[str, ...]]) -> list[str]:
    """`programs`: the commands of the Deployments; the compose file must run each of them once."""
    services = compose_services(text)
    run = [tuple(command_of(each)) for each in services.values()]
    faults = [f"compose: nothing runs {' '.join(program)}" for program in sorted(programs) if run.count(program) != 1]
    faults += [
        f"compose {name}: builds its image, which `make image` does" for name in services if at(services[name], "build")
    ]
    for name, each in services.items():
        faults += [f"compose {name}: {fault}" for fault in _service_faults(each)]
        waited = [*fields(each, "depends_on")]
        faults += [
            f"compose {name}: waits for {other}, which is not there" for other in waited if other not in services
        ]
        faults += [
            f"compose {name}: waits for {other} to start, not to be healthy"
            for other in waited
            if word(each, "depends_on", other, "condition") == "service_started"
        ]
    return faults


def environment_faults(compose: str, environment: str) -> list[str]:
    """The `.env` that `deploy.secrets` writes has exactly what the compose file asks for."""
    return _differences(".env", set(_ASSIGNED.findall(environment)), set(_REFERENCED.findall(compose)))


def example_faults(example: str, settings: Set[str]) -> list[str]:
    """`.env.example` has every setting of every process, and nothing that no code reads."""
    return _differences(".env.example", set(_ASSIGNED.findall(example)), settings)


def _differences(file: str, named: Set[str], wanted: Set[str]) -> list[str]:
    return [
        *(f"{file}: {name} is not there" for name in sorted(wanted - named)),
        *(f"{file}: {name} is read by nothing" for name in sorted(named - wanted)),
    ]


def _service_faults(service: object) -> list[str]:
    faults = []
    if not TAGGED.fullmatch(word(service, "image")):
        faults.append(f"its image {word(service, 'image')!r} is not pinned by a tag")
    if not entries(service, "healthcheck", "test"):
        faults.append("no healthcheck")
    if word(service, "restart") != "unless-stopped":
        faults.append("is not started again when it dies")
    if program_of(command_of(service)):
        if at(service, "read_only") is not True:
            faults.append("its file system can be written to")
        if entries(service, "cap_drop") != ["ALL"] or entries(service, "security_opt") != ["no-new-privileges:true"]:
            faults.append("may gain privileges")
        if at(service, "init") is not True or not word(service, "stop_grace_period"):
            faults.append("may be killed with answers under way")
    return faults


def command_of(service: object) -> list[str]:
    """The command of a service in the compose file, word by word."""
    return [str(part) for part in entries(service, "command")]
