"""Keeps what was computed of a region's outlines: few starts find new ones, and to compute takes 0.2 s."""

from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.region.area import Area
from contracts.region.extents import Extent
from contracts.region.models import Outline, Region
from contracts.region.read import RegionFile
from contracts.region.table import Table

BOUNDARIES: Final = "boundaries.geojson"
_FORM: Final = "1"
"""Raised with every change of what is computed, or of how it is kept."""


class Drawn:
    """What a file keeps of the outlines of the region in a folder.

    The file is a copy only: one that is not there, is damaged or was made of other files of the region counts as none.
    """

    def __init__(self, file: Path, region: Path) -> None:
        self._file = file
        self._boundaries = region / BOUNDARIES
        self._of = _sum(self._boundaries, region / "places.csv")
        self._kept: dict[str, Any] = self._read()
        self._new: bytes | None = None

    def outlines(self) -> Table[Outline] | None:
        """The outlines, which were without a fault; null: they must be read from the region."""
        if not self._kept:
            return None
        table = Table[Outline](RegionFile(self._boundaries))
        for code, line, geometry, bounds in self._kept["outlines"]:
            table.add(code, line, Outline(code=code, geometry=geometry, bounds=Area(*bounds)))
        return table

    def extents(self) -> Mapping[str, Extent] | None:
        """Where each place lies; null: it must be computed."""
        return {code: _extent(*each) for code, each in self._kept["extents"].items()} if self._kept else None

    def note(self, region: Region, lines: Mapping[str, int]) -> None:
        """Take what `keep` will write from a region without a fault. `lines`: of its outlines, by their codes."""
        if region.outlines and not self._kept:
            outlines = [(each.code, lines[each.code], each.geometry, each.bounds) for each in region.outlines.values()]
            self._new = orjson.dumps({"of": self._of, "outlines": outlines, "extents": region.extents}, default=tuple)

    def keep(self) -> None:
        """Write the file if it is not right already."""
        if self._new is not None:
            part = self._file.with_suffix(".part")
            part.write_bytes(self._new)
            part.replace(self._file)

    def _read(self) -> dict[str, Any]:
        try:
            kept = orjson.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and kept.get("of") == self._of else {}


def _sum(*files: Path) -> str:
    """Differs if one of the files does, or what computes."""
    made_by = sha256(f"{_FORM} shapely {version('shapely')}".encode())
    for file in files:
        made_by.update(sha256(file.read_bytes() if file.exists() else b"").digest())
    return made_by.hexdigest()


def _extent(lat: float | None, long: float | None, bbox: list[float] | None, outline: str | None) -> Extent:
    return Extent(lat, long, Area(*bbox) if bbox else None, outline)
