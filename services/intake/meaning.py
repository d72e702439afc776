"""Reads what a text message asks for: the words of the region's commands, in any of the ways that people write them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import takewhile

from services.intake.codes import WORD, Spelling, spellings
from services.intake.domain import CODE, CODE_LENGTH, TEXT_LIMIT, clean_text, may_be_code
from services.intake.folding import Origin, fold
from services.intake.speech import Speech


@dataclass(frozen=True)
class Says:
    """The message is a report."""

    text: str


@dataclass(frozen=True)
class Mentions:
    """No command, but codes of reports: words about one of them."""

    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Asks:
    """CEK: where does this report stand? Without a code: the sender's newest report."""

    code: str | None


@dataclass(frozen=True)
class Rates:
    """PUAS or TIDAK: the reporter is satisfied with the end, or not."""

    code: str
    satisfied: bool
    text: str | None


@dataclass(frozen=True)
class Withdraws:
    """BATAL: the reporter takes the report back."""

    code: str


@dataclass(frozen=True)
class Amends:
    """TAMBAH: the reporter adds words, or forgot them."""

    code: str
    text: str | None


@dataclass(frozen=True)
class LacksCode:
    """PUAS, TIDAK or BATAL without a code; `wish` is what it asks for: satisfied, unsatisfied or withdraw."""

    wish: str


@dataclass(frozen=True)
class IsAnswered:
    """Nothing to do but to answer by the reply of this name: help, thanks, stopped, not_filed or too_long."""

    reply: str


@dataclass(frozen=True)
class NoSuchCode:
    """A command or nothing, and a word in the place of a code that no report has."""

    code: str


Meaning = Says | Mentions | Asks | Rates | Withdraws | Amends | LacksCode | NoSuchCode | IsAnswered

_OPENING, _CLOSING = re.compile(r"^[\W_]+"), "\"'*_”’"


def codes_in(text: str) -> set[str]:
    """Every code that the text may have."""
    return {each.code for each in spellings(fold(text))}


def read_message(text: str, speech: Speech, known: Collection[str] = ()) -> Meaning:
    """What a text message asks for. `known`: those of `codes_in(text)` that a report has.

    The region's keyword may be missing, joined or marked with `#`. A command needs something like a code behind it:
    "tidak ada air" is a report.
    """
    body = body_of(text, speech.prefix)
    if len(body) > TEXT_LIMIT:
        return IsAnswered("too_long")
    return _Reading(body, speech, known, addressed=has_prefix(text, speech.prefix)).meaning()


def body_of(text: str, prefix: str) -> str:
    """The text, cleaned, without the region's keyword."""
    text = clean_text(text)
    keyword = _keyword(text, prefix)
    return clean_text(text[keyword.end() :]) if keyword else text


def has_prefix(text: str, prefix: str) -> bool:
    """Whether the text begins with the region's keyword."""
    return _keyword(clean_text(text), prefix) is not None


def _keyword(text: str, prefix: str) -> re.Match[str] | None:
    """The region's keyword at the start of a clean text; null also if a report's code begins with the same letters."""
    keyword = _prefix(prefix).match(text)
    code = CODE.match(text, keyword.start(1)) if keyword else None
    return None if code and may_be_code(code[1] + code[2]) else keyword


def _prefix(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"^[\s#\"'*“]*({re.escape(prefix)})[\s#:.,;-]*", re.IGNORECASE)


