"""Whether a message is no report: fraud, promotion or a prank. When in doubt it is a report. Pure.

Evidence are the region's phrases, a link, prices and the codes of networks, a sender that is no telephone number, and
a model, if there is one. Against it are the words of reports.
"""

import re
from collections.abc import Mapping
from math import exp, log

from contracts.phrases import PhrasesFound
from services.routing.reading.reading import Judged

NONE, FRAUD, PROMOTION, PRANK = "none", "fraud", "promotion", "prank"

_LINK = re.compile(r"https?:/|www\.|\.(?:com|me|ly|co|net|org|info|xyz|site|id|example)\b|blogspot")
_OFFER = re.compile(
    r"\*\d{2,}[\d*]*#|s&(?:amp;)?k\b|u/info\b|pin ?[:;_]|rek ?[:.]|\bke \d{3,4}\b|no\.? ?rek\b"
    r"|rp\.? ?\d|\d ?(?:(?:rb|ribu|jt|gb|mb|mnt)\b|%)"
)
_PHONE = re.compile(r"\b0?8\d{8,11}\b|\[(?:nomor|telp)")
_MASHED = re.compile(r"\b(?:asdf|qwer|zxcv|hjkl|jkl)\w*")
_READ = 600
"""The characters in which signs of an offer are looked for."""
_ENOUGH, _LONG, _PER_WORD = 2.0, 40, 0.05
"""The evidence that is enough by itself; the words from which on each speaks a little against it."""
_LEAST = 1e-3
_BEGIN = 1.2
"""What is added to a model's log odds: it was trained on many more reports than there is spam among ordinary SMS."""
_SENDER: Mapping[str, float] = {"name": 1.5, "short-code": 1.5}
_SHORT, _FEWEST = 12, 2
"""A prank has at most so many words; a message of fewer different words than these says nothing."""
_REPORTS = ("spam.other", "kind.trouble", "kind.asks", "emergency.danger", "emergency.risk", "sensitive.matters")
"""What no prank has."""
_SHOWN = 40
_RUDE = 0.6
"""The share of insults in a message that has nothing else."""


def spam_of(
    text: str, found: PhrasesFound, sender: str | None = None, told: Mapping[str, float] | None = None
) -> Judged:
    """`fraud`, `promotion`, `prank` or `none`; the reason is the evidence.

    `sender`: number, short-code or name, as far as it is known; `told`: the probabilities of a model.
    """
    fraud, promotion = (found.places(f"spam.{name}") for name in (FRAUD, PROMOTION))
    score, evidence = _evidence(text, found, sender)
    odds = score - _ENOUGH
    if told is not None:
        spam = 1 - told.get(NONE, 1.0)
        odds = _BEGIN + 0.5 * score + log(max(_LEAST, spam) / max(_LEAST, 1 - spam))
    chance = 1 / (1 + exp(-odds))
    if odds > 0:
        likelier = told is not None and told.get(FRAUD, 0.0) > told.get(PROMOTION, 0.0)
        value = FRAUD if fraud > promotion or (fraud == promotion and likelier) else PROMOTION
        return Judged(value, round(chance, 3), ", ".join(evidence))
    if said := _prank(text, found):
        return Judged(PRANK, 0.7, said)
    return Judged(NONE, round(1 - chance, 3), "")


def _evidence(text: str, found: PhrasesFound, sender: str | None) -> tuple[float, list[str]]:
    fraud, promotion, reports = (found.places(f"spam.{name}") for name in (FRAUD, PROMOTION, "other"))
    text = text[:_READ].lower()
    link, phone = _LINK.search(text), _PHONE.search(text)
    offers = set(_OFFER.findall(text))
    score = 2.0 * min(2, fraud) + min(3, promotion) + bool(link) + 0.8 * min(2, len(offers)) + 0.5 * bool(phone)
    score += _SENDER.get(sender or "", 0.0) - min(3, reports) - _PER_WORD * max(0, len(found.words) - _LONG)
    words = [found.shown("spam.fraud", "spam.promotion")] if fraud or promotion else []
    signs = [match.group() for match in (link,) if match]
    return score, [*words, *signs, *([sender] if sender and sender in _SENDER else [])]


def _prank(text: str, found: PhrasesFound) -> str:
    """What makes the message a prank; empty if nothing does."""
    letters = [word for word in found.words if word.isalpha()]
    if len(letters) > _SHORT or any(found.of.get(name) for name in _REPORTS):
        return ""
    if 2 * found.covered("spam.prank") >= len(letters) and found.of.get("spam.prank"):
        return found.shown("spam.prank")
    if mashed := _MASHED.findall(text.lower()):
        return ", ".join(mashed) if 2 * len(mashed) >= len(letters) else ""
    if letters and found.places("spam.rude") >= _RUDE * len(letters):
        return found.shown("spam.rude")
    return text.strip()[:_SHOWN] if len(set(letters)) < _FEWEST else ""
