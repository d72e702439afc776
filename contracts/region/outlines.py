"""The outlines of places: boundaries.geojson, which a region may have, read and checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from contracts.region.area import Area
from contracts.region.extents import shapes_of
from contracts.region.models import Outline
from contracts.region.read import RegionFile
from contracts.region.table import Table


class _Feature(NamedTuple):
    code: str
    line: int
    geometry: str
    """As JSON, whatever it is."""


def read_outlines(path: Path) -> Table[Outline]:
    """The outline of each place in a GeoJSON file (RFC 7946); none if there is no such file."""
    source = RegionFile(path)
    table = Table[Outline](source)
    features = list(_features(source, text)) if path.exists() and (text := source.text()) is not None else []
    for feature, (shape, fault) in zip(features, shapes_of([each.geometry for each in features]), strict=True):
        if fault:
            source.fault(feature.line, f"{feature.code!r}: {fault}")
        outline = Outline(code=feature.code, geometry=feature.geometry, bounds=Area(*shape.bounds)) if shape else None
        table.add(feature.code, feature.line, outline)
    return table


def _features(source: RegionFile, text: str) -> Iterator[_Feature]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        source.fault(error.lineno, f"bad JSON: {error.msg}; write the file with a program that makes GeoJSON")
        return
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        source.fault(1, "no GeoJSON FeatureCollection; write one, with a feature for each place")
        return
    at, line = 0, 1
    for nth, feature in enumerate(features, 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get("code") if isinstance(properties, dict) else None
        if not isinstance(code, str) or not code:
            source.fault(line, f'feature {nth} names no place; write "properties": {{"code": "35.22.01.2001"}}')
            continue
        # The features stand in this order, so its code stands after the one before.
        found = max(text.find(f'"{code}"', at), at)
        at, line = found + 1, line + text.count("\n", at, found)
        yield _Feature(code, line, orjson.dumps(feature.get("geometry")).decode())
