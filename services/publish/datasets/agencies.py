"""The dataset *agencies*: who answers for reports."""

from collections.abc import Iterator, Sequence

from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type, name_of

_PARENT = Field("parent", Type.STRING, Said("Id instansi induk.", "The id of the agency above it."), refers="agencies")

FIELDS = (
    Field("id", Type.STRING, Said("Id instansi.", "The agency's id."), empty=False),
    Field("name", Type.STRING, Said("Nama instansi.", "The agency's name."), empty=False),
    Field(
        "kind",
        Type.STRING,
        Said("Jenisnya, misalnya dinas atau kecamatan.", "What sort of agency, such as dinas or kecamatan."),
        empty=False,
    ),
    _PARENT,
    Field("valid_from", Type.DATE, Said("Hari pertama instansi ada.", "The first day on which it existed.")),
    Field("valid_to", Type.DATE, Said("Hari terakhir instansi ada.", "The last day on which it existed.")),
    name_of(_PARENT, Said("Nama instansi induk.", "The name of the agency above it.")),
)


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    names = {field.name for field in FIELDS}
    return chunks([agency.model_dump(mode="json", include=names) for agency in snapshot.region.agencies.values()])


DATASET = Dataset(
    name="agencies",
    title=Said("Instansi", "Agencies"),
    about=Said("Instansi yang menangani laporan.", "The agencies that answer for reports."),
    fields=FIELDS,
    key="id",
    rows=_rows,
)
