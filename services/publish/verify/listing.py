"""The sums in the release's three lists: which file is another than was cut, and where rather a list is wrong.

datapackage.json, manifest.json and SHA256SUMS each have the sums of the files, and the later ones those of the earlier.
A file that most of its lists describe otherwise was changed; a list that alone says otherwise is wrong itself.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import orjson

from services.publish.log.checkpoint import Head
from services.publish.verify.declared import Declared
from services.publish.verify.findings import FaultKind, ReleaseFault

PACKAGE, MANIFEST, SUMS = "datapackage.json", "manifest.json", "SHA256SUMS"
NAMES = ("README.txt", SUMS, "checkpoint", PACKAGE, "history.jsonl", "key", "leaves.bin", "reports.jsonl")
"""The files that every release has."""
_LINE = re.compile(rb"([0-9a-f]{64})  ([^/\s]{1,200})")


class ListedFile(NamedTuple):
    """What a list says of a file, or what the file is. SHA256SUMS has no sizes."""

    bytes: int | None
    sha256: str

    def is_of(self, file: "ListedFile") -> bool:
        return self.sha256 == file.sha256 and self.bytes in (None, file.bytes)


_List = Mapping[str, ListedFile]


class ReleaseLists:
    """The lists of one release, held against its files."""

    def __init__(self, folder: Path, release: Declared | None) -> None:
        """`release`: what datapackage.json declares; null if it cannot be read."""
        self._folder, self._release = folder, release
        self._manifest = _read_json(folder / MANIFEST)
        self._lists = {name: listed for name, listed in self._read() if listed is not None}
        self._names = self._needed()
        self.missing = sorted(name for name in self._names if not (folder / name).is_file())
        self.changed: set[str] = set()
        """The files that are not those that were cut."""
        self.wrong: dict[str, str] = {}
        """The lists that are wrong, each with the file that it does not describe as it is."""
        self._files: dict[str, ListedFile] = {}

    def decide(self, head: Head | None) -> None:
        """Read every file, and find what was changed. `head`: what the checkpoint signs, if it is right."""
        self._files = {name: _file(self._folder / name) for name in self._names - {SUMS}}
        lists_last = sorted(self._files, key=lambda name: (name == MANIFEST, name == PACKAGE, name))
        for name in lists_last:
            says = {
                each: listed[name].is_of(self._files[name]) for each, listed in self._lists.items() if name in listed
            }
            against = [each for each, agrees in says.items() if not agrees]
            if len(against) * 2 > len(says) and not (name == MANIFEST and self._is_canonical(head)):
                self.changed.add(name)
            else:
                self.wrong |= {each: name for each in against if each not in self.wrong}

    def is_right(self, name: str) -> bool:
        """Whether the file is the one that was cut, as far as sums tell."""
        return name not in self.changed and name not in self.wrong

    def faults(self, head: Head | None) -> Iterator[ReleaseFault]:
        """A fault for each file that was changed, and for each list that is wrong."""
        for name in sorted(self.changed - {MANIFEST}):
            yield self._changed(name)
        if PACKAGE in self.wrong:
            yield ReleaseFault(PACKAGE, f"it does not describe {self.wrong[PACKAGE]} as it is")
        if MANIFEST in self._names and (fault := self._manifest_fault(head)):
            yield fault
        if fault := self._sums_fault():
            yield fault

    def lacks_bytes(self, name: str) -> int:
        """How many bytes the file has less than the lists say."""
        sizes = [listed[name].bytes for listed in self._lists.values() if name in listed]
        size = max((size for size in sizes if size is not None), default=0)
        return max(size - (self._files[name].bytes or 0), 0)

    def _changed(self, name: str) -> ReleaseFault:
        if lacks := self.lacks_bytes(name):
            return ReleaseFault(name, f"it lacks {lacks} of its bytes", kind=FaultKind.damaged)
        return ReleaseFault(name, "it is not the file that was cut: its SHA-256 is another")

    def _read(self) -> Iterator[tuple[str, _List | None]]:
        if self._release is not None:
            yield PACKAGE, {name: ListedFile(*sums) for name, sums in self._release.files.items()}
        yield MANIFEST, _listed(self._manifest)
        if (self._folder / SUMS).is_file():
            lines = (self._folder / SUMS).read_bytes().split(b"\n")
            found = [match for line in lines if (match := _LINE.fullmatch(line))]
            yield (
                SUMS,
                {
                    name.decode(errors="replace"): ListedFile(None, hash.decode())
                    for hash, name in (m.groups() for m in found)
                },
            )

    def _needed(self) -> set[str]:
        """The names that two of the lists have, or the only list; and those that every release has."""
        times = Counter(name for listed in self._lists.values() for name in listed if "/" not in name)
        needed = {name for name, count in times.items() if count >= min(2, len(self._lists))} | set(NAMES)
        declares = MANIFEST in times if self._release is None else self._release.manifest
        return needed | {MANIFEST} if declares else needed - {MANIFEST}

    def _manifest_fault(self, head: Head | None) -> ReleaseFault | None:
        manifest, listed = self._manifest, self._lists.get(MANIFEST)
        if not isinstance(manifest, dict) or listed is None:
            ends = (self._folder / MANIFEST).read_bytes().endswith(b"}\n")
            return ReleaseFault(MANIFEST, "it cannot be read", kind=FaultKind.changed if ends else FaultKind.damaged)
        if listed.keys() != self._files.keys() - {MANIFEST} or MANIFEST in self.wrong:
            return ReleaseFault(MANIFEST, "it does not list the files as they are")
        if MANIFEST in self.changed:
            return self._changed(MANIFEST)
        if head is not None and (manifest.get("size"), manifest.get("root")) != (head.size, head.root.hex()):
            return ReleaseFault(MANIFEST, "its tree is not the one that the checkpoint signs")
        return None

    def _is_canonical(self, head: Head | None) -> bool:
        """Whether every byte of manifest.json is what the other files say it must be."""
        manifest, package = self._manifest, _read_json(self._folder / PACKAGE)
        listed = self._lists.get(MANIFEST)
        if not isinstance(manifest, dict) or not isinstance(package, dict) or listed is None:
            return False
        written = orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"
        of_package = (f"{manifest.get('number')}.0.0", manifest.get("made_at"))
        tree = (manifest.get("size"), manifest.get("root"))
        return (
            written == (self._folder / MANIFEST).read_bytes()
            and list(manifest) == ["number", "made_at", "size", "root", "files"]
            and of_package == (package.get("version"), package.get("created"))
            and (head is None or tree == (head.size, head.root.hex()))
            and all(
                listed.get(name) == file for name, file in self._files.items() if name not in {*self.changed, MANIFEST}
            )
        )

    def _sums_fault(self) -> ReleaseFault | None:
        """The first line that is not what it must be."""
        own = self._lists.get(SUMS, {})
        hashes = {
            name: own.get(name, file).sha256 if name in self.changed else file.sha256
            for name, file in sorted(self._files.items())
        }
        expected = [*(f"{hash}  {name}".encode() for name, hash in hashes.items()), b""]
        written = (self._folder / SUMS).read_bytes().split(b"\n")
        for number, (right, line) in enumerate(zip_longest(expected, written), 1):
            if right != line:
                name = right.decode().partition("  ")[2] if right else ""
                ends = line is None or (right is not None and number == len(written) and right.startswith(line))
                what = f"the checksum of {name} is another" if name else "there is more in it"
                kind = FaultKind.damaged if ends else FaultKind.changed
                return ReleaseFault(SUMS, "it ends early" if ends else what, number, kind=kind)
        return None


def _read_json(path: Path) -> object:
    try:
        return orjson.loads(path.read_bytes())
    except (ValueError, OSError):
        return None


def _listed(manifest: object) -> _List | None:
    try:
        files = manifest["files"]  # type: ignore[index]  # what it is not is caught
        return {str(file["name"]): ListedFile(int(file["bytes"]), str(file["sha256"])) for file in files}
    except (ValueError, KeyError, TypeError):
        return None


def _file(path: Path) -> ListedFile:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return ListedFile(path.stat().st_size, digest)
