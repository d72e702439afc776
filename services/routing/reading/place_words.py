"""The words by which people say that a name is a place, which sort of place, or none; and a text as such words."""

import re
from collections.abc import Sequence
from typing import NamedTuple


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


VILLAGE = _set("desa ds dsa deso balaidesa baledesa balaides pemdes kel kelurahan klurahan kelurhan klrhn kelrhn")
HEADS = _set("kades kepdes lurah plurah bulurah paklurah")
"""Who heads a village: the word after them is its name, or theirs."""
KECAMATAN = _set(
    "kec kecamatan kcmtn kecmatan kcamatan kecamatn kecmtn kcm camat pakcamat polsek kapolsek koramil danramil kua"
)
HAMLET = _set("dusun dsn dsun dukuh dukuhan dkh dk padukuhan lingkungan blok perum perumahan")
REGENCY = _set("kab kabupaten kabupten kbupaten pemkab bupati")
BEYOND = _set("kota pemkot walikota provinsi propinsi prov")
PERSON = _set("pak bapak bpk bp bu ibu mas mbak mbk mba sdr sdri saudara an nama bernama kang gus yth mbah")
STREET = _set("jl jln jalan jlan gang gg")
ROAD = _set("jalur ruas poros trayek")
"""A road between places, which is no street of a name."""
LANDMARK = _set(
    "bundaran perempatan prapatan prempatan pertigaan pertelon protelon puskesmas pkm pustu stasiun terminal "
    "warga masyarakat wilayah sd sdn smp smpn sma sman smk smkn mts mtsn rsud bendungan bandara"
)
"""What is called by the place where it is; a number may stand between."""
WAY = _set("ke menuju arah sampai smp smpe sampe jurusan dari sebelah tujuan perbatasan tembus tembusan")
"""Words before or after the end of a way."""
NEIGHBOURHOOD = _set("rt rw rtrw")
NUMBER = _set("no nomor nomer gang gg blok km")
SIDES = _set("barat timur selatan utara kulon wetan lor kidul")
LONGER = _set(
    "indah asri permai residence regency regensi estate makmur jaya emas rejo sari mulyo mulya agung anyar kencana"
)
"""A word after a name that makes it another name."""
NOT_NAMES = _set(
    "yang yg dan atau tidak tdk sudah sdh belum blm akan juga jg kami saya untuk utk dengan dgn ini itu pada "
    "agar supaya maupun serta tetapi tapi karena krn kalau klo dalam bagi dari selalu harus hrs sampai setempat "
    "masing terkait lain lainnya mana apa sini sana tersebut desa kelurahan kabupaten provinsi sebelah seluruh "
    "semua"
)
"""Words that follow "kec." or "kab." and name none."""
BEFORE_A_NAME = VILLAGE | KECAMATAN
KNOWN = VILLAGE | HEADS | KECAMATAN | HAMLET | REGENCY | BEYOND | STREET | ROAD | NEIGHBOURHOOD
NO_PLACE = HAMLET | REGENCY | BEYOND | PERSON
"""The word after these is a hamlet, a regency, a province or a person, even if a desa here has the same name."""
AREAS = _set("kab kabupaten kabupten kbupaten kec kecamatan kcmtn kecmatan kcamatan kecamatn kecmtn kcm")
ABBREVIATED = _set("kab kec kcm kcmtn kecmtn")

_WORD = re.compile(r"[A-Za-z]+|\d+")
_ZEROED = re.compile(r"\b[A-Za-z]+0[A-Za-z0]*\b", re.ASCII)
_FEWEST_LETTERS = 4
_SPELLED_OUT = 3
"""Letters of the longest abbreviation that a full stop may follow: "ds.", "kec."."""


class PlacedWords(NamedTuple):
    """The words and numbers of a text in small letters, how each begins, and the marks before each."""

    small: Sequence[str]
    as_written: Sequence[str]
    gaps: Sequence[str]
    """The characters between a word and the one before it; there is one more, after the last."""

    @classmethod
    def of(cls, text: str) -> "PlacedWords":
        written = _WORD.findall(text)
        return cls(" ".join(written).lower().split(), written, _WORD.split(text))

    def at(self, number: int) -> str:
        """The word of this number, in small letters; empty before the first and after the last."""
        return self.small[number] if 0 <= number < len(self.small) else ""

    def gap(self, number: int) -> str:
        """The characters other than blanks before the word of this number, which may be the end."""
        return self.gaps[number].strip()

    def is_capital(self, number: int) -> bool:
        """Whether it is written as a name is, in capitals and small letters."""
        word = self.as_written[number] if 0 <= number < len(self.as_written) else ""
        return word[:1].isupper() and word[1:].islower()

    def stands_out(self, number: int, after: int) -> bool:
        """Whether it is a capitalised name before a word in small letters: in a heading each word has a capital."""
        following = self.as_written[after] if after < len(self.as_written) else ""
        return self.is_capital(number) and not following[:1].isupper()

    def goes_with(self, mark: int) -> bool:
        """Whether the word of this number is joined to the next: no sentence ends between them."""
        gap = self.gap(mark + 1)
        return gap in ("", ":", "/", "-") or (gap in (".", ".:") and len(self.at(mark)) <= _SPELLED_OUT)


def unzeroed(text: str) -> str:
    """ "L0kasi" with the letter for the figure; "rt02" as it is."""
    return _ZEROED.sub(_with_letters, text) if "0" in text else text


def _with_letters(found: re.Match[str]) -> str:
    word = found.group()
    return word.replace("0", "o") if len(word) - word.count("0") >= _FEWEST_LETTERS else word
