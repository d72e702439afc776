"""Finds Indonesian vehicle plates in a text, and leaves house numbers, sizes and prices that look like them."""

import re

PLATE = "[pelat nomor]"
UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff"
"""Invisible characters, to be put inside a character class of a regular expression."""

_CODES = (
    "AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|CC|CD|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|DS|DT|DW|EA|EB|ED"
    "|KB|KH|KT|KU|PA|PB|PG|PS|PT|PY|A|B|D|E|F|G|H|K|L|M|N|P|R|S|T|W|Z"
)
_GAP = rf"[ .\-\u2010-\u2015{UNSEEN}]{{0,3}}+"
_PLATE = re.compile(
    rf"(?<![\w\[@#])({_CODES}|{_CODES.lower()}){_GAP}(\d{{1,4}}){_GAP}([A-Z]{{1,3}}|[a-z]{{1,3}})(?!\w)"
)
_VEHICLE = re.compile(
    r"(?i)(?<![^\W_])(?:nopol|no\.? ?pol|nomor polisi|bernomor|plat|pelat|motor|mobil|truk|truck|bus|bis|angkot"
    r"|sepeda motor|pick ?up|kendaraan|avanza|xenia|beat|vario|supra|vixion|ninja|scoopy|mio|jupiter|tronton"
    r"|dump|travel|taksi|ojek)"
    r"[^\n]{0,25}\Z"
)
_OTHER_CODE = re.compile(
    r"(?i)(?<![^\W_])(?:pin|kode|voucher|vocer|token|tipe|type|seri|ruang|gedung|lulusan)[^\w\n]{0,5}\Z"
)
_NAMED_PLATE = re.compile(
    rf"(?=[nNpP])(?<![\w\[])((?i:nopol|no\.? ?pol|plat(?: nomor| no)?)\W{{1,3}}+)(?i:{_CODES}){_GAP}\d{{1,4}}"
    rf"(?:({_GAP})([A-Z]{{1,3}}|[a-z]{{1,3}})(?!\w)|(?!\w))"
)
_NOT_A_PLATE = frozenset(
    re.findall(
        r"\w+",
        """
        rt rw km kg cm mm m m2 ha gr ton wib rb ribu jt juta hr hari th thn bln bl jam jm mnt dtk kk or org
        org2 di ke dr dan yg dg dgn utk tdk gak ga jg ada ini itu dst dll an no pak bu mas mbk sdh sdr bs
        bisa kali x kel kec kab desa ds dsn dk sd smp sma smk tk paud mi mts ma pcs bh unit up lt gg blok
        """,
    )
)


def mask_plates(text: str) -> str:
    """`text` with `[pelat nomor]` for each plate.

    >>> mask_plates("motor S 1234 AB di RT 02 RW 03")
    'motor [pelat nomor] di RT 02 RW 03'
    """
    text = _NAMED_PLATE.sub(_named_plate, text)
    return _PLATE.sub(_plate, text)


def _named_plate(match: re.Match[str]) -> str:
    name, gap, suffix = match.groups()
    return f"{name}{PLATE}{gap}{suffix}" if suffix in _NOT_A_PLATE else name + PLATE


def _plate(match: re.Match[str]) -> str:
    code, number, suffix = match.groups()
    if code.isupper() != suffix.isupper() or suffix.lower() in _NOT_A_PLATE:
        return match[0]
    # "dd 2023" is a village's budget (dana desa) far more often than a car of Makassar.
    is_year = len(number) == 4 and number[:2] in ("19", "20")
    if is_year and (code.islower() or code in ("DD", "AD")):
        return match[0]
    before = match.string[max(0, match.start() - 45) : match.start()]
    if _OTHER_CODE.search(before):
        return match[0]
    # "P3K", "D3 BSI" and "DL46J" are words of offices; nearly all plates have three digits or four.
    if len(number) < 3 and (len(number) == 1 or not _VEHICLE.search(before)):
        return match[0]
    return PLATE