class _Reading:
    """One message: its folded words, where each stands, and what may be a code."""

    def __init__(self, body: str, speech: Speech, known: Collection[str], *, addressed: bool) -> None:
        self._body, self._speech, self._known, self._addressed = body, speech, known, addressed
        self._folded = fold(body)
        spans = [span for word in WORD.finditer(self._folded) for span in self._parts(word)]
        self._words = [self._folded[start:end] for start, end in spans]
        self._starts = [start for start, _ in spans]
        last = self._last_end()
        self._codes = [each for each in spellings(self._folded) if each.whole or each.code in known or each.end == last]

    def meaning(self) -> Meaning:
        if not self._words:
            return Says(self._body) if re.search(r"[^\x00-\x7f]", self._body) else IsAnswered("help")
        first = self._skip(0)
        asked = self._command(first) or self._no_words_of_its_own(first) or self._mention()
        return asked or (Says(self._body) if any(map(str.isalpha, self._folded)) else IsAnswered("help"))

    def _parts(self, word: re.Match[str]) -> list[tuple[int, int]]:
        """The word, or the command and the code that are joined in it: `cekk7m2p9qa`."""
        start, end = word.span()
        middle = end - CODE_LENGTH
        joined = (word[0][:-CODE_LENGTH],) in self._speech.commands.meanings and may_be_code(word[0][-CODE_LENGTH:])
        return [(start, middle), (middle, end)] if joined else [(start, end)]

    def _last_end(self) -> int:
        """Where the last word ends that is not said for politeness alone."""
        polite = self._speech.polite
        last = next((n for n in range(len(self._words) - 1, -1, -1) if not polite.at(self._words[n : n + 1], 0)[0]), -1)
        return self._starts[last] + len(self._words[last]) if last >= 0 else -1

    def _command(self, at: int) -> Meaning | None:
        """What a command at the word `at`, or behind a code there, asks for."""
        if (code := self._code_at(at)) is not None:
            return self._after_code(code)
        name, after = self._name_at(at)
        if not name:
            return None
        code = self._code_at(self._skip(after))
        if code is None and name in ("check", "help"):
            code = next((each for each in self._codes if each.code in self._known), None)
        if code is None:
            return self._without_code(name, after)
        return self._do(name, code, self._rest(code.end))

    def _after_code(self, code: Spelling) -> Meaning | None:
        behind = self._skip(sum(start < code.end for start in self._starts))
        if behind == len(self._words):
            return self._do("check", code, "")
        name, after = self._name_at(behind)
        return self._do(name, code, "") if name and self._skip(after) == len(self._words) else None

    def _do(self, name: str, code: Spelling, rest: str) -> Meaning:
        if code.code not in self._known:
            return NoSuchCode(code.code)
        match name:
            case "withdraw":
                return Withdraws(code.code)
            case "amend":
                return Amends(code.code, rest or None)
            case "satisfied" | "unsatisfied":
                return Rates(code.code, name == "satisfied", rest or None)
            case "stop":
                return IsAnswered("stopped")
            case _:
                return Asks(code.code)

    def _without_code(self, name: str, after: int) -> Meaning | None:
        first = self._skip(after)
        if first + 1 < len(self._words) and self._skip(first + 1) < len(self._words):
            return None
        if first < len(self._words):
            mistyped = name not in ("stop", "help") and any(map(str.isdigit, self._words[first]))
            return NoSuchCode(self._words[first].upper()[:20]) if mistyped else None
        match name:
            case "check":
                return Asks(None)
            case "stop":
                return IsAnswered("stopped")
            case "help" | "amend":
                return IsAnswered("help")
            case _:
                return LacksCode(name)

    def _no_words_of_its_own(self, first: int) -> Meaning | None:
        """A message of greetings, thanks and the like, or one that a machine wrote."""
        if not self._addressed and any(self._speech.automatic.at(self._words, n)[0] for n in (0, first)):
            return IsAnswered("not_filed")
        if first < len(self._words):
            return None
        thanks = any(self._speech.polite.at(self._words, n)[0] == "thanks" for n in range(len(self._words)))
        return IsAnswered("thanks" if thanks else "help")

    def _mention(self) -> Meaning | None:
        codes = tuple(dict.fromkeys(each.code for each in self._codes if each.code in self._known))
        return Mentions(codes, self._body) if codes else None

    def _skip(self, at: int) -> int:
        """The first word from `at` on that is not said for politeness alone."""
        while at < len(self._words) and not self._is_spaced(at):
            name, after = self._speech.polite.at(self._words, at)
            if not name or after < self._speech.commands.at(self._words, at)[1]:
                break
            at = after
        return at

    def _name_at(self, at: int) -> tuple[str, int]:
        """What the command at the word `at` asks for, and the word behind it; "" if there is none."""
        if (spaced := self._spaced(at)) is not None:
            return spaced
        return self._speech.commands.at(self._words, at)

    def _is_spaced(self, at: int) -> bool:
        return self._spaced(at) is not None

    def _spaced(self, at: int) -> tuple[str, int] | None:
        """A command whose letters stand alone: C E K."""
        if "".join(self._words[at : at + 2]) not in self._speech.commands.beginnings:
            return None
        letters = "".join(takewhile(lambda word: len(word) == 1, self._words[at : at + 20]))
        for words, name in self._speech.commands.meanings.items():
            command = "".join(words)
            if len(command) > 1 and letters.startswith(command):
                return name, at + len(command)
        return None

    def _code_at(self, at: int) -> Spelling | None:
        """The code that starts with the word `at`."""
        if at >= len(self._words):
            return None
        return next((each for each in self._codes if each.start == self._starts[at]), None)

    def _rest(self, end: int) -> str:
        """What was written behind the position `end` of the folded text."""
        if end >= len(self._folded):
            return ""
        start, _ = Origin(self._body).span(end, end + 1)
        rest = _OPENING.sub("", self._body[start:])
        return rest.rstrip(_CLOSING) if _OPENING.match(self._body) else rest
