"""Lists the words of a word list that a region's keywords meet without being these words.

For whoever changes keywords or stems: `python -m tests.routing.words_met regions/bojonegoro words.txt …`.
"""

import sys
from collections import defaultdict
from pathlib import Path

from contracts.region import load_region
from services.routing.reading.classify import vocabulary, weigh


def main(folder: str, *lists: str) -> None:
    region = load_region(Path(folder))
    known = vocabulary(region.categories.values(), region.slang)
    met: dict[str, set[str]] = defaultdict(set)
    for path in lists:
        for word in Path(path).read_text().lower().split():
            for keywords in weigh(word, known)[1].values():
                met[keywords[0]].add(word)
    for keyword, words in sorted(met.items()):
        if foreign := sorted(words - {keyword}):
            sys.stdout.write(f"{keyword}: {' '.join(foreign)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
