"""The dataset *places*: where reports can be about."""

from collections.abc import Iterator, Sequence

from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type

FIELDS = (
    Field("code", Type.STRING, Said("Kode Kemendagri.", "The official code of the Kemendagri."), empty=False),
    Field("name", Type.STRING, Said("Nama wilayah.", "Its name."), empty=False),
    Field("type", Type.STRING, Said("desa, kelurahan atau kecamatan.", "desa, kelurahan or kecamatan."), empty=False),
    Field(
        "kecamatan_code",
        Type.STRING,
        Said("Kode kecamatannya.", "The code of its kecamatan (subdistrict); a kecamatan's is its own."),
        empty=False,
        refers="places",
    ),
    Field("kecamatan", Type.STRING, Said("Nama kecamatannya.", "The name of its kecamatan."), empty=False),
    Field("lat", Type.NUMBER, Said("Lintang titik tengah, WGS 84.", "Latitude of its middle, WGS 84.")),
    Field("long", Type.NUMBER, Said("Bujur titik tengah, WGS 84.", "Longitude of its middle, WGS 84.")),
    Field("postcode", Type.STRING, Said("Kode pos.", "Its postcode.")),
)


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    names = {field.name for field in FIELDS}
    return chunks([place.model_dump(mode="json", include=names) for place in snapshot.region.places.values()])


DATASET = Dataset(
    name="places",
    title=Said("Wilayah", "Places"),
    about=Said("Desa, kelurahan dan kecamatan.", "The desa, kelurahan and kecamatan."),
    fields=FIELDS,
    key="code",
    rows=_rows,
)
