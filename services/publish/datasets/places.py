"""The dataset *places*: where reports can be about."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type

if TYPE_CHECKING:
    from contracts.region.extents import Extent

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
    *(
        Field(side, Type.NUMBER, Said(f"Batas {id} kotak wilayah, derajat.", f"Its bounding box's {side}, in degrees."))
        for side, id in (("west", "barat"), ("south", "selatan"), ("east", "timur"), ("north", "utara"))
    ),
)


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    extents = snapshot.region.extents
    names = {field.name for field in FIELDS}
    return chunks(
        [
            {**place.model_dump(mode="json", include=names), **_degrees(extents[code])}
            for code, place in snapshot.region.places.items()
        ]
    )


def _degrees(extent: "Extent") -> Row:
    box = extent.bbox._asdict() if extent.bbox else dict.fromkeys(("west", "south", "east", "north"))
    return {"lat": extent.lat, "long": extent.long, **box}


DATASET = Dataset(
    name="places",
    title=Said("Wilayah", "Places"),
    about=Said("Desa, kelurahan dan kecamatan.", "The desa, kelurahan and kecamatan."),
    fields=FIELDS,
    key="code",
    rows=_rows,
)
