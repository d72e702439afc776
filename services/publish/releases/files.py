"""Where releases are kept: a folder, or S3-compatible object storage through pyarrow's file systems."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import IO, TYPE_CHECKING, NamedTuple, cast
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

CHUNK = 1 << 18


class Stamp(NamedTuple):
    """By which one sees that a file changed."""

    size: int
    changed_at: int
    """In nanoseconds since 1970; 0 where the store does not say."""


class WrittenFile:
    """A file that is being written; counts and hashes its bytes."""

    def __init__(self, file: IO[bytes], *, local: bool) -> None:
        self._file, self._local = file, local
        self._hash = sha256()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        view = memoryview(data).cast("B")
        self._hash.update(view)
        self.bytes += view.nbytes
        self._file.write(view)
        return view.nbytes

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Close the file; its bytes are then as durable as the store makes them."""
        if not self._file.closed:
            self._file.flush()
            try:
                if self._local:  # an object store has no descriptor; it is durable itself
                    os.fsync(self._file.fileno())
            finally:
                self._file.close()


def local_folder(url: str) -> Path | None:
    """The folder of this address on this machine; null for a store of objects."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


class Files:
    """Files by names such as `reports/7/reports.csv`, under one address."""

    def __init__(self, url: str) -> None:
        local = local_folder(url)
        self._local = local is not None
        self._objects: FileSystem | None
        self._base, self._objects = (str(local), None) if local is not None else _objects(url)

    @property
    def is_local(self) -> bool:
        """Whether the files are on a disk of this machine, which keeps no sums of them."""
        return self._local

    def stamp(self, name: str) -> Stamp | None:
        """The size and time of a file; null if it is not there."""
        if self._objects is not None:
            info = self._objects.get_file_info(self._path(name))
            return Stamp(info.size, info.mtime_ns or 0) if info.is_file else None
        try:
            state = os.stat(self._path(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Stamp(state.st_size, state.st_mtime_ns) if S_ISREG(state.st_mode) else None

    def folder(self, name: str) -> None:
        """Make sure that the folder is there."""
        if self._objects is not None:
            self._objects.create_dir(self._path(name), recursive=True)
        else:
            os.makedirs(self._path(name), exist_ok=True)

    def write(self, name: str) -> WrittenFile:
        """A new file in a folder that is there."""
        if self._objects is None:
            return WrittenFile(open(self._path(name), "wb"), local=True)
        return WrittenFile(cast("IO[bytes]", self._objects.open_output_stream(self._path(name))), local=False)

    def put(self, name: str, data: bytes) -> None:
        """A small file, whole."""
        with closing(self.write(name)) as file:
            file.write(data)

    def get(self, name: str) -> bytes | None:
        """A small file, whole; null if it is not there."""
        try:
            return b"".join(self.read(name))
        except FileNotFoundError:
            return None

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a file from `start` on, a chunk at a time.

        Raise `FileNotFoundError`, or `OSError` if it ends before `length` bytes were read.
        """
        path = self._path(name)
        with open(path, "rb") if self._objects is None else self._objects.open_input_file(path) as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(start)
            left = end - start if length is None else length
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
            if left > 0:
                raise OSError(f"the file {name} ended {left} bytes too early")

    def rename(self, old: str, new: str, names: Sequence[str]) -> None:
        """Move the folder `old`, which holds the files `names`, to `new`, in one step where the store can.

        Raise `FileExistsError` if `new` is there: nothing is ever overwritten.
        """
        if self._is_there(new):
            raise FileExistsError(f"{new} is there already")
        if self._objects is None:
            os.rename(self._path(old), self._path(new))
            sync_path(os.path.dirname(self._path(new)))
            return
        self.folder(new)
        for name in names:
            self._objects.copy_file(self._path(f"{old}/{name}"), self._path(f"{new}/{name}"))
        self.delete(old)

    def delete(self, name: str) -> None:
        """Remove a folder and all in it, if it is there."""
        with suppress(FileNotFoundError):
            if self._objects is not None:
                self._objects.delete_dir(self._path(name))
            else:
                shutil.rmtree(self._path(name))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            if self._objects is not None:
                self._objects.delete_file(self._path(name))
            else:
                os.remove(self._path(name))

    def empty(self, name: str, mark: str) -> None:
        """Remove all that is in a folder, and leave in it an empty file named `mark`."""
        # The mark keeps the folder in a store of objects. After a crash in between, all of this is done again.
        self.folder(name)
        if self._objects is not None:
            self._objects.delete_dir_contents(self._path(name))
        else:
            for each in Path(self._path(name)).iterdir():
                shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        self.put(f"{name}/{mark}", b"")
        if self._local:
            sync_path(self._path(name))

    def folders(self, name: str) -> list[str]:
        """The names of the folders in a folder; none if it is not there."""
        if self._objects is None:
            folder = Path(self._path(name))
            return [each.name for each in folder.iterdir() if each.is_dir()] if folder.exists() else []
        from pyarrow.fs import FileSelector, FileType

        infos = self._objects.get_file_info(FileSelector(self._path(name), allow_not_found=True))
        return [info.base_name for info in infos if info.type == FileType.Directory]

    def _is_there(self, name: str) -> bool:
        if self._objects is None:
            return os.path.exists(self._path(name))
        from pyarrow.fs import FileType

        return bool(self._objects.get_file_info(self._path(name)).type != FileType.NotFound)

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}"


def _objects(url: str) -> "tuple[str, FileSystem]":
    # Imported here, because it costs 50 MB and 0.05 s, and a folder needs none of it.
    from pyarrow.fs import FileSystem

    system, base = FileSystem.from_uri(url)
    return base, system


def sync_path(path: str) -> None:
    """Make a file of this machine durable, or of a folder the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
