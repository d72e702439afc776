"""What the commands `pendapa key` do: they write the gateway's keys file, which holds hashes only."""

import fcntl
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gateway.callers.keys import RESERVED, Application, Hashes, hash_key
from pendapa.fault import Fault
from pendapa.home import Home, load_file, save_file
from pendapa.screen import err, out

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def place(home: Home, file: Path | None) -> Path:
    """The keys file. Raises `Fault` where there is none."""
    place = file or home.hashes_file
    if not place.exists():
        raise Fault(f"{place} is not there: start the server first (make run), or give its folder with --data")
    return place


def make(name: str, a_minute: int | None, home: Home, file: Path) -> None:
    if not _NAME.fullmatch(name):
        raise Fault(f"{name!r} is no name: at most 64 letters, digits, dots, hyphens and underscores")
    if name in RESERVED:
        raise Fault(f"{name} is the name of a key that the server made itself: take another")
    key = home.new_key()

    def add(known: Mapping[str, Application]) -> dict[str, Application]:
        if name in known:
            raise Fault(f"{name} has a key already; revoke it first, or take another name")
        return {**known, name: Application(hash=hash_key(key), made_at=datetime.now(UTC), a_minute=a_minute)}

    _change(file, add)
    err.print(f"The filing key of {name}. It is shown this once:", markup=False)
    out.print(key, markup=False)


def revoke(name: str, file: Path) -> None:
    def remove(known: Mapping[str, Application]) -> dict[str, Application]:
        if name not in known:
            raise Fault(f"there is no application {name!r}; see: pendapa key list")
        return {each: value for each, value in known.items() if each != name}

    _change(file, remove)
    out.print(f"The key of {name} is no longer valid.", markup=False)


def show(file: Path) -> None:
    applications = (load_file(file, Hashes) or Hashes()).applications
    for name, each in sorted(applications.items()):
        limit = "the gateway's" if each.a_minute is None else each.a_minute
        out.print(f"{name}  made {each.made_at:%Y-%m-%d %H:%M} UTC  requests a minute: {limit}", markup=False)
    if not applications:
        err.print("No application has a key.")


def _change(file: Path, how: Callable[[Mapping[str, Application]], dict[str, Application]]) -> None:
    with alone(file):
        hashes = load_file(file, Hashes) or Hashes()
        applications = how(hashes.applications)
        # With an application goes its former key, which would otherwise be valid for some hours more.
        former = [each for each in hashes.former if each.role != "filing" or each.name in {None, *applications}]
        save_file(file, hashes.model_copy(update={"applications": applications, "former": tuple(former)}))


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold the keys file for one command: of two at once the second waits for the first."""
    with open(file.with_suffix(".lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
