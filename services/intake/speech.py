"""The words by which a region's residents ask for something, as phrases of folded words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.intake.codes import WORD
from services.intake.folding import fold


class Phrases:
    """Phrases of one or more words, each with what it stands for."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self.meanings = {tuple(WORD.findall(fold(each))): name for name, phrases in lists.items() for each in phrases}
        self.beginnings = {"".join(phrase)[:2] for phrase in self.meanings}
        """The first two letters of each."""
        self._longest = max(map(len, self.meanings), default=0)

    def at(self, words: Sequence[str], start: int) -> tuple[str, int]:
        """What the longest phrase that starts with the word `start` stands for, and the word behind it; or "", start.

        >>> Phrases({"thanks": ["suwun", "terima kasih"]}).at(["ya", "terima", "kasih"], 1)
        ('thanks', 3)
        """
        for end in range(min(start + self._longest, len(words)), start, -1):
            if (name := self.meanings.get(tuple(words[start:end]))) is not None:
                return name, end
        return "", start


@dataclass(frozen=True)
class Speech:
    prefix: str
    commands: Phrases
    """Each stands for check, satisfied, unsatisfied, withdraw, amend, stop or help."""
    polite: Phrases
    """Each is a filler, a greeting, or thanks; a message of these alone is no report."""
    automatic: Phrases
    """How messages begin that a machine writes."""
