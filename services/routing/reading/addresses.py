"""Finds addresses of homes in a text: a street with a house number, or a house number beside RT and RW.

A street alone, or RT and RW alone, belong to nobody.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBER = r"(?:(?:no|nmr|nomor|nomer|num)\b[.:\s]{0,3}|#)\s?\d{1,4}(?:\s?[a-z](?![^\W_]))?(?:[-/]\d{1,3})?(?![.,]?\d)"
_STREET = r"(?:jl|jln|jalan|jlan|gg|gang|perum(?:ahan)?|komplek(?:s)?|griya|dusun|dsn|ds)\b"
_UNIT = r"(?:\s?(?:rt|rw)\b[\s.:]{0,3}\d{1,3}|\s?/\s?\d{1,3})"
_HOUSE = re.compile(
    rf"(?i)(?<![^\W_])(?:{_STREET}[^\n;!?]{{1,50}}?(?<![^\W_]){_NUMBER}"
    rf"|rt\b[^\n;!?]{{1,24}}?(?<![^\W_]){_NUMBER}"
    r"|blok\s?[a-z]{1,2}\d{0,2}\s?(?:[-/.]|no\.?|nomor)\s?\d{1,3}[a-z]?)"
    r"(?:[\s,.]{0,3}rt\b[\s.:]{0,3}\d{1,3}(?:[\s,./]{0,3}(?:rw\b[\s.:]{0,3})?\d{1,3})?)?"
)
_WHOSE = (
    r"(?:saya|kami|sy|ku|kulo|pak|bu|bpk|bapak|ibu|tetangga|beliau|mbah|orang ?tua|mertua|mas|mbak|sdr|nenek|kakek)"
)
_HOME = (
    rf"(?:(?:rumah|kos|kontrakan|kediaman|omah|griya)(?:nya)?\s{_WHOSE}(?![^\W_])|rumahku|omahku"
    r"|alamat(?:nya|\s(?:saya|rumah|kami|lengkap|tinggal|ktp))?(?:\s?[:=]|\s(?:di|jl|jln|jalan|dsn|ds|gg)\b)?"
    r"|(?:ber)?domisili|(?:ber)?tinggal|beralamat)"
)
_OWN_BEFORE = re.compile(rf"(?i)(?<![^\W_]){_HOME}[^\n;!?]{{0,40}}\Z")
_OWN_AFTER = re.compile(rf"(?i)[^\n;!?]{{0,60}}?(?<![^\W_]){_HOME}")
_PUBLIC = re.compile(
    r"(?i)(?<![^\W_])(?:kantor|toko|rumah makan|rm|hotel|apotek|apotik|bank|klinik|puskesmas|rs|rsud|sd|sdn|smp|smpn"
    r"|sma|sman|smk|tk|paud|masjid|musholla|mushola|gereja|balai|pasar|pt|cv|spbu|warung|cafe|kafe|karaoke|gudang|pabrik|dinas"
    r"|kecamatan|polsek|koramil|terminal|stasiun|ruko|resto|restoran|mall|minimarket|indomaret|alfamart|atm|tiang|pju|gardu)\b"
    r"[^\n;!?]{0,30}\Z"
)
_SIGN = re.compile(r"(?i)(?:\bn(?:o|mr|omor|omer|um)\b|#)[.:\s]{0,4}\d|\bblok\b")


class HomeAddress(NamedTuple):
    start: int
    end: int
    certain: bool
    """It is said to be where somebody lives."""


def addresses(text: str) -> Iterator[HomeAddress]:
    """The addresses of homes, in the order of the text.

    >>> [text[a.start:a.end] for text in ["rumah saya jl. Kenanga no. 12, lampu mati"] for a in addresses(text)]
    ['jl. Kenanga no. 12']
    """
    if _SIGN.search(text) is None:
        return
    for match in _HOUSE.finditer(text):
        before = text[max(0, match.start() - 60) : match.start()]
        if _PUBLIC.search(before):
            continue
        certain = _OWN_BEFORE.search(before) is not None
        if certain or _OWN_AFTER.match(text, match.end()):
            yield HomeAddress(*match.span(), certain)
