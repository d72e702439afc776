"""Whether the keys, the secrets, the settings and the region fit together."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.callers.keys import Hashes, hash_key
from kit.file_checks import check_room
from kit.health import NotReady
from pendapa.fault import Fault
from pendapa.home import RESTORING, Home, Keys, Model, load_file
from pendapa.region import check_kept, load_to_serve
from services.publish.log.checkpoint import read_signer


def of_folder(home: Home) -> Iterator[str]:
    """A line for each fault of the files of keys and secrets in the data folder."""
    if (home.folder / RESTORING).exists():
        yield f"a restore of {home.folder} was stopped half-way: run pendapa restore again"
    secrets_file = home.store / "secrets.json"
    for file in (home.keys_file, secrets_file, home.hashes_file):
        if file.exists() and file.stat().st_mode & 0o077:
            yield f"{file.name} can be read by others than its owner: chmod 600 {file}"
    try:
        secrets = home.secrets()
        if read_signer(secrets.log_key).name != secrets.origin:
            yield f"{secrets_file.name} has the key of another log than {secrets.origin}"
    except Fault as fault:
        yield str(fault)
    try:
        yield from _key_faults(_loaded(home.keys_file, Keys), _loaded(home.hashes_file, Hashes))
    except Fault as fault:
        yield str(fault)
    try:
        check_room(home.store, str(home.store))
    except NotReady as fault:
        yield str(fault)


def of_region(path: Path, home: Home, databases: Mapping[str, str]) -> Iterator[str]:
    """A line for each fault of the region's files, and for each value that reports have and the region lacks."""
    try:
        region, _ = load_to_serve(path)
        home.check_region(region.id)
        check_kept(path, region, databases["publish"], databases["routing"])
    except Fault as fault:
        first, *lines = str(fault).splitlines()
        yield from lines or [first]


def _loaded(file: Path, model: type[Model]) -> Model:
    if (loaded := load_file(file, model)) is None:
        raise Fault(f"{file} is not there")
    return loaded


def _key_faults(keys: Keys, hashes: Hashes) -> Iterator[str]:
    """Keys that the gateway does not know, as its file was changed by hand or brought back from an older copy."""
    pairs = {"filing": (keys.filing, hashes.filing), "official": (keys.official, hashes.official)}
    pairs |= {f"agency {name}": (key, hashes.agencies.get(name, "")) for name, key in keys.agencies.items()}
    pairs |= {f"channel {name}": (key, hashes.channels.get(name, "")) for name, key in keys.channels.items()}
    for name, (key, known) in pairs.items():
        if hash_key(key) != known:
            yield f"the gateway does not know the key of {name} that keys.json has: start the server again"
