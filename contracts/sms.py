"""How long a text is as an SMS, and whether one SMS holds it. GSM 03.38: 160 septets, or 70 characters of UCS-2."""

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet: one septet each."""
GSM7_EXTENSION = frozenset("^{}\\[~]|€\f")
"""Two septets each."""
GSM7_ALL = GSM7 | GSM7_EXTENSION


def length(text: str) -> int:
    """Septets; of a text with a character outside the GSM alphabet, code units of UCS-2."""
    if GSM7_ALL.issuperset(text):
        return len(text) + sum(character in GSM7_EXTENSION for character in text)
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def limit(text: str) -> int:
    """The greatest `length` that one SMS with these characters holds.

    >>> limit("Laporan diterima"), limit("Laporan diterima \u2713")
    (160, 70)
    """
    return 160 if GSM7_ALL.issuperset(text) else 70


def shorten(text: str, room: int) -> str:
    """`text` without its end, so that its `length` is at most `room`; the words cut off are marked by three dots.

    >>> shorten("ditolak oleh admin", 10)
    'ditolak...'
    """
    if length(text) <= room:
        return text
    end = len(text)
    while end and length(text[:end].rstrip() + "...") > room:
        end -= 1
    return text[:end].rstrip() + "..." if end else ""
