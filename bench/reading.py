"""Measures how long the region's model takes to read a message, with words it has read before and with new ones."""

import random
import time
from pathlib import Path

from bench.table import Line
from contracts.region import load_region
from services.routing.reading.prior import load_prior
from services.routing.reading.read import MessageReader, Unread

BOJONEGORO = Path(__file__).parents[1] / "regions" / "bojonegoro"
_MESSAGES, _ROUNDS = 2_000, 5


def run() -> list[Line]:
    region = load_region(BOJONEGORO)
    reader = MessageReader.of(region, load_prior(BOJONEGORO))
    texts = messages([word for topic in region.categories.values() for word in topic.keywords])
    _read(reader, texts[: _MESSAGES // 10])
    first = _read(reader, texts)
    best = min(_read(reader, texts) for _ in range(_ROUNDS))
    figures = f"{best:,.0f} µs a message of {sum(map(len, texts)) / len(texts):.0f} letters"
    return [Line("the whole reading of a message", figures, f"when its words are new {first:,.0f} µs", "", "≤ 400 µs")]


def messages(phrases: list[str]) -> list[str]:
    """Invented messages of the length that reports have: phrases of the region among words that nobody knows."""
    chosen = random.Random(1)
    letters = "aeioubdgklmnprst"
    unknown = ["".join(chosen.choices(letters, k=chosen.randint(3, 9))) for _ in range(3_000)]
    return [
        " ".join(chosen.choices(phrases, k=4) + chosen.choices(unknown, k=chosen.randint(5, 40)))
        for _ in range(_MESSAGES)
    ]


def _read(reader: MessageReader, texts: list[str]) -> float:
    """Microseconds of this process a message: other work on the machine is not counted."""
    begin = time.process_time()
    for text in texts:
        reader.read(Unread(text))
    return (time.process_time() - begin) / len(texts) * 1e6
