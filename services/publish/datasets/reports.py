"""The dataset *reports*: every public report, a row each."""

from collections.abc import Iterator, Sequence

import orjson

from contracts.events import (
    CaseAcknowledged,
    CaseAmended,
    CaseClosed,
    CaseCorrected,
    CaseDisposed,
    CaseMerged,
    CaseOpened,
    CaseOpenedV2,
    CaseRelocated,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
    CaseSplit,
    Channel,
    Closure,
    Kind,
    PlaceFrom,
)
from services.publish.datasets.dataset import BATCH, Dataset, Snapshot
from services.publish.datasets.field import (
    Before,
    Equal,
    Field,
    FieldProof,
    From,
    HasWords,
    Inside,
    Row,
    Said,
    Type,
    WithinBox,
    members,
    name_of,
)
from services.publish.datasets.rules import Derived
from services.publish.datasets.spelling import record_spelled

STATUSES = ("verified", "disposed", "in_progress", "responded", "closed", "reopened")
OPEN = {"open": tuple(status for status in STATUSES if status != "closed")}
"""What a list may ask for in one word: every status but `closed`, as in Open311."""

_OPENED = (CaseOpened, CaseOpenedV2)

_CATEGORY = Field(
    "category",
    Type.STRING,
    Said("Kode kategorinya.", "The code of its category; what Open311 calls a service code."),
    empty=False,
    filters=(Equal(lambda region: region.categories),),
    taken=(*_OPENED, CaseDisposed),
    confidential=True,
    refers="categories",
    example="jalan-rusak",
)
_AGENCY = Field(
    "agency",
    Type.STRING,
    Said("Id instansi yang menangani, atau yang menanganinya.", "The id of the agency that must act, or did."),
    filters=(Equal(lambda region: region.agencies),),
    taken=(CaseOpenedV2, CaseDisposed, CaseAcknowledged, CaseResponded, CaseSplit),
    confidential=True,
    refers="agencies",
    example="dpu",
)

