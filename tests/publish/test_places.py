"""`/v1/places` as JSON and as GeoJSON."""

from pathlib import Path

import orjson
import pytest
import shapely
from starlette.testclient import TestClient

from contracts.region import load_region
from services.publish.faces.catalogue import catalogue

GEOJSON = "application/geo+json"


@pytest.mark.parametrize(("query", "accept"), [("?format=geojson", "*/*"), ("", f"{GEOJSON}, */*;q=0.5")])
def test_places_are_features_when_asked(client: TestClient, query: str, accept: str) -> None:
    answer = client.get(f"/v1/places{query}", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"], answer.headers["vary"]) == (200, GEOJSON, "accept")
    features = {each["id"]: each for each in answer.json()["features"]}
    assert features["35.22.14.2001"]["geometry"] == {"type": "Point", "coordinates": [111.84, -7.24]}
    assert features["35.22.14"]["bbox"] == [111.84, -7.26, 111.86, -7.24]
    assert features["35.22.14"]["properties"]["name"] == "Dander"
    held = {"if-none-match": answer.headers["etag"], "accept": accept}
    assert client.get(f"/v1/places{query}", headers=held).status_code == 304


def test_places_are_json_otherwise(client: TestClient) -> None:
    places = {each["code"]: each for each in client.get("/v1/places?format=json").json()["places"]}
    assert (places["35.22.14"]["lat"], places["35.22.14"]["long"]) == (-7.25, 111.85)
    assert places["35.22.14"]["bbox"] == [111.84, -7.26, 111.86, -7.24]
    assert places["35.22.14.2001"]["bbox"] is None
    assert client.get("/v1/places?format=xml").status_code == 400


def test_outlines_are_valid_and_wind_as_rfc_7946_has_it() -> None:
    features = orjson.loads(catalogue(load_region(Path("regions/bojonegoro"))).places_geojson)["features"]
    assert len(features) == 458
    for feature in features:
        outline = shapely.from_geojson(orjson.dumps(feature["geometry"]))
        assert outline.is_valid, feature["id"]
        parts = getattr(outline, "geoms", [outline])
        assert all(part.exterior.is_ccw and not any(hole.is_ccw for hole in part.interiors) for part in parts)
        assert tuple(feature["bbox"]) == outline.bounds
