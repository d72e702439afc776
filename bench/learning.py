"""Whether a model learns: how often the first agency is right before and after 2,000 decisions of odd duties."""

import time
from pathlib import Path

from bench.odd_duties import OddRegency
from bench.table import Line
from contracts.region import load_region
from services.routing.decisions import Decided
from services.routing.reading.beliefs import beliefs
from services.routing.reading.clues import Clues
from services.routing.training import learned
from services.routing.training.build import Course, train
from services.routing.training.region import texts

BOJONEGORO = Path(__file__).parents[1] / "regions" / "bojonegoro"
DECISIONS, JUDGED = 2_000, 300


def run() -> list[Line]:
    odd = OddRegency(load_region(BOJONEGORO), seed=1)
    rows = [
        Decided(n, str(n), each.at, each.text, None, each.agency, each.category, "complaint", "none")
        for n, each in enumerate(odd.decisions(DECISIONS + JUDGED), 1)
    ]
    clues = Clues(odd.region)
    begin = time.perf_counter()
    examples = [*learned.examples(rows[:DECISIONS], odd.region, clues), *texts(odd.region, clues)]
    model = train(examples, Course({}, beliefs=beliefs(odd.region)))
    seconds = time.perf_counter() - begin
    found = learned.compare(odd.region, model, None, rows[DECISIONS:])
    name = f"the first agency right after {DECISIONS:,} decisions of odd duties"
    figures = f"{found.new.share:.0%} of {found.new.of}, learned in {seconds:.0f} s"
    return [Line(name, figures, f"before, by rules alone {found.in_use.share:.0%}", "", "< 40% to > 85%")]
