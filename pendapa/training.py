"""`pendapa train` and `pendapa evaluate`: make a model of decided reports, and judge one."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from contracts.region import Region
from kit.db import snapshot, transaction
from pendapa.examples import read_examples
from pendapa.fault import Fault
from pendapa.region import load
from pendapa.screen import err, out
from services.routing import decisions
from services.routing.models import ModelInUse, install
from services.routing.reading.beliefs import RULES, beliefs
from services.routing.reading.candidates import CandidateFinder
from services.routing.reading.clues import Clues
from services.routing.reading.linear import Model
from services.routing.reading.model import BadModel
from services.routing.reading.model import load as load_model
from services.routing.reading.prior import FOLDER, load_prior, write_prior
from services.routing.training import course as courses
from services.routing.training import learned
from services.routing.training.build import Course
from services.routing.training.examples import Lesson
from services.routing.training.judge import Scores
from services.routing.training.learned import DecisionParts
from services.routing.training.region import texts

SENTENCE = 0.5
"""How much an invented sentence of the region counts beside a report."""


def train(
    region_path: Path,
    tables: Sequence[tuple[Path, Path]],
    engine: Engine | None,
    target: Path | None,
    names: Path | None,
    seed: int,
    *,
    anew: bool,
) -> None:
    """Make a model of the tables and of what people decided, and write it to `target`, or to the database.

    In the database it takes the place of the one in use only if it is not worse. Raises `Fault`; then nothing is
    replaced.
    """
    region = load(region_path)
    clues = Clues(region)
    reports = [each for file, map in tables for each in read_examples(file, map, region, clues)]
    in_use, parts = _of_database(engine, region_path)
    reports += learned.examples(parts.learned, region, clues)
    if not reports:
        raise Fault("There is nothing to learn from: give a FILE of decided reports and its --map, or --data")
    prior = None if anew else _prior(region_path)
    course = Course(_slang(region), _names(names), beliefs(region), prior, seed=seed)
    card = _card(region, reports, parts, prior)
    examples = [*reports, *texts(region, clues), *_sentences(region_path, region, clues)]
    trained = courses.run(region, examples, course, card, region.bar, lambda said: err.print(said, markup=False))
    _print(trained.scores)
    if target is not None:
        write_prior(trained.model, target)
        out.print(f"Model {trained.model.id} is in {target}", markup=False)
    if engine is not None:
        _take_over(engine, region, trained.model, in_use, parts)


def _of_database(engine: Engine | None, region: Path) -> tuple[Model | None, DecisionParts]:
    """The model in use, and what people decided: to learn from, and to judge on."""
    if engine is None:
        return None, DecisionParts((), ())
    with snapshot(engine) as session:
        return ModelInUse(region).look(session), learned.split(decisions.newest(session, learned.MOST))


def _take_over(engine: Engine, region: Region, model: Model, in_use: Model | None, parts: DecisionParts) -> None:
    found = learned.compare(region, model, in_use, parts.held)
    name = in_use.id if in_use else RULES
    said = (
        f"On the newest decisions that neither saw, {model.id} is right for {found.new.right} of {found.new.of}, "
        f"{name} for {found.in_use.right}"
    )
    if not found.takes_over:
        few = f"; that is too few, {learned.FEWEST} are needed" if found.new.of < learned.FEWEST else ""
        out.print(f"{said}{few}. {name} stays in use", markup=False)
        return
    with transaction(engine) as session:
        install(session, model, datetime.now(UTC))
    out.print(f"{said}. {model.id} is in use", markup=False)


def _card(region: Region, reports: Sequence[Lesson], parts: DecisionParts, prior: Model | None) -> Mapping[str, Any]:
    first, last = learned.days(parts.learned, region)
    licences = {each.source: each.licence for each in reports}
    counted = Counter(each.source for each in reports)
    return {
        "region": region.id,
        "bar": region.bar,
        "prior": prior.id if prior else None,
        "rows": len(reports),
        "rows_from": first.isoformat() if first else None,
        "rows_to": last.isoformat() if last else None,
        "sources": [{"name": name, "rows": counted[name], "licence": licences[name]} for name in sorted(counted)],
        learned.UNTIL: parts.until,
    }


def evaluate(file: Path, map: Path, region_path: Path, model: Path | None, *, as_json: bool) -> None:
    """Print how well a model does on the file: the one given, else the region's prior, else its rules alone."""
    region = load(region_path)
    clues = Clues(region)
    examples = read_examples(file, map, region, clues)
    finder = CandidateFinder(region, _model(model) if model else _prior(region_path))
    scores = courses.judge(finder, courses.read_all(finder, examples), region.bar)
    if as_json:
        told = {head: {**each.told(), "classes": each.told_classes()} for head, each in scores.items()}
        print(json.dumps({"model": finder.model.id, "bar": region.bar, "heads": told}, ensure_ascii=False, indent=2))  # noqa: T201
        return
    out.print(f"Model {finder.model.id}, bar {region.bar}", markup=False)
    _print(scores)
    for head, each in scores.items():
        out.print(f"\n{head}: reports, said, right, F1", markup=False)
        for name, one in sorted(each.classes.items(), key=lambda pair: -pair[1].reports):
            out.print(f"  {name}: {one.reports}, {one.said}, {one.right}, {one.f1:.2f}", markup=False)


def _print(scores: Mapping[str, Scores]) -> None:
    for head, each in scores.items():
        low, high = each.covered.interval
        out.print(
            f"{head}: {each.rows} reports; first right {each.first.share:.1%}, within three {each.three.share:.1%}; "
            f"coverage at 95% right {each.covered.of / max(1, each.rows):.1%} "
            f"({each.covered.right} of {each.covered.of}, true share {low:.1%} to {high:.1%}); "
            f"at the bar {each.opened.right} of {each.opened.of} right; "
            f"calibration error {each.error:.3f}; macro-F1 {each.macro_f1:.2f}",
            markup=False,
        )


def _sentences(path: Path, region: Region, clues: Clues) -> list[Lesson]:
    """The region's invented sentences, if it has some: learned from, never judged on."""
    file, map = path / FOLDER / "sentences.csv", path / FOLDER / "sentences.yaml"
    if not file.exists():
        return []
    read = read_examples(file, map, region, clues)
    return [replace(each, is_report=False, weight=SENTENCE * each.weight) for each in read]


def paired(files: Sequence[Path], maps: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Each table with its map. Raises `Fault` if there are more of one than of the other."""
    if len(files) != len(maps):
        raise Fault(f"Each FILE has its own --map, in the same order: there are {len(files)} and {len(maps)}")
    return list(zip(files, maps, strict=True))


def _prior(region: Path) -> Model | None:
    try:
        return load_prior(region)
    except BadModel as error:
        raise Fault(str(error), 1) from error


def _model(file: Path) -> Model:
    try:
        return load_model(file)
    except (BadModel, OSError) as error:
        raise Fault(str(error), 1) from error


def _slang(region: Region) -> dict[str, str]:
    """Residents' words and the usual words for them; a word that only keeps its affixes is none."""
    return {word.lower(): usual.lower() for word, usual in sorted(region.slang.items()) if word != usual}


def _names(file: Path | None) -> frozenset[str]:
    return frozenset(file.read_text(encoding="utf-8").split()) if file else frozenset()
