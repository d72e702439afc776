"""The file of a model.

A line that names the format, a line with the number of bytes of the header, the header as JSON, the features as UTF-8
lines, then little-endian arrays: the weight of each feature in a text (float32), the factor of each class (float32),
the constant of each class (float32), and the weights (int8, a row for each feature, a column for each class).
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from services.routing.reading.linear import FeatureList, Model, ModelHead

FORMAT = "pendapa-model 1"
"""The first line of the file. Another format of features or of the file gets another number."""
MOST_BYTES = 5_000_000


class BadModel(Exception):
    """A file that is no model of this version."""


def load(path: Path) -> Model:
    """The model in the file. Raises `BadModel` naming the file and the fault, or OSError."""
    return read(path.read_bytes(), str(path))


def read(content: bytes, name: str) -> Model:
    """The model of these bytes; `name` is what faults call them."""
    first, _, rest = content.partition(b"\n")
    if first != FORMAT.encode():
        shown = first[:40].decode(errors="replace")
        raise BadModel(f"{name}:1: not a model of this version: it begins with {shown!r} and not with {FORMAT!r}")
    try:
        size, _, rest = rest.partition(b"\n")
        return _read(json.loads(rest[: int(size)]), rest[int(size) :])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadModel(f"{name}:2: the model is damaged: {error}") from error


def _read(header: Mapping[str, Any], body: bytes) -> Model:
    size, counts = header["features"]["bytes"], header["features"]["counts"]
    names = body[:size].decode().split("\n")
    if len(names) != sum(counts):
        raise ValueError(f"{len(names)} features where {sum(counts)} are declared")
    outputs = sum(len(head["classes"]) for head in header["heads"])
    starts = [0, *np.cumsum(counts).tolist()]
    words, parts, pairs, extras = ({name: n for n, name in enumerate(names[a:b], a)} for a, b in pairwise(starts))
    if len(body) != size + 4 * len(names) + 8 * outputs + len(names) * outputs:
        raise ValueError(f"{len(body)} bytes of features and weights are not what the header declares")
    floats = np.frombuffer(body, "<f4", len(names) + 2 * outputs, size)
    rarity, factors, constants = np.split(floats, [len(names), len(names) + outputs])
    weights = np.frombuffer(body, np.int8, offset=size + floats.nbytes).reshape(len(names), outputs)
    vocabulary = FeatureList(words, parts, pairs, extras, rarity, header["slang"])
    card, own = header["card"], float(header["own"])
    return Model(header["id"], _heads(header["heads"]), vocabulary, constants, factors, weights, card, own)


def _heads(declared: Sequence[Mapping[str, Any]]) -> dict[str, ModelHead]:
    heads: dict[str, ModelHead] = {}
    start = 0
    for each in declared:
        points = tuple((float(x), float(y)) for x, y in each["calibration"])
        head = ModelHead(each["name"], tuple(each["classes"]), start, float(each["temperature"]), points)
        heads[head.name] = head
        start += len(head.classes)
    return heads


def write(model: Model) -> bytes:
    """The file of a model; the same model gives the same bytes."""
    vocabulary = model.vocabulary
    kinds = (vocabulary.words, vocabulary.parts, vocabulary.pairs, vocabulary.extras)
    names = "\n".join(name for kind in kinds for name in kind).encode()
    header = {
        "id": model.id,
        "heads": [
            {
                "name": head.name,
                "classes": head.classes,
                "temperature": head.temperature,
                "calibration": head.calibration,
            }
            for head in model.heads.values()
        ],
        "features": {"bytes": len(names), "counts": [len(kind) for kind in kinds]},
        "slang": dict(vocabulary.slang),
        "own": model.own,
        "card": dict(model.card),
    }
    told = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    arrays = (vocabulary.rarity, model.factors, model.constants)
    numbers = b"".join(array.astype("<f4").tobytes() for array in arrays)
    return b"\n".join((FORMAT.encode(), str(len(told)).encode(), told + names + numbers + model.weights.tobytes()))
