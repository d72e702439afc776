"""The dataset *history*: every fact of the transparency log, a row each."""

from collections.abc import Iterator, Sequence

import orjson

from contracts.events import (
    CaseAcknowledged,
    CaseAmended,
    CaseClosed,
    CaseCorrected,
    CaseDisposed,
    CaseEscalated,
    CaseHidden,
    CaseMerged,
    CaseOpenedV2,
    CaseRefused,
    CaseRelocated,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
    CaseSplit,
    Closure,
)
from contracts.facts import PUBLIC_WHAT
from services.publish.datasets.dataset import BATCH, Dataset, Snapshot
from services.publish.datasets.field import Field, FieldProof, Row, Said, Type, name_of
from services.publish.datasets.spelling import entry_spelled

_AGENCY = Field(
    "agency",
    Type.STRING,
    Said("Id instansi yang bersangkutan.", "The id of the agency concerned."),
    taken=(
        *(CaseOpenedV2, CaseDisposed, CaseRefused, CaseAcknowledged, CaseResponded, CaseCorrected),
        *(CaseClosed, CaseReopened, CaseMerged, CaseSplit, CaseEscalated, CaseRescheduled),
    ),
    confidential=True,
    refers="agencies",
)

WHAT = (*PUBLIC_WHAT, "released", "lost")
"""Each value of `what`; the last two are facts about no report."""

FIELDS = (
    Field(
        "index",
        Type.INTEGER,
        Said(
            "Letak fakta di log transparansi, dari 0, tanpa celah.",
            "The fact's position in the transparency log, from 0, without gaps.",
        ),
        empty=False,
        proof=FieldProof.NONE,
    ),
    Field(
        "salt",
        Type.STRING,
        Said(
            "16 bita heksadesimal garam komitmen; kosong bila fakta dihapus.",
            "16 bytes in hex that the commitment is salted with; empty if the fact was erased.",
        ),
        proof=FieldProof.NONE,
    ),
    Field(
        "id",
        Type.STRING,
        Said("Id publik laporan.", "The report's public id; empty of an erased fact, and of a release's."),
    ),
    Field("at", Type.DATETIME, Said("Waktu fakta menjadi benar, dalam UTC.", "When the fact became true, in UTC.")),
    Field(
        "what",
        Type.STRING,
        Said(
            "Yang terjadi: " + ", ".join(WHAT) + ". Dua yang terakhir bukan tentang laporan.",
            "What happened: " + ", ".join(WHAT) + ". The last two are about no report.",
        ),
        choices=WHAT,
    ),
    _AGENCY,
    Field(
        "text",
        Type.STRING,
        Said(
            "Jawaban publik instansi, atau tambahan pelapor, tanpa data pribadi; kosong bila dihapus demi privasi.",
            "The agency's public answer, or words that the reporter added, personal data removed; empty once erased "
            "for privacy.",
        ),
        proof=FieldProof.WORDS,
        taken=(CaseResponded, CaseCorrected, CaseAmended, CaseClosed),
    ),
    Field(
        "reason",
        Type.STRING,
        Said("Alasannya.", "Why."),
        taken=(
            *(CaseDisposed, CaseRefused, CaseCorrected, CaseReopened, CaseMerged, CaseSplit),
            *(CaseRelocated, CaseEscalated, CaseRescheduled, CaseHidden),
        ),
    ),
    Field(
        "acted",
        Type.BOOLEAN,
        Said(
            "Dari responded: true bila instansi menindaklanjuti, false bila hanya menjelaskan.",
            "Of responded: true if the agency did something, false if it only explained.",
        ),
        since=3,
        taken=(CaseResponded,),
        confidential=True,
    ),
    Field(
        "closure",
        Type.STRING,
        Said("Dari closed: " + ", ".join(Closure) + ".", "Of closed: " + ", ".join(Closure) + "."),
        since=3,
        choices=tuple(Closure),
        taken=(CaseClosed,),
        confidential=True,
    ),
    Field(
        "record",
        Type.STRING,
        Said(
            "SHA-256 heksadesimal rekaman laporan setelah fakta ini, menurut bentuknya.",
            "SHA-256 in hex of the report's record as this fact left it, in the fact's form.",
        ),
    ),
    Field(
        "erased",
        Type.STRING,
        Said(
            "Dari laporan yang disembunyikan, perbaikan, atau fakta yang hilang: indeks fakta yang tidak ada lagi, "
            "dipisah spasi.",
            "Of a hidden report, a correction or lost facts: the indexes of the facts that are gone, separated by "
            "spaces.",
        ),
    ),
    Field(
        "form",
        Type.INTEGER,
        Said("Nomor bentuk; kosong berarti 1.", "The number of the fact's form; empty means 1."),
        since=2,
    ),
    Field(
        "due_at",
        Type.DATETIME,
        Said("Batas waktu yang ditetapkan fakta ini, dalam UTC.", "The deadline that this fact sets, in UTC."),
        since=2,
        taken=(CaseOpenedV2, CaseDisposed, CaseReopened, CaseSplit, CaseRescheduled),
        confidential=True,
        # The version before, which may run beside this one, reads the steps of the answers and knows no more of them.
        answered=False,
    ),
    Field(
        "closes_at",
        Type.DATETIME,
        Said(
            "Dari tindak lanjut: waktu laporan ditutup bila pelapor diam, dalam UTC.",
            "Of an answer: when silence will close the report, in UTC.",
        ),
        since=3,
        taken=(CaseResponded, CaseCorrected, CaseAmended),
        confidential=True,
        answered=False,  # as `due_at`
    ),
    Field(
        "text_hash",
        Type.STRING,
        Said("SHA-256 heksadesimal garam dan teks fakta ini.", "SHA-256 in hex of text_salt and this fact's text."),
        since=2,
    ),
    Field(
        "report_text_hash",
        Type.STRING,
        Said(
            "SHA-256 heksadesimal garam dan isi laporan.",
            "SHA-256 in hex of the report's own text_salt and text, which stand in reports.",
        ),
        since=2,
    ),
    Field(
        "number",
        Type.INTEGER,
        Said(
            "Dari rilis: nomornya. Dari fakta yang hilang: nomor rilis tertinggi yang mungkin ada di antaranya.",
            "Of a release: its number. Of lost facts: the highest number that a release among them may have.",
        ),
        since=2,
    ),
    Field(
        "manifest",
        Type.STRING,
        Said("Dari rilis: SHA-256 heksadesimal manifest.json.", "Of a release: SHA-256 in hex of its manifest.json."),
        since=2,
    ),
    Field(
        "size",
        Type.INTEGER,
        Said("Dari rilis: banyaknya daun log di dalamnya.", "Of a release: how many leaves of the log it holds."),
        since=2,
    ),
    Field(
        "root",
        Type.STRING,
        Said("Dari rilis: akar pohon itu, heksadesimal.", "Of a release: the root of their tree, in hex."),
        since=2,
    ),
    Field(
        "answer",
        Type.INTEGER,
        Said(
            "Dari jawaban dan perbaikannya: nomor jawaban itu pada laporan, dari 1.",
            "Of an answer, and of a correction of it: the answer's number among those of the report, from 1.",
        ),
        since=3,
        taken=(CaseCorrected,),
        confidential=True,
    ),
    Field(
        "by",
        Type.STRING,
        Said(
            "Dari pembukaan kembali dan perbaikan: reporter (pelapor), agency (instansi) atau official (admin).",
            "Who reopened or corrected: reporter, agency or official; empty of other facts.",
        ),
        since=3,
        choices=("reporter", "agency", "official"),
        taken=(CaseReopened, CaseCorrected),
        confidential=True,
    ),
    Field(
        "privacy",
        Type.BOOLEAN,
        Said(
            "Dari perbaikan: apakah kata-kata sebelumnya dihapus demi privasi.",
            "Of a correction: whether the earlier words of the answer were erased, for privacy.",
        ),
        since=3,
        taken=(CaseCorrected,),
        confidential=True,
    ),
    Field(
        "words_erased",
        Type.STRING,
        Said(
            "Dari perbaikan demi privasi: indeks fakta yang kata-katanya dihapus, dipisah spasi.",
            "Of a correction for privacy: the indexes of the facts whose words were erased, separated by spaces.",
        ),
        since=3,
    ),
    Field(
        "duplicate_of",
        Type.STRING,
        Said(
            "Dari merged: id laporan utama, bila keduanya publik.",
            "Of merged: the id of the main report, if all of both is public.",
        ),
        since=4,
        taken=(CaseMerged,),
    ),
    Field(
        "text_salt",
        Type.STRING,
        Said("16 bita heksadesimal garam text_hash.", "16 bytes in hex that text_hash is salted with."),
        since=2,
        proof=FieldProof.NONE,
    ),
    name_of(_AGENCY, Said("Nama instansi.", "The agency's name.")),
)

