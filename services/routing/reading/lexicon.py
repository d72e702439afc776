"""What is known of a word: how often people are called so, and how ordinary it is; of an unknown word, how it sounds.

The data in `names/` is made by `services.routing.training.persons`; `names/README.md` tells from what.
"""

import json
import re
from bisect import bisect_left
from functools import lru_cache
from hashlib import blake2s
from pathlib import Path
from typing import NamedTuple

from services.routing.reading.cues import HONORIFICS, PLACE_CUES

FOLDER = Path(__file__).parent / "names"
HASH_BYTES = 5
SALT = "indonamegender-v1"
"""Of the hashes of name words, as their authors published them."""

_AFFIXED = re.compile(
    r"(?:di|mem|men|meng|meny|me|ber|ter|ke|se|pem|pen|peng|pe|per|nge|ng|ny|n)?(.{3,}?)(?:kan|an|i|in|nya|lah|kah|ku|mu|x)?"
)


class Word(NamedTuple):
    """A word as the recogniser sees it."""

    kind: str
    """Its class: `s` and 0 to 3 (how common as a name), `o` and 0 to 3 (how ordinary); `x` and 0 to 4 if unknown."""
    coarse: str
    """H honorific, C the cue of a place, D has digits, P place, O ordinary, N or n name, X unknown."""


class Lexicon:
    """The words, hashes and weights of one folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.kinds = dict(line.split() for line in (folder / "words.txt").read_text("utf-8").splitlines())
        self._hashes = [(folder / f"hashes{n}.bin").read_bytes() for n in (3, 2, 1)]
        model = json.loads((folder / "weights.json").read_text("utf-8")) if (folder / "weights.json").exists() else {}
        self.sounds: dict[str, float] = model.get("sounds", {})
        self.weights: dict[str, float] = model.get("weights", {})
        self.look = lru_cache(maxsize=65536)(self._look)

    def _look(self, word: str) -> Word:
        """What is known of `word`, which is in small letters."""
        kind = self.kinds.get(word)
        if kind is None:
            kind = self._unknown(word)
        return Word(kind, coarse(word, kind))

    def _unknown(self, word: str) -> str:
        if not word.isalpha():
            return "d" if any(letter.isdigit() for letter in word) else "x0"
        if strength := self.strength(word):
            return f"s{strength}o0"
        stem = _AFFIXED.fullmatch(word)
        if stem is not None and len(word) > 4 and "o0" not in self.kinds.get(stem[1], "o0"):
            return "s0o1"
        return f"x{self.sound(word)}"

    def strength(self, word: str) -> int:
        """How common the word is in names by the hashes: 3 most, 0 not at all."""
        key = blake2s((SALT + word).encode(), digest_size=8).digest()[:HASH_BYTES]
        for n, hashes in enumerate(self._hashes):
            if _contains(hashes, key):
                return 3 - n
        return 0

    def sound(self, word: str) -> int:
        """From 0, like an ordinary word, to 4, like a name."""
        logit = self.sounds.get("", 0.0) + sum(self.sounds.get(gram, 0.0) for gram in grams(word))
        return 0 if logit < -3 else 1 if logit < -1 else 2 if logit < 0.5 else 3 if logit < 2 else 4


def coarse(word: str, kind: str) -> str:
    if word in HONORIFICS:
        return "H"
    if word in PLACE_CUES:
        return "C"
    if kind[0] in "dp":
        return kind[0].upper()
    if kind[0] == "x":
        return "X"
    if kind[3] > "1" or kind[:2] == "s0":
        return "O"
    return "N" if kind[1] > "1" else "n"


def grams(word: str) -> list[str]:
    """The parts of two to four letters, with the ends marked."""
    marked = f"^{word}$"
    return [marked[i : i + n] for n in (2, 3, 4) for i in range(len(marked) - n + 1)]


def _contains(hashes: bytes, key: bytes) -> bool:
    """Whether the sorted `hashes`, each of `HASH_BYTES`, have the key."""
    at = bisect_left(range(len(hashes) // HASH_BYTES), key, key=lambda n: hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES])
    return hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES] == key


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon that is shipped, read once."""
    return Lexicon()
