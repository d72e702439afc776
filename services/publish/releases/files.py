"""Where releases are kept: a folder, or S3-compatible object storage, through pyarrow's file systems."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple, cast
from urllib.parse import unquote, urlsplit

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
        # Imported here, because it costs 50 MB, and some processes open no files.
        from pyarrow.fs import FileSystem

        self._system: FileSystem
        self._system, self._base = FileSystem.from_uri(url)
        self._local = self._system.type_name == "local"

    @property
    def is_local(self) -> bool:
        """Whether the files are on a disk of this machine, which keeps no sums of them."""
        return self._local

    def stamp(self, name: str) -> Stamp | None:
        """The size and time of a file; null if it is not there."""
        from pyarrow.fs import FileType

        info = self._system.get_file_info(self._path(name))
        return None if info.type != FileType.File else Stamp(info.size, info.mtime_ns or 0)

    def folder(self, name: str) -> None:
        """Make sure that the folder is there."""
        self._system.create_dir(self._path(name), recursive=True)

    def write(self, name: str) -> WrittenFile:
        """A new file in a folder that is there."""
        if self._local:
            return WrittenFile(open(self._path(name), "wb"), local=True)
        return WrittenFile(cast("IO[bytes]", self._system.open_output_stream(self._path(name))), local=False)

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
        with self._system.open_input_file(self._path(name)) as file:
            file.seek(start)
            left = file.size() - start if length is None else length
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
            if left > 0:
                raise OSError(f"the file {name} ended {left} bytes too early")

    def rename(self, old: str, new: str, names: Sequence[str]) -> None:
        """Move the folder `old`, which holds the files `names`, to `new`, in one step where the store can.

        Raise `FileExistsError` if `new` is there: nothing is ever overwritten.
        """
        from pyarrow.fs import FileType

        if self._system.get_file_info(self._path(new)).type != FileType.NotFound:
            raise FileExistsError(f"{new} is there already")
        if self._local:
            os.rename(self._path(old), self._path(new))
            sync_path(os.path.dirname(self._path(new)))
            return
        self.folder(new)
        for name in names:
            self._system.copy_file(self._path(f"{old}/{name}"), self._path(f"{new}/{name}"))
        self.delete(old)

    def delete(self, name: str) -> None:
        """Remove a folder and all in it, if it is there."""
        with suppress(FileNotFoundError):
            self._system.delete_dir(self._path(name))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            self._system.delete_file(self._path(name))

    def empty(self, name: str, mark: str) -> None:
        """Remove all that is in a folder, and leave in it an empty file named `mark`."""
        # The mark keeps the folder in a store of objects. After a crash in between, all of this is done again.
        self.folder(name)
        self._system.delete_dir_contents(self._path(name))
        self.put(f"{name}/{mark}", b"")
        if self._local:
            sync_path(self._path(name))

    def folders(self, name: str) -> list[str]:
        """The names of the folders in a folder; none if it is not there."""
        from pyarrow.fs import FileSelector, FileType

        infos = self._system.get_file_info(FileSelector(self._path(name), allow_not_found=True))
        return [info.base_name for info in infos if info.type == FileType.Directory]

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}"


def sync_path(path: str) -> None:
    """Make a file of this machine durable, or of a folder the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
