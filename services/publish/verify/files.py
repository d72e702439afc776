"""Checks the sums and sizes of a release's files in the package, the manifest and SHA256SUMS."""

from collections.abc import Sequence
from hashlib import file_digest
from itertools import zip_longest
from pathlib import Path

import orjson

from services.publish.releases.sums import FileMade, sums
from services.publish.verify.declared import Declared
from services.publish.verify.findings import Verified


def check(folder: Path, release: Declared, verified: Verified) -> None:
    """Compare each file with its sums and sizes in those three."""
    listing = [_entry(folder, name) for name in sorted({*release.files, "README.txt", "datapackage.json"})]
    for file in listing:
        if release.files.get(file.name, (file.bytes, file.sha256)) != (file.bytes, file.sha256):
            verified.fault("datapackage.json", f"it does not describe {file.name} as it is")
    if release.manifest:
        _check_manifest(folder, listing, verified)
        listing = sorted([*listing, _entry(folder, "manifest.json")])
    _check_sums(folder, listing, verified)


def _check_manifest(folder: Path, listing: Sequence[FileMade], verified: Verified) -> None:
    """It lists the same files, and the tree that the checkpoint signs."""
    try:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        files = [FileMade(each["name"], each["bytes"], each["sha256"]) for each in manifest["files"]]
        tree = (manifest["size"], manifest["root"])
    except (ValueError, KeyError, TypeError):
        verified.fault("manifest.json", "it cannot be read")
        return
    if files != list(listing):
        verified.fault("manifest.json", "it does not list the files as they are")
    if verified.head is not None and tree != (verified.head.size, verified.head.root.hex()):
        verified.fault("manifest.json", "its tree is not the one that the checkpoint signs")


def _check_sums(folder: Path, listing: Sequence[FileMade], verified: Verified) -> None:
    expected = sums(listing).split(b"\n")
    written = (folder / "SHA256SUMS").read_bytes().split(b"\n")
    for number, (right, line) in enumerate(zip_longest(expected, written), 1):
        if right != line:
            name = right.decode().partition("  ")[2] if right else ""
            fault = f"the checksum of {name} is another" if name else "there is more in it"
            verified.fault("SHA256SUMS", fault, number)


def _entry(folder: Path, name: str) -> FileMade:
    with (folder / name).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return FileMade(name, (folder / name).stat().st_size, digest)
