"""The dataset *categories*: what reports are about, and by when each must be answered."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type, name_of

if TYPE_CHECKING:
    from contracts.region import Region

_AGENCY = Field(
    "agency",
    Type.STRING,
    Said("Id instansi yang menanganinya, kecuali wilayah punya sendiri.", "Who answers, unless a place has its own."),
    empty=False,
    refers="agencies",
)

FIELDS = (
    Field("code", Type.STRING, Said("Kode kategori.", "The category's code."), empty=False),
    Field("name", Type.STRING, Said("Nama kategori.", "Its name in Indonesian."), empty=False),
    Field("name_en", Type.STRING, Said("Nama dalam bahasa Inggris.", "Its name in English."), empty=False),
    Field("description", Type.STRING, Said("Keterangan.", "What belongs to it.")),
    Field("group", Type.STRING, Said("Kelompoknya.", "The group that it belongs to."), empty=False),
    _AGENCY,
    Field(
        "sensitive",
        Type.BOOLEAN,
        Said("Apakah selalu dirahasiakan sampai diputuskan.", "Whether always confidential until an official decides."),
        empty=False,
    ),
    Field(
        "verify",
        Type.STRING,
        Said("auto: boleh oleh mesin; official: hanya admin.", "auto: by the machine too; official: by people."),
        empty=False,
    ),
    Field(
        "verify_days",
        Type.INTEGER,
        Said("Batas verifikasi, dalam hari kerja.", "Working days to verify a report."),
    ),
    Field(
        "respond_days",
        Type.INTEGER,
        Said("Batas jawaban, dalam hari kerja.", "Working days to answer it."),
    ),
    Field(
        "silence_days",
        Type.INTEGER,
        Said(
            "Hari kerja tanpa kabar sesudah jawaban hingga laporan ditutup.",
            "Working days without a word after an answer until it is closed.",
        ),
    ),
    Field(
        "valid_to",
        Type.DATE,
        Said("Hari terakhir kategori dapat dipakai.", "The last day on which reports could be filed with it."),
    ),
    name_of(_AGENCY, Said("Nama instansi.", "The agency's name.")),
)
_SAME = {"code", "name", "name_en", "description", "group", "agency", "sensitive", "verify"}


def _row(region: "Region", code: str) -> Row:
    category = region.categories[code]
    clock = region.clocks.get(category.clock)
    days = {name: clock and getattr(clock, name.removesuffix("_days")) for name in _DAYS}
    valid_to = category.valid_to and category.valid_to.isoformat()
    return {**category.model_dump(mode="json", include=_SAME), **days, "valid_to": valid_to}


_DAYS = ("verify_days", "respond_days", "silence_days")


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    return chunks([_row(snapshot.region, code) for code in snapshot.region.categories])


DATASET = Dataset(
    name="categories",
    title=Said("Kategori", "Categories"),
    about=Said("Apa yang dilaporkan, dan batas waktunya.", "What reports are about, and their deadlines."),
    fields=FIELDS,
    key="code",
    rows=_rows,
)
