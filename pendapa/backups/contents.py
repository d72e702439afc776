"""What a backup is: a folder with `backup.json`, which names each file with its SHA-256, and is written last."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pendapa.fault import Fault
from pendapa.footing import Footing
from services.publish.releases.files import sync_path

NAME = "backup.json"
FORMAT = 1
_CHUNK = 1 << 20
_SHOWN = 5


class KeptFile(BaseModel):
    """One file of a backup, by its path within it."""

    model_config = ConfigDict(frozen=True)

    name: str
    bytes: int
    sha256: str


class KeptLog(BaseModel):
    """How far the log was at the moment of the backup."""

    model_config = ConfigDict(frozen=True)

    key: str
    """The verifier key, as `/log/key` answers it."""
    size: int
    checkpoint: str
    """Empty if nothing was signed yet."""


class Contents(BaseModel):
    """`backup.json`. A later version may add members, which are passed over."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    footing: Footing
    region: str
    made_at: datetime
    """Just after the moment as of which the stores were read; nothing in the backup is later."""
    log: KeptLog
    offsets: Mapping[str, Mapping[str, int]] = {}
    """On the distributed footing, for each group the next offset of each `topic/partition` that it had committed."""
    files: tuple[KeptFile, ...]


@contextmanager
def being_written(folder: Path) -> Iterator[Path]:
    """A folder beside, to write the backup to. It takes its name once the block has succeeded: whole, or not at all.

    What a backup that was killed left there is removed first. Raises `Fault` if `folder` has something in it, or
    another backup is being written to it.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fault(f"{folder} is there already, and a backup is never changed: give the name of a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.parent / f".{folder.name}.part"
    part.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(part, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault(f"Another backup is being written to {folder}") from error
        empty(part)
        try:
            yield part
            sync(part)
            part.rename(folder)
        except BaseException:  # such as a full disk, on which half a backup would keep the space from everything else
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_names(folder.parent)
    finally:
        os.close(descriptor)


def write(part: Path, contents: Callable[[tuple[KeptFile, ...]], Contents]) -> Contents:
    """Write `backup.json` about all that is in the folder."""
    written = contents(tuple(_kept(part, file) for file in sorted(_files(part))))
    file = new_file(part / NAME)
    file.write_text(written.model_dump_json(indent=2) + "\n")
    return written


def read(folder: Path) -> Contents:
    """What a backup holds. Raises `Fault` if the folder is none, or if any file is not as it was written."""
    try:
        contents = Contents.model_validate_json((folder / NAME).read_bytes())
    except FileNotFoundError as error:
        raise Fault(f"{folder} is no backup: it has no {NAME}") from error
    except ValueError as error:
        raise Fault(f"{folder / NAME} is damaged, or of a later version", 1) from error
    if contents.format > FORMAT:
        raise Fault(f"{folder} is of a later version (format {contents.format}): restore it with a newer pendapa")
    wrong = [fault for each in contents.files if (fault := _fault(folder, each))]
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise Fault(f"{folder} is damaged, and nothing was changed: {'; '.join(wrong[:_SHOWN])}{more}", 1)
    return contents


def new_file(file: Path) -> Path:
    """Make an empty file, and the folders above it, that only its owner can read."""
    for above in reversed([each for each in file.parents if not each.exists()]):
        above.mkdir(mode=0o700)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return file


def copy(source: Path, to: Path) -> None:
    """Copy a file into a new one that only its owner can read."""
    with source.open("rb") as reading, new_file(to).open("wb") as writing:
        shutil.copyfileobj(reading, writing, _CHUNK)


def sync(folder: Path) -> None:
    """Make all files below durable, and their names."""
    for above, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_names(Path(above, name))
        sync_names(Path(above))


def sync_names(path: Path) -> None:
    """Make a file durable, or of a folder the names in it."""
    sync_path(str(path))


def empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and file != folder / NAME)


def _kept(folder: Path, file: Path) -> KeptFile:
    return KeptFile(name=str(file.relative_to(folder)), bytes=file.stat().st_size, sha256=_sum(file))


def _sum(file: Path) -> str:
    hash = sha256()
    with file.open("rb") as reading:
        while chunk := reading.read(_CHUNK):
            hash.update(chunk)
    return hash.hexdigest()


def _fault(folder: Path, kept: KeptFile) -> str | None:
    file = folder / kept.name
    if folder.resolve() not in file.resolve().parents:
        return f"{kept.name} is outside of it"
    if not file.is_file():
        return f"{kept.name} is missing"
    if file.stat().st_size != kept.bytes or _sum(file) != kept.sha256:
        return f"{kept.name} is not the file that was written"
    return None
