"""`python -m services.routing.training.names DATA TOKENIZER [--held-out]`: makes the data of the recogniser of names.

DATA is the folder with `reports`, `ner`, `lexicons`, `gazetteer`; TOKENIZER, `word_tokenizer.pkl` of indonamegender.
`reports/names.csv` says where the reports have names; it is not shipped, as it would lead to them.
It needs scikit-learn and faker. `--held-out` leaves every fifth sentence of news and every second report aside.
"""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from services.routing.reading.cues import HONORIFICS, PLACE_CUES
from services.routing.reading.lexicon import FOLDER, Lexicon, grams
from services.routing.reading.persons import features
from services.routing.reading.tokens import TextWords
from services.routing.training.names import sources
from services.routing.training.names.classes import Classes
from services.routing.training.names.sources import HERE, Spans

_SLOT = re.compile(r"(\{[NVD]\})")
_NAMED = {"w": 1, "p": 1, "pk": 1, "pg": 1, "p2": 1, "pp": 2, "n": 1}
"""How many words stand in a feature, by its first part."""
_LONGEST = 6_000


class Marked(NamedTuple):
    text: str
    names: Spans
    weight: float
    unsure: Spans = []  # noqa: RUF012  # never changed
    """Where nothing is learned but from the names."""


def main(data: Path, tokenizer: Path, *, held_out: bool) -> None:
    classes = Classes(data, sources.hashed_ranks(tokenizer))
    kinds = classes.all()
    (FOLDER / "words.txt").write_text("".join(f"{word} {kind}\n" for word, kind in sorted(kinds.items())), "utf-8")
    for strength in (1, 2, 3):
        (FOLDER / f"hashes{strength}.bin").write_bytes(classes.hashes(strength))
    sounds = _sounds(classes, kinds)
    _write(sounds, {})
    texts = [*_news(data, held_out), *_invented(classes, data), *_reports(data, held_out)]
    _write(sounds, _weights(texts, kinds))


def _write(sounds: dict[str, float], weights: dict[str, float]) -> None:
    told = {"sounds": sounds, "weights": weights}
    words = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=0, separators=(",", ":"))
    (FOLDER / "weights.json").write_text(words, "utf-8")


def _news(data: Path, held_out: bool) -> Iterator[Marked]:
    for number, sentence in enumerate(sources.news(data)):
        if not held_out or number % 5:
            yield Marked(sentence.text, sentence.persons, 0.25)
            yield Marked(sentence.text.lower(), sentence.persons, 0.5)


def _reports(data: Path, held_out: bool) -> Iterator[Marked]:
    marks = sources.marks(data)
    for number, text in enumerate(sources.reports(data)):
        if len(text) <= _LONGEST and not (held_out and number % 2):
            names = marks.get(sources.hash_of(text), [])
            yield Marked(text, names, 1.5, [(start - 20, end + 20) for start, end in names])


def _invented(classes: Classes, data: Path) -> Iterator[Marked]:
    chance = random.Random(7)  # noqa: S311
    names = sorted(word for word in classes.names if len(word) > 2 and word.isalpha())
    villages = sorted({line.split(",")[1].lower() for line in _villages(data)})
    templates = [line for line in (HERE / "templates.txt").read_text("utf-8").splitlines() if line[0] in "+-"]
    for _ in range(60):
        for template in templates:
            text, spans = _filled(template[2:], names, villages, chance)
            yield Marked(text, spans if template[0] == "+" else [], 0.25)


def _villages(data: Path) -> list[str]:
    return (data / "gazetteer" / "bojonegoro_desa.csv").read_text("utf-8").splitlines()[1:]


