"""Knows whether a release's files are those that were cut: before one is sent, and for /readyz."""

import threading
from collections.abc import Callable, Iterable
from hashlib import sha256

import orjson
from sqlalchemy import Engine, select

from kit.db import snapshot
from kit.file_checks import check_room
from kit.health import Check, NotReady, Slow
from services.publish.releases.files import Files, Stamp, local_folder
from services.publish.releases.numbers import folder
from services.publish.releases.sums import FileMade
from services.publish.tables import RELEASE


class Damaged(Exception):
    """A file of a release is missing, or is not the file that was cut."""


class Intact:
    """Compares files with their sums. A local file is read whole once, and again when its size or time changes.

    In a store of objects, which keeps sums of its own, only the size is compared.
    """

    def __init__(self, files: Callable[[], Files]) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._known: dict[str, Stamp] = {}
        """The files that were whole, with their size and time of then."""

    def check_size(self, path: str, size: int) -> Stamp:
        """Raise `Damaged` if the file is missing or has another size."""
        stamp, name = self._files().stamp(path), _called(path)
        if stamp is None:
            raise Damaged(f"{name} is missing")
        if stamp.size != size:
            raise Damaged(f"{name} has {stamp.size} bytes and not the {size} that it was cut with")
        return stamp

    def check(self, path: str, size: int, digest: str, *, anew: bool = False) -> None:
        """Raise `Damaged` if the file is not the one that was cut. `anew`: read it even if it seems unchanged."""
        stamp = self.check_size(path, size)
        if not self._files().is_local or (self._known.get(path) == stamp and not anew):
            return
        hash = sha256()
        for chunk in self._files().read(path):
            hash.update(chunk)
        with self._lock:
            self._known.pop(path, None)
            if hash.hexdigest() != digest:
                raise Damaged(f"{_called(path)} is damaged: its SHA-256 is another")
            self._known[path] = stamp

    def is_known(self, path: str, size: int) -> bool:
        """Whether the file was whole and has not changed since. Raises `Damaged` as `check_size`."""
        return self._known.get(path) == self.check_size(path, size) or not self._files().is_local


class ReleaseChecks:
    """The checks for /readyz of the store of releases: that it can be written, and the newest release's files."""

    def __init__(self, engine: Engine, files_url: str, intact: Intact) -> None:
        self._engine, self._intact = engine, intact
        self._folder = local_folder(files_url)
        self._reading = Slow(self.release_content)

    @property
    def all(self) -> list[Check]:
        return [self.release_folder, self.release, self._reading]

    def release_folder(self) -> None:
        if self._folder is not None and self._folder.parent.exists():  # the first cut makes it
            check_room(self._folder if self._folder.exists() else self._folder.parent, "the folder of the releases")

    def release(self) -> None:
        """Sizes at each look; a file that changed is read at the next."""
        try:
            known = [self._intact.is_known(path, file.bytes) for path, file in self._newest()]
        except Damaged as error:
            raise NotReady(str(error)) from error
        if not all(known):
            self._reading.soon()

    def release_content(self) -> None:
        try:
            for path, file in self._newest():
                self._intact.check(path, file.bytes, file.sha256, anew=True)
        except Damaged as error:
            raise NotReady(str(error)) from error

    def _newest(self) -> Iterable[tuple[str, FileMade]]:
        """The files of the newest release that stands."""
        standing = select(RELEASE.c.number, RELEASE.c.files).where(RELEASE.c.withdrawn_at.is_(None))
        with snapshot(self._engine) as session:
            row = session.execute(standing.order_by(RELEASE.c.number.desc()).limit(1)).first()
        if row is None:
            return []
        made = [FileMade(**file) for file in orjson.loads(row.files)]
        return [(f"{folder(row.number)}/{file.name}", file) for file in made]


def _called(path: str) -> str:
    number, name = path.split("/")[-2:]
    return f"{name} of release {number}"
