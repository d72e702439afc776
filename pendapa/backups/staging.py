"""Exchanges the stores in a data folder for those of a backup. It can be stopped at any moment, and run again."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from gateway.callers.keys import Hashes
from pendapa.backups import contents
from pendapa.backups.contents import Contents
from pendapa.fault import Fault
from pendapa.home import RESTORING, Home, Keys, load_file, save_file
from services.publish.releases.cut import WITHDRAWN
from services.publish.releases.numbers import NUMBER, PLACE

_STAGE = "restored.part"
_OF_THE_FOLDER: Mapping[str, type[BaseModel] | None] = {"keys.json": Keys, "region": None}
"""Files that stay as they are where they can be read: keys that were revoked since the backup stay so."""


class StoreExchange(BaseModel):
    """The file `restoring`: which exchange is under way, so that one that was stopped can be ended."""

    model_config = ConfigDict(frozen=True)

    footing: str
    aside: str
    """The name that the stores of before get."""
    had_stores: bool


def under_way(home: Home) -> StoreExchange | None:
    """The exchange that was stopped in this folder. Raises `Fault` if it is of the other footing."""
    found = load_file(home.folder / RESTORING, StoreExchange)
    if found is not None and found.footing != home.store.name:
        raise Fault(f"A restore of the {found.footing} footing of {home.folder} was stopped: run that again first")
    return found


class Staging:
    """The stores of a backup beside those that they are to replace. The folder is held by the caller."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mark = home.folder / RESTORING
        self._under_way = under_way(home)
        self.stage = Home(home.folder / _STAGE, home.store.name)

    @property
    def before(self) -> Path | None:
        """The stores that are replaced: where they are now; null if the folder had none."""
        if self._under_way is None:
            return self._home.store if self._home.store.exists() else None
        aside = self._home.folder / self._under_way.aside
        if aside.exists():
            return aside
        return self._home.store if self._under_way.had_stores else None

    def fill(self, backup: Path, kept: Contents) -> None:
        """Copy the backup beside the stores, with what these know of the log. Raises `Fault`."""
        shutil.rmtree(self.stage.folder, ignore_errors=True)
        for each in kept.files:
            contents.copy(backup / each.name, self.stage.folder / each.name)
        before = self.before
        if before is not None and (before / "secrets.json").exists():
            self._check_same_log(Home(before.parent, before.name))
            _carry_over(before / "files", self.stage.store / "files")
            if _is_readable(before / self.stage.hashes_file.name, Hashes):
                shutil.copy2(before / self.stage.hashes_file.name, self.stage.hashes_file)

    def exchange(self) -> Path | None:
        """Put the stores of before aside, and those of the backup in their place; return where those of before are.

        From here on the folder has its mark, and is used by nobody, until `end` is called.
        """
        folder, store = self._home.folder, self._home.store
        contents.sync(self.stage.folder)
        if self._under_way is None:
            self._under_way = StoreExchange(
                footing=store.name, aside=_free(folder, f"{store.name}.before"), had_stores=store.exists()
            )
            save_file(self._mark, self._under_way)
            contents.sync_names(folder)
        aside = folder / self._under_way.aside
        if store.exists() and (aside.exists() or not self._under_way.had_stores):
            shutil.rmtree(store)  # of an exchange that was stopped
        elif store.exists():
            store.rename(aside)
        self.stage.store.rename(store)
        for name, model in _OF_THE_FOLDER.items():
            if not _is_readable(folder / name, model):
                (self.stage.folder / name).replace(folder / name)
        contents.sync_names(folder)
        return aside if aside.exists() else None

    def end(self) -> None:
        """The folder is whole again."""
        shutil.rmtree(self.stage.folder, ignore_errors=True)
        self._mark.unlink(missing_ok=True)
        contents.sync_names(self._home.folder)

    def give_up(self) -> None:
        """Remove what was copied. The stores are as they were, unless an exchange was stopped before."""
        shutil.rmtree(self.stage.folder, ignore_errors=True)

    def _check_same_log(self, before: Home) -> None:
        old, new = before.secrets().origin, self.stage.secrets().origin
        if old != new:
            raise Fault(
                f"The backup is of the log {new}, and this folder has {old}, which would end: restore it to another "
                "folder, or move this one away first"
            )


def _carry_over(before: Path, files: Path) -> None:
    """Bring what the files of before know of the log: its copies, and releases that were cut after the backup.

    A release that was withdrawn since the backup stays so: its files are not brought back.
    """
    if (before / "log").is_dir():
        shutil.copytree(before / "log", files / "log")
    for release in (before / PLACE).glob("*"):
        if NUMBER.fullmatch(release.name) and (is_emptied(release) or not (files / PLACE / release.name).exists()):
            shutil.rmtree(files / PLACE / release.name, ignore_errors=True)
            shutil.copytree(release, files / PLACE / release.name)


def is_emptied(release: Path) -> bool:
    """Whether this folder is that of a release that was withdrawn."""
    return (release / WITHDRAWN).exists()


def _is_readable(file: Path, model: type[BaseModel] | None) -> bool:
    try:
        return file.is_file() and (model is None or load_file(file, model) is not None)
    except Fault:
        return False


def _free(folder: Path, name: str) -> str:
    number = 1
    while (folder / f"{name}-{number}").exists():
        number += 1
    return f"{name}-{number}"
