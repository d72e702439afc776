"""A text as its words, each with what the recogniser of names asks: class, capitals, what stands around it."""

import re

from services.routing.reading.cues import HONORIFICS, OF_HISTORY, RANKS
from services.routing.reading.lexicon import Lexicon

TOKEN = re.compile(r"(?<![^\W_])(?<!\[)[^\W_]+(?:['’][^\W\d_]+)?")
_CHAIN = 4
"""The most words of the name of a street or a school."""
_NOT_THE_TITLE = "dr"
"""Before a place it is "dari" (from)."""


class TextWords:
    """The words of a text, by number; only what is asked of a few of them is computed when it is asked."""

    __slots__ = ("_gaps", "coarse", "kinds", "small", "spans", "telling", "text", "words")

    def __init__(self, text: str, lexicon: Lexicon, places: frozenset[str] = frozenset()) -> None:
        """`places`: words in small letters that are taken for places, unless "pak" or the like stands before."""
        self.text = text
        self.spans = [match.span() for match in TOKEN.finditer(text)]
        self._gaps = [""] * len(self.spans)
        self.words = [text[start:end] for start, end in self.spans]
        self.small = [word.lower() for word in self.words]
        looked = [lexicon.look(word) for word in self.small]
        self.kinds = [each.kind for each in looked]
        self.coarse = [each.coarse for each in looked]
        self._mark_places(places)
        capitals = sum([word[0].isupper() for word in self.words])
        count = len(self.words)
        self.telling = 0.02 * count < capitals < 0.5 * count or (count < 6 and 0 < capitals < count)
        """Whether a capital says something: not where all words have one, or none."""

    def __len__(self) -> int:
        return len(self.words)

    def _mark_places(self, places: frozenset[str]) -> None:
        for i in [i for i, word in enumerate(self.small) if word in places]:
            before = self.small[i - 1] if i else ""
            named = before in HONORIFICS and before != _NOT_THE_TITLE
            if self.coarse[i] != "O" and not named and before not in ("nama", "bernama"):
                self.kinds[i], self.coarse[i] = "p", "P"

    def gap(self, i: int) -> str:
        """What stands before a word: `s` a blank, `n` a line's or the text's start, `-` another sign, or the sign."""
        gap = self._gaps[i]
        if not gap:
            gap = self._gaps[i] = self._gap(i)
        return gap

    def _gap(self, i: int) -> str:
        between = self.text[self.spans[i - 1][1] : self.spans[i][0]] if i else "\n"
        if between == " ":
            return "s"
        if "\n" in between:
            return "n"
        for sign in "!?.:(,":
            if sign in between:
                return "!" if sign == "?" else sign
        return "s" if between.isspace() else "-"

    def shape(self, i: int) -> str:
        """t: a capital first within a sentence, s: at the start of one, u: all capitals, l: small, n: no telling."""
        word = self.words[i]
        if not self.telling:
            return "n"
        if not word[0].isupper():
            return "l"
        if len(word) > 1 and word.isupper():
            return "u"
        gap = self.gap(i)
        return "s" if gap == "n" or (gap in ".!" and len(self.words[i - 1]) > 2) else "t"

    def in_place_name(self, i: int) -> bool:
        """Whether it is within the name of a place: "jl", "desa" or the like stands before it."""
        left = _CHAIN
        while i > 0 and left and self.gap(i) in "s." and self._goes_on(i):
            i -= 1
            if self.coarse[i] == "C" or self.small[i] in OF_HISTORY:
                return True
            left -= self.small[i] not in RANKS and self.coarse[i] != "D"
        return False

    def _goes_on(self, i: int) -> bool:
        coarse = self.coarse[i]
        capital = self.telling and self.words[i][0].isupper() and coarse != "H"
        return coarse in "NnXPD" or self.small[i] in RANKS or capital
