"""The words of routing's public reasons, in the region's language."""

from collections.abc import Mapping
from dataclasses import dataclass

Phrase = Mapping[str, str]
"""The same words in each language, by its code."""


@dataclass(frozen=True)
class Wording:
    category: str
    within: str
    for_place: str
    for_kecamatan: str
    by_kecamatan: str
    for_category: str
    by_words: str
    by_model: str
    nobody: str
    not_today: str
    coordinator: str
    by_official: str
    elsewhere: str
    closed_elsewhere: str
    left: str
    location: str
    relocated: str
    no_place: str
    withdrawn: str
    unsatisfied: str
    silence: str
    late: str
    undone: str
    rescheduled: str


INDONESIAN = Wording(
    category="kategori {category}",
    within=" di Kecamatan {kecamatan}",
    for_place="instansi untuk {place}",
    for_kecamatan="instansi untuk kecamatan ini",
    by_kecamatan="ditangani kecamatan",
    for_category="instansi untuk kategori ini",
    by_words="instansi menurut isi laporan",
    by_model="dipilih mesin, {percent}% yakin menurut model {model}",
    nobody="tidak ada instansi",
    not_today="tetapi {agency} tidak ada pada hari ini",
    coordinator="diteruskan ke koordinator",
    by_official="instansi pilihan petugas verifikasi",
    elsewhere="instansi menurut sistem asal",
    closed_elsewhere="ditutup di sistem asal",
    location="lokasi menurut sistem asal",
    relocated="lokasi menurut sistem asal: {place}; sebelumnya {before}",
    no_place="tanpa wilayah",
    left="kabar dari sistem asal yang tidak dapat diterapkan: {what}",
    withdrawn="ditarik oleh pelapor",
    unsatisfied="pelapor belum puas",
    silence="tidak ada kabar lagi setelah jawaban",
    late="batas waktu terlewati",
    undone="impor nomor {number} yang membawanya dibatalkan",
    rescheduled="kalender hari kerja berubah",
)
ENGLISH = Wording(
    category="category {category}",
    within=" in {kecamatan}",
    for_place="the agency for {place}",
    for_kecamatan="the agency for this district",
    by_kecamatan="the district's own",
    for_category="the agency for this category",
    by_words="the agency by what the report says",
    by_model="chosen by the machine, {percent}% sure by the model {model}",
    nobody="no agency",
    not_today="but there is no {agency} on this day",
    coordinator="passed to the coordinator",
    by_official="the agency that an official chose",
    elsewhere="the agency in the system it came from",
    closed_elsewhere="closed in the system it came from",
    location="the location in the system it came from",
    relocated="the location in the system it came from: {place}; before: {before}",
    no_place="no place",
    left="news from the system it came from that could not be applied: {what}",
    withdrawn="taken back by the reporter",
    unsatisfied="the reporter is not satisfied",
    silence="no further word after the response",
    late="the deadline has passed",
    undone="import {number}, which brought it, was undone",
    rescheduled="the calendar of working days changed",
)


def wording_of(language: str) -> Wording:
    """The words of a language; English if we have no words in it."""
    return {"id": INDONESIAN, "en": ENGLISH}.get(language, ENGLISH)


def say(phrase: Phrase, language: str) -> str:
    """The phrase in a language; in English if it has no words in that language.

    >>> say({"id": "ditolak", "en": "rejected"}, "jv")
    'rejected'
    """
    return phrase.get(language, phrase["en"])
