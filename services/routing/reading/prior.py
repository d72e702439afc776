"""The model that a region comes with: `model/prior.bin` in its folder, beside its card."""

import json
from pathlib import Path

from services.routing.reading.linear import Model
from services.routing.reading.model import load, write

FOLDER, FILE, CARD = "model", "prior.bin", "card.json"


def load_prior(region: Path) -> Model | None:
    """The prior of the region's folder; null if it has none. Raises `BadModel`."""
    file = region / FOLDER / FILE
    return load(file) if file.exists() else None


def write_prior(model: Model, folder: Path) -> None:
    """Write the model and its card there; each file is whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    card = json.dumps({"id": model.id, **model.card}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    for name, content in ((FILE, write(model)), (CARD, card.encode())):
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)
