"""Finds e-mail addresses in a text, also when spelled to hide from programs: "budi [at] contoh [dot] example"."""

import re

from services.routing.reading.plates import UNSEEN

EMAIL = "[email]"

_AT = r"(?:[@＠﹫]|\s{0,2}[(\[{]\s?(?:at|@)\s?[)\]}]\s{0,2})"
_DOT = r"(?:\.|\s{0,2}[(\[{]\s?(?:dot|titik)\s?[)\]}]\s{0,2})"
_LABEL = rf"[\w\-{UNSEEN}]{{1,63}}"
_LOCAL = rf"[\w.+%\-{UNSEEN}]"
# `++`, from its first character only: a long name that no @ follows is read once.
_EMAIL = re.compile(rf"(?i)(?<!{_LOCAL}){_LOCAL}++{_AT}{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}")
_SPELLED_AT, _SPELLED_DOT = re.compile(f"(?i){_AT}"), re.compile(f"(?i){_DOT}")
_ANY_AT = re.compile(r"(?i)[@＠﹫]|[(\[{]\s?at\s?[)\]}]|\s(?:at|et|ad)\s{1,2}[gyhormlipa]")


_PROVIDER = r"(?:g\s?mail|yahoo|ymail|rocketmail|hotmail|outlook|icloud|live|proton(?:mail)?|aol|msn)"
_END = r"(?:com?|id|net|org|ac|sch|go|or|web|my|info|biz|example)"
# An address as it is spoken or with blanks: without its signs, only before the name of a known provider.
_HIDDEN_AT = r"(?:[@＠﹫]|(?<=\s)(?:at|et|ad)(?=\s)|[(\[{]\s?(?:at|@)\s?[)\]}])\s{0,2}"
_HIDDEN_DOT = r"\s{0,2}(?:[.,]|(?<=\s)(?:dot|titik)(?=\s)|[(\[{]\s?(?:dot|titik)\s?[)\]}])\s{0,2}"
_SPOKEN = re.compile(
    rf"(?i)(?<!{_LOCAL})(?<![@＠﹫]){_LOCAL}++\s{{0,2}}"
    rf"(?:{_HIDDEN_AT}{_PROVIDER}(?:{_HIDDEN_DOT}{_END}(?![^\W_])){{1,2}}"
    rf"|[@＠﹫]\s{{0,2}}{_LABEL}(?:\.{_LABEL}|\s\.\s{_END}(?![^\W_])){{1,3}})"
)

_UNSEEN = re.compile(f"[{UNSEEN}]")


def mask_emails(text: str, kept: frozenset[str] = frozenset()) -> str:
    """`text` with `[email]` for each address but those that are `kept`, which are in small letters.

    >>> mask_emails("surel tini@contoh.example, budi [at] contoh [dot] example")
    'surel [email], [email]'
    """
    if not _ANY_AT.search(text):
        return text

    def mask(match: re.Match[str]) -> str:
        return match[0] if kept and _plain(match[0]) in kept else EMAIL

    return _SPOKEN.sub(mask, _EMAIL.sub(mask, text))


def _plain(spelled: str) -> str:
    """An address as programs write it."""
    local, *rest = _SPELLED_AT.split(_UNSEEN.sub("", spelled))
    return "@".join([local, _SPELLED_DOT.sub(".", "".join(rest))]).casefold()
