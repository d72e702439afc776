"""Copies the files of releases into a backup, and holds each against the SHA-256 that it was cut with."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import orjson

from pendapa.backups.contents import new_file
from services.publish.releases.cut import WITHDRAWN
from services.publish.releases.files import Files
from services.publish.releases.numbers import folder
from services.publish.releases.sums import FileMade

QUERY = "SELECT number, files FROM release WHERE withdrawn_at IS NULL ORDER BY number"
"""The releases that stand. Of a withdrawn one no file may be kept."""
ALL = "SELECT number FROM release ORDER BY number"


class Copied(NamedTuple):
    """How a release's files were found."""

    number: int
    missing: tuple[str, ...]
    other: tuple[str, ...]
    """Those with other bytes than they were cut with; they are copied as they are."""

    def __str__(self) -> str:
        told = [*(f"{name} is missing" for name in self.missing), *(f"{name} is damaged" for name in self.other)]
        return f"release {self.number}: {', '.join(told)}"


def files_of(rows: Iterable[tuple[int, bytes]]) -> dict[int, list[FileMade]]:
    """The files of each release, by its number, from the rows of `QUERY`."""
    return {number: [FileMade(**file) for file in orjson.loads(bytes(made))] for number, made in rows}


def copy_releases(
    files: Files, standing: Mapping[int, list[FileMade]], numbers: Iterable[int], to: Path
) -> list[Copied]:
    """Copy all that stand; return those of which files are missing or damaged. Of others only their number is kept."""
    for number in numbers:
        if number not in standing:
            new_file(to / folder(number) / WITHDRAWN)
    found = [_copy(files, number, made, to) for number, made in standing.items()]
    return [each for each in found if each.missing or each.other]


def _copy(files: Files, number: int, made: list[FileMade], to: Path) -> Copied:
    missing, other = [], []
    for each in made:
        name = f"{folder(number)}/{each.name}"
        try:
            if _copy_file(files, name, to / name) != each.sha256:
                other.append(each.name)
        except FileNotFoundError:
            missing.append(each.name)
    return Copied(number, tuple(missing), tuple(other))


def _copy_file(files: Files, name: str, to: Path) -> str:
    """Copy one file; return its SHA-256. Raises `FileNotFoundError`."""
    hash = sha256()
    chunks = files.read(name)
    first = next(chunks, b"")  # before the new file is made, which must not be there if this one is not
    with new_file(to).open("wb") as writing:
        while first:
            hash.update(first)
            writing.write(first)
            first = next(chunks, b"")
    return hash.hexdigest()