FIELDS = (
    Field(
        "id",
        Type.STRING,
        Said("Id publik laporan, UUID acak.", "The report's public id, a random UUID."),
        empty=False,
        confidential=True,
        example="0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10",
    ),
    Field(
        "kind",
        Type.STRING,
        Said(
            "complaint (pengaduan), aspiration (aspirasi) atau information (permintaan informasi).",
            "complaint, aspiration (an idea) or information (a request for it).",
        ),
        empty=False,
        choices=tuple(Kind),
        filters=(Equal(lambda _: tuple(Kind)),),
        taken=_OPENED,
        confidential=True,
    ),
    Field(
        "channel",
        Type.STRING,
        Said(
            "Kanal masuknya: sms, whatsapp, web, open311, radio, dan lain-lain.",
            "The channel it came by: sms, whatsapp, web, open311, radio, and so on.",
        ),
        empty=False,
        choices=tuple(Channel),
        filters=(Equal(lambda _: tuple(Channel)),),
        taken=_OPENED,
        confidential=True,
    ),
    _CATEGORY,
    _AGENCY,
    Field(
        "place_code",
        Type.STRING,
        Said("Kode resmi desa, kelurahan atau kecamatan.", "The official code of its desa, kelurahan or kecamatan."),
        path=("place", "code"),
        filters=(Inside("place"),),
        taken=(*_OPENED, CaseRelocated),
        refers="places",
        example="35.22.15.2001",
    ),
    Field(
        "place",
        Type.STRING,
        Said("Nama wilayah itu.", "The name of that place."),
        path=("place", "name"),
        taken=(*_OPENED, CaseRelocated),
        example="Tapelan",
    ),
    Field(
        "kecamatan",
        Type.STRING,
        Said("Nama kecamatannya.", "The name of the kecamatan (subdistrict)."),
        path=("place", "kecamatan"),
        taken=(*_OPENED, CaseRelocated),
        example="Kapas",
    ),
    Field(
        "lat",
        Type.NUMBER,
        Said(
            "Lintang dalam derajat, WGS 84; hanya bila pelapor memberinya.",
            "Latitude in degrees, WGS 84; only if the reporter gave it.",
        ),
        filters=(WithinBox("bbox"),),
        taken=(*_OPENED, CaseRelocated),
        example=-7.1823,
    ),
    Field(
        "long",
        Type.NUMBER,
        Said(
            "Bujur dalam derajat, WGS 84; hanya bila pelapor memberinya.",
            "Longitude in degrees, WGS 84; only if the reporter gave it.",
        ),
        taken=(*_OPENED, CaseRelocated),
        example=111.9317,
    ),
    Field(
        "status",
        Type.STRING,
        Said("Keadaannya: " + ", ".join(STATUSES) + ".", "Its state: " + ", ".join(STATUSES) + "."),
        empty=False,
        choices=STATUSES,
        filters=(Equal(lambda _: STATUSES, OPEN),),
        confidential=True,
    ),
    Field(
        "text",
        Type.STRING,
        Said(
            "Isi laporan tanpa data pribadi; kosong bila laporan dirahasiakan.",
            "The words of the report, personal data removed; empty if it is confidential.",
        ),
        proof=FieldProof.WORDS,
        filters=(HasWords("q"),),
        taken=_OPENED,
        example="Jalan desa Tapelan rusak parah",
    ),
    Field(
        "received_at",
        Type.DATETIME,
        Said("Waktu laporan diterima, dalam UTC.", "When the report was received, in UTC."),
        empty=False,
        filters=(From("received_from"), Before("received_to")),
        taken=_OPENED,
        confidential=True,
    ),
    Field(
        "verified_at",
        Type.DATETIME,
        Said("Waktu laporan diverifikasi dan menjadi publik, dalam UTC.", "When it became public, in UTC."),
        empty=False,
        confidential=True,
    ),
    Field(
        "due_at",
        Type.DATETIME,
        Said(
            "Batas waktu jawaban instansi berikutnya, dalam UTC; kosong bila tidak ada yang ditunggu, seperti setelah "
            "jawaban atau penutupan.",
            "When the agency's next answer is due, in UTC; empty if none is, as after an answer or a close.",
        ),
        taken=(CaseOpenedV2, CaseDisposed, CaseReopened, CaseSplit, CaseRescheduled),
        confidential=True,
    ),
    Field(
        "updated_at",
        Type.DATETIME,
        Said("Waktu perubahan terakhir, dalam UTC.", "When it last changed, in UTC."),
        empty=False,
        filters=(From("updated_from"),),
        confidential=True,
    ),
    Field(
        "closed_at",
        Type.DATETIME,
        Said("Waktu ditutup, dalam UTC; kosong selama terbuka.", "When it was closed, in UTC; empty while it is open."),
        confidential=True,
    ),
    Field(
        "closure",
        Type.STRING,
        Said("Alasan penutupan: " + ", ".join(Closure) + ".", "Why it was closed: " + ", ".join(Closure) + "."),
        choices=tuple(Closure),
        taken=(CaseClosed,),
        confidential=True,
    ),
    Field(
        "place_from",
        Type.STRING,
        Said(
            "Dari mana wilayah itu diketahui: sender (disebut pelapor), words (dari isi atau alamat), coordinates "
            "(koordinat dalam batasnya), nearest (pusatnya terdekat dari koordinat), official (dipilih admin).",
            "What the place is known by: sender (who filed it named it), words (its name is in the text or address), "
            "coordinates (they lie in its outline), nearest (its centre is the nearest to them), official (chosen).",
        ),
        since=3,
        choices=tuple(PlaceFrom),
        taken=(*_OPENED, CaseRelocated),
    ),
    Field(
        "responded_at",
        Type.DATETIME,
        Said(
            "Waktu tindak lanjut terakhir, dalam UTC; kosong bila belum ada.",
            "When an agency answered it last, in UTC; empty if none did.",
        ),
        since=3,
        confidential=True,
    ),
    Field(
        "closes_at",
        Type.DATETIME,
        Said(
            "Waktu laporan ditutup karena pelapor diam, dalam UTC; kosong bila tidak sedang menunggu pelapor.",
            "When silence will close it, in UTC; empty unless it is answered and its reporter's word is awaited.",
        ),
        since=3,
        taken=(CaseResponded, CaseCorrected, CaseAmended),
        confidential=True,
    ),
    Field(
        "escalated_at",
        Type.DATETIME,
        Said(
            "Waktu eskalasi karena terlambat, dalam UTC; kosong bila tidak ada sejak disposisi atau dibuka kembali.",
            "When it was escalated as late, in UTC; empty if it was not since it was given to its agency or reopened.",
        ),
        since=3,
        confidential=True,
    ),
    Field(
        "duplicate_of",
        Type.STRING,
        Said(
            "Id laporan utama, bila petugas menggabungkan laporan ini ke dalamnya dan keduanya publik.",
            "The id of the main report that an official merged it into, if all of both is public.",
        ),
        since=4,
        taken=(CaseMerged,),
        example="0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10",
    ),
    Field(
        "reported_by",
        Type.INTEGER,
        Said(
            "Banyaknya laporan publik tentang hal ini: laporan ini, dan yang digabung ke dalamnya.",
            "How many public reports tell of the matter: this one, and those that were merged into it.",
        ),
        empty=False,
        since=4,
        proof=FieldProof.NONE,
        derived=Derived(2, "id", "history", "duplicate_of"),
        confidential=True,
        default=1,
        example=1,
    ),
    Field(
        "text_salt",
        Type.STRING,
        Said(
            "16 bita heksadesimal untuk menghitung report_text_hash; kosong bila belum ada.",
            "16 bytes in hex: SHA-256 of them and of the text is report_text_hash of its newest fact; empty without.",
        ),
        since=2,
        proof=FieldProof.NONE,
        answered=False,
    ),
    name_of(_CATEGORY, Said("Nama kategori.", "The category's name in Indonesian.")),
    name_of(_CATEGORY, Said("Nama kategori dalam bahasa Inggris.", "In English."), "name_en", "_name_en"),
    name_of(_AGENCY, Said("Nama instansi.", "The agency's name.")),
)

ANSWERED = tuple(field for field in FIELDS if field.answered)
MEMBERS = members(ANSWERED)
"""The members of a report in the API's answers, in order."""


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    from sqlalchemy import select

    from services.publish.tables import RECORD

    query = select(RECORD.c.doc, RECORD.c.text_salt).order_by(RECORD.c.received_at, RECORD.c.id)
    for some in snapshot.session.execute(query, execution_options={"yield_per": BATCH}).partitions():
        yield [_row(orjson.loads(doc), salt) for doc, salt in some]


def _row(doc: dict[str, object], salt: bytes | None) -> Row:
    # Of a record that an older version wrote, what it did not know is empty.
    members = record_spelled({member: doc.get(member) for member in MEMBERS})
    return {**members, "text_salt": None if salt is None else salt.hex()}


DATASET = Dataset(
    name="reports",
    title=Said("Laporan warga, dan apa yang terjadi padanya", "Reports of residents, and what became of them"),
    about=Said(
        "Setiap laporan publik satu baris, yang terlama dahulu.", "Every public report, a row each, oldest first."
    ),
    fields=FIELDS,
    key="id",
    rows=_rows,
    committed=True,
    order=1,
)