def _filled(template: str, names: Sequence[str], villages: Sequence[str], chance: random.Random) -> tuple[str, Spans]:
    text, spans = "", []
    for part in _SLOT.split(template):
        if part == "{N}":
            words = [chance.choice(names) for _ in range(chance.choice([1, 1, 1, 2, 2, 3]))]
            spans.append((len(text), len(text) + len(" ".join(words))))
            text += " ".join(words)
        else:
            text += {"{V}": chance.choice(villages), "{D}": str(chance.randrange(1, 60))}.get(part, part)
    way = chance.random()
    if way < 0.15:
        return text.upper(), spans
    if way < 0.4:
        for start, end in spans:
            text = text[:start] + text[start:end].title() + text[end:]
        return text[0].upper() + text[1:], spans
    return (text.title() if way < 0.5 else text), spans


def _sounds(classes: Classes, kinds: dict[str, str]) -> dict[str, float]:
    """How much each part of two to four letters sounds like a name."""
    counts = classes.counts
    known = {word for word in {*counts.reports, *counts.news} if 0 < classes.rank(word) < 8_000}
    of_persons = {word for word, n in counts.persons.items() if n > counts.news[word] and len(word) > 2}
    likely = known - classes.ordinary - classes.no_names
    names = {word for word in classes.names | of_persons | likely if word.isalpha()}
    plain = {word for word, kind in kinds.items() if kind.startswith("s0") and len(word) > 2}
    plain |= {word for word in counts.news if word.isalpha() and len(word) > 2 and not counts.persons[word]}
    plain = (plain | classes.places) - names
    words = [*sorted(names), *sorted(plain)]
    often = Counter(gram for word in words for gram in set(grams(word)))
    rows = [{gram: 1.0 for gram in grams(word) if often[gram] >= 6} for word in words]
    labels = [1] * len(names) + [0] * len(plain)
    return _fitted(rows, labels, [2.0 if label else 1.0 for label in labels], strength=0.3, least=0.08, sparse=False)


def _weights(texts: Sequence[Marked], kinds: dict[str, str]) -> dict[str, float]:
    lexicon, rows, labels, weights = Lexicon(), [], [], []
    for marked in texts:
        words = TextWords(marked.text, lexicon)
        for i, span in enumerate(words.spans):
            is_name = _meets(span, marked.names)
            if words.coarse[i] not in "DC" and (is_name or not _meets(span, marked.unsure)):
                rows.append(dict.fromkeys(features(words, i), 1.0))
                labels.append(int(is_name))
                weights.append(marked.weight)
    often = Counter(feature for row in rows for feature in row)
    kept = {feature for feature, n in often.items() if n >= 6 and _is_ordinary(feature, kinds)}
    rows = [{feature: 1.0 for feature in row if feature in kept} for row in rows]
    return _fitted(rows, labels, weights, strength=4, least=0.05, sparse=True)


def _meets(span: tuple[int, int], spans: Spans) -> bool:
    return any(start < span[1] and span[0] < end for start, end in spans)


def _is_ordinary(feature: str, kinds: dict[str, str]) -> bool:
    """Whether the words in it are signs or ordinary: no name is a feature."""
    first, *words = feature.split(" ")
    signs = HONORIFICS | PLACE_CUES | {"^", "$", "an", "a", "n"}
    return all(
        word in signs or (kinds.get(word, "")[:3] == "s0o" and kinds[word][3] > "1")
        for word in words[: _NAMED.get(first, 0)]
    )


def _fitted(
    rows: list[dict[str, float]],
    labels: list[int],
    weights: list[float],
    *,
    strength: float,
    least: float,
    sparse: bool,
) -> dict[str, float]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    ratio = 1 if sparse else 0
    solver = "liblinear" if sparse else "lbfgs"
    fitted = LogisticRegression(C=strength, max_iter=400, solver=solver, l1_ratio=ratio, random_state=1)
    fitted.fit(matrix, labels, sample_weight=weights)
    told = zip(vectorizer.feature_names_, fitted.coef_[0], strict=True)
    found = {name: round(float(weight), 2) for name, weight in told if abs(weight) >= least}
    return found | {"": round(float(fitted.intercept_[0]), 2)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), held_out="--held-out" in sys.argv)
