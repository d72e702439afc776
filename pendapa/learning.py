"""Where `pendapa train` finds what people decided, and where its model goes."""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.replay import opened
from pendapa.training import paired, train


def learn(
    region: Path,
    files: Sequence[Path],
    maps: Sequence[Path],
    data: Path | None,
    footing: Footing,
    target: Path | None,
    names: Path | None,
    seed: int,
    *,
    anew: bool,
) -> None:
    """Train with the database of `data`, or of ROUTING_DATABASE_URL; without one, for `target` alone."""
    has_database = data is not None or footing is not Footing.embedded or "ROUTING_DATABASE_URL" in os.environ
    if not has_database and target is None:
        raise Fault("Say where the model goes: --data with a server's data folder, or --out with a folder for it")
    with opened("routing", footing, data or Path("var")) if has_database else nullcontext() as engine:
        train(region, paired(files, maps), engine, target, names, seed, anew=anew)