OF_ERASURES = ("erased", "words_erased")
OF_RELEASES = ("number", "manifest", "size", "root")
"""The members of an entry that only the fact of a hiding or a correction, or of a release, has."""

STEP = ("at", "what", *(field.name for field in FIELDS if field.taken and field.answered))
"""The members of one step of a report's history in the API's answers, in order."""
_TO_BE_DERIVED = dict.fromkeys(field.name for field in FIELDS if field.derived)


def line(index: int, salt: bytes | None, entry: bytes | None, text: str | None, text_salt: bytes | None) -> Row:
    """The row of a fact: what is not committed first, then the members of its entry. An erased one has its index."""
    if salt is None or entry is None:
        return {"index": index, "salt": None}
    fact = orjson.loads(entry)
    lead: dict[str, object] = {"index": index, "salt": salt.hex()}
    if fact.get("form", 1) > 1:
        lead |= {"text_salt": None if text_salt is None else text_salt.hex(), "text": text}
    return {**lead, **_TO_BE_DERIVED, **entry_spelled(fact)}


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    from sqlalchemy import select

    from services.publish.tables import LEAF

    columns = (LEAF.c.index, LEAF.c.salt, LEAF.c.entry, LEAF.c.text, LEAF.c.text_salt)
    query = select(*columns).where(LEAF.c.index < snapshot.size).order_by(LEAF.c.index)
    for some in snapshot.session.execute(query, execution_options={"yield_per": BATCH}).partitions():
        yield [line(*row) for row in some]


DATASET = Dataset(
    name="history",
    title=Said("Riwayat publik semua laporan", "The public history of all reports"),
    about=Said(
        "Setiap fakta di log transparansi satu baris, menurut urutan log.",
        "Every fact of the transparency log, a row each, in the log's order.",
    ),
    fields=FIELDS,
    key="index",
    rows=_rows,
    committed=True,
    order=2,
)
