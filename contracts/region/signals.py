"""The shape of signals.yaml: the words for an emergency, a sensitive matter, spam, a question and an idea."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.phrases import PhraseBook, read_phrase
from contracts.region.read import YamlFile

NAME = "signals.yaml"
PARTS = ("emergency", "sensitive", "kind", "spam")

_WORD = re.compile(r"[a-z]+\*?|~[a-z]{4,}")
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=2000)]


class SignalShape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def lists(self) -> Mapping[str, tuple[str, ...]]:
        return vars(self)


class EmergencyWords(SignalShape):
    """See `contracts.emergency`."""

    danger: Words = ()
    risk: Words = ()
    """What is a danger only with more than itself."""
    other: Words = ()
    """In which the words of a danger stand for something else."""
    harm: Words = ()
    """Somebody is in it."""
    now: Words = ()
    """It happens now, or help is asked for."""
    against: Words = ()
    """It is over, feared or asked about."""


class SensitiveWords(SignalShape):
    matters: Words = ()
    other: Words = ()


class KindWords(SignalShape):
    asks: Words = ()
    wonders: Words = ()
    """It asks, perhaps as a reproach."""
    ideas: Words = ()
    trouble: Words = ()


class SpamWords(SignalShape):
    fraud: Words = ()
    promotion: Words = ()
    prank: Words = ()
    rude: Words = ()
    """Insults, and the words that go with them: a message of these alone is a prank."""
    other: Words = ()
    """It is a report all the same."""


class RegionSignals(SignalShape):
    """The file signals.yaml; without it the desk knows none of these by words."""

    groups: Mapping[str, Words] = {}
    emergency: EmergencyWords = EmergencyWords()
    sensitive: SensitiveWords = SensitiveWords()
    kind: KindWords = KindWords()
    spam: SpamWords = SpamWords()

    def book(self, *parts: str, slang: Mapping[str, str]) -> PhraseBook:
        """The phrases of these parts, in lists called `part.list`."""
        lists = {f"{part}.{name}": phrases for part in parts for name, phrases in getattr(self, part).lists.items()}
        return PhraseBook.of(lists, self.groups, slang)


def check_signals(document: YamlFile, signals: RegionSignals) -> None:
    """Add a fault for each phrase that cannot be read."""
    for where, phrase in _phrases(signals):
        try:
            read_phrase(phrase, signals.groups)
        except ValueError as error:
            document.fault(document.line(*where), f"{'.'.join(map(str, where[:-1]))}: {error}")
    for name, words in signals.groups.items():
        for n, word in enumerate(words):
            if not _WORD.fullmatch(word):
                what = (
                    f"groups.{name}: {word!r} is no word; write small letters, with * for any ending or ~ for its forms"
                )
                document.fault(document.line("groups", name, n), what)


def _phrases(signals: RegionSignals) -> Iterator[tuple[tuple[str, str, int], str]]:
    for part in PARTS:
        for name, phrases in getattr(signals, part).lists.items():
            for n, phrase in enumerate(phrases):
                yield (part, name, n), phrase
