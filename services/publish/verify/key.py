"""Reads the file with the verifier key as people keep it: as Windows or a mail program wrote it, or pasted twice."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from services.publish.log.checkpoint import BadKey, Verifier, read_verifier

_LONGEST = 10_000
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_FENCES = "\"'`<>“”„«»,;"
"""What may stand around a key that was copied out of a text."""


def read_key(data: bytes) -> Verifier:
    """The one key in the file. Raises `BadKey`, whose message says what the file holds in its place."""
    words = _decoded(data).split()
    if not words:
        raise BadKey("the file is empty")
    if any(word.strip(_FENCES).startswith("PRIVATE+KEY+") for word in words):
        raise BadKey(
            "the file holds a private key, which nobody else may see; the verifier key is <name>+<id>+<base64>"
        )
    found = {str(key): key for word in words for key in _keys(word.strip(_FENCES))} or _joined(words)
    if len(found) > 1:
        raise BadKey("the file holds more than one key: keep the one that you trust")
    if not found:
        return read_verifier(" ".join(words))  # whose message says what a key looks like
    return next(iter(found.values()))


def _decoded(data: bytes) -> str:
    if len(data) > _LONGEST:
        raise BadKey(f"the file has {len(data)} bytes: a verifier key is one line, <name>+<id>+<base64>")
    encoding = "utf-8"
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.startswith(BOM_UTF8):
        encoding = "utf-8-sig"
    elif b"\0" in data:  # UTF-16 without a mark: a key begins with letters
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    try:
        return _UNSEEN.sub("", data.decode(encoding))
    except UnicodeDecodeError:
        raise BadKey("the file is no text") from None


def _keys(word: str) -> list[Verifier]:
    """The key that a word is, even twice in a row; none if it is no key."""
    half = len(word) // 2
    for text in (word, word[:half] if word[:half] == word[half:] else ""):
        try:
            return [read_verifier(text)]
        except BadKey:
            continue
    return []


def _joined(words: list[str]) -> dict[str, Verifier]:
    """A key that was broken into lines."""
    return {str(key): key for key in _keys("".join(words).strip(_FENCES))}
