"""What a message's words say of its kind, its urgency, spam and sensitive matters; with a model, what that says too."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, Self

from contracts.phrases import PhraseBook
from contracts.region import Region
from contracts.region.signals import PARTS
from services.routing.reading.kind import kind_of
from services.routing.reading.reading import Judged
from services.routing.reading.sensitive import sensitive_of
from services.routing.reading.spam import spam_of
from services.routing.reading.urgency import urgency_of
from services.routing.wording import Phrase, say

Scores = Mapping[str, Mapping[str, float]]
"""The probability of each class of each head of a model."""


class SignalModel(Protocol):
    """What of a model is used."""

    def scores(self, text: str, extra: Mapping[str, float]) -> Scores: ...


class HeardSignals(NamedTuple):
    kind: Judged
    urgency: Judged
    spam: Judged
    sensitive: Judged


class Signals:
    """Reads the signals of messages, in some 60 microseconds each beside the model; built once from a region."""

    def __init__(self, book: PhraseBook, language: str, scores: Callable[[str], Scores]) -> None:
        self._book, self._language, self._scores = book, language, scores

    @classmethod
    def of(cls, region: Region, model: SignalModel | None = None) -> Self:
        scores: Callable[[str], Scores] = (lambda text: model.scores(text, {})) if model else (lambda _: {})
        return cls(region.signals.book(*PARTS, slang=region.slang), region.language, scores)

    def hear(self, text: str, sender: str | None = None, told: Scores | None = None) -> HeardSignals:
        """All four at once. `told`: what the model says of the text, if the caller has asked it already."""
        found, told = self._book.find(text), self._scores(text) if told is None else told
        return HeardSignals(
            self._in_words(_KIND, kind_of(found, told.get("kind"))),
            self._in_words(_URGENCY, urgency_of(found)),
            self._in_words(_SPAM, spam_of(text, found, sender, told.get("spam"))),
            self._in_words(_SENSITIVE, sensitive_of(found)),
        )

    def kind(self, text: str) -> Judged:
        """`complaint`, `aspiration` or `information`."""
        return self.hear(text).kind

    def urgency(self, text: str) -> Judged:
        """`urgent` or `normal`."""
        return self.hear(text).urgency

    def spam(self, text: str, sender: str | None = None) -> Judged:
        """`fraud`, `promotion`, `prank` or `none`."""
        return self.hear(text, sender).spam

    def sensitive(self, text: str) -> Judged:
        """`yes` or `no`."""
        return self.hear(text).sensitive

    def _in_words(self, reasons: Mapping[str, Phrase], judged: Judged) -> Judged:
        """With a reason that officials understand."""
        said = say(reasons[judged.value], self._language)
        return judged._replace(reason=f"{said}: {judged.reason}" if judged.reason else said)


_KIND: Mapping[str, Phrase] = {
    "complaint": {"id": "mengeluhkan sesuatu", "en": "it complains"},
    "aspiration": {"id": "mengusulkan sesuatu", "en": "it proposes something"},
    "information": {"id": "menanyakan sesuatu", "en": "it asks something"},
}
_URGENCY: Mapping[str, Phrase] = {
    "urgent": {"id": "bahaya saat ini", "en": "danger now"},
    "normal": {"id": "tidak tampak bahaya saat ini", "en": "no danger now"},
}
_SPAM: Mapping[str, Phrase] = {
    "fraud": {"id": "tampak penipuan", "en": "it looks like fraud"},
    "promotion": {"id": "tampak promosi", "en": "it looks like promotion"},
    "prank": {"id": "tampak iseng atau kosong", "en": "it looks like a prank or says nothing"},
    "none": {"id": "tampak laporan", "en": "it looks like a report"},
}
_SENSITIVE: Mapping[str, Phrase] = {
    "yes": {"id": "perkara peka", "en": "a sensitive matter"},
    "no": {"id": "tidak tampak peka", "en": "nothing sensitive"},
}
