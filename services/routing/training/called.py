"""Which words are left out of a model because they are what people are called."""

from services.routing.reading.lexicon import lexicon

_ALWAYS = frozenset({"muhammad", "mohammad", "muhamad", "mohamad", "ahmad", "achmad"})
"""Names that the news has so often that they seem ordinary words."""


def is_name(word: str) -> bool:
    """Whether the word is common in names and not ordinary otherwise: "siti", and not "indah" (beautiful).

    >>> [word for word in ("siti", "wahyu", "jalan", "indah", "lampu") if is_name(word)]
    ['siti', 'wahyu']
    """
    if word in _ALWAYS:
        return True
    kind = lexicon().look(word).kind
    if len(word) < 3 or not kind.startswith("s"):
        return False
    common, ordinary = int(kind[1]), int(kind[3])
    return (common >= 2 and ordinary == 0) or (common == 3 and ordinary <= 2)
