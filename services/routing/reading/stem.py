"""Reduces the usual forms of an Indonesian word to one stem, so that a short list of words matches many messages."""

import re

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_PREFIXES = re.compile(r"^(?:meng|meny|mem|men|me|peng|peny|pem|pen|per|pe|ber|be|ter|di|ke|se|nge|ng|ny)(?=[a-z]{4})")
_SUFFIXES = re.compile(r"(?<=[a-z]{4})(?:nya|ne|kan|an|lah|kah|ku|mu|in|i|e)$")

_CLITICS = ("nya", "ne", "e", "ku", "mu", "lah", "kah")
_OF_ALL = ("nya", "ku", "mu")
"""The clitics that abbreviations have too: "ktpku"."""
_ENDS = (*_CLITICS, "kan", "i", "an", "in")
_SHORT, _PLAIN = 4, 5
"""The letters of a word that has clitics and the prefixes of verbs, and of one that has all affixes."""
_BEFORE = (
    "di",
    "ter",
    "se",
    "ber",
    "ke",
    "per",
    "pe",
    "dipe",
    "diper",
    "meng",
    "me",
    "mem",
    "men",
    "peng",
    "pem",
    "pen",
    "nge",
)
_NASAL = (
    ("meny", "s"),
    ("peny", "s"),
    ("mem", "p"),
    ("pem", "p"),
    ("men", "t"),
    ("pen", "t"),
    ("meng", "k"),
    ("peng", "k"),
)
"""A prefix that takes the place of the word's first letter: "menyuap" is "suap"."""
_OF_VERBS = ("di", "me", "meng", "mem", "men", "meny")
_OF_NOUNS = ("di", "se", "ber")
"""The prefixes of a word that has its own suffix already: "pertimbangan" is no form of "timbangan"."""


def stem(word: str) -> str:
    """The word without one common prefix, one common suffix, and letters repeated three times or more.

    >>> [stem(word) for word in ("berlubang", "dilubangi", "lubangnya")]
    ['lubang', 'lubang', 'lubang']
    """
    return _SUFFIXES.sub("", _PREFIXES.sub("", _DRAWN_OUT.sub(r"\1", word)))


def roots(word: str) -> list[str]:
    """The words that this one may be a form of, itself first. Each stands whole in it: no letter is cut from a keyword.

    >>> "aspal" in roots("pengaspalan"), "suap" in roots("menyuap"), "ikan" in roots("berikan")
    (True, True, False)
    """
    word = _DRAWN_OUT.sub(r"\1", word)
    bare = [
        word,
        *(
            word.removesuffix(end)
            for end in _CLITICS
            if word.endswith(end) and len(word) >= len(end) + (2 if end in _OF_ALL else 4)
        ),
    ]
    ended = [word.removesuffix(end) for end in _ENDS if word.endswith(end)]
    found = dict.fromkeys(bare)
    found.update(dict.fromkeys(each for each in ended if len(each) >= _PLAIN))
    for each in dict.fromkeys((*bare, *ended)):
        found.update(dict.fromkeys(_without_prefix(each)))
    return list(found)


def _without_prefix(word: str) -> list[str]:
    pairs = [(before, word.removeprefix(before)) for before in _BEFORE if word.startswith(before)]
    pairs += [(before, letter + word.removeprefix(before)) for before, letter in _NASAL if word.startswith(before)]
    return [root for before, root in pairs if _may_stand_before(before, root)]


def _may_stand_before(prefix: str, root: str) -> bool:
    if len(root) < _PLAIN:
        return len(root) == _SHORT and prefix in _OF_VERBS
    return not root.endswith("an") or prefix in _OF_NOUNS
