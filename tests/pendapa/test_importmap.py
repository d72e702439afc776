"""A map says which column is what; a wrong map or row is named, never guessed at."""

from pathlib import Path

import pytest

from pendapa.importmap import ImportMap, MapFault, RowFault, load

ROW = {
    "key": "7",
    "what": "Noise",
    "more": "Loud music",
    "opened": "12/31/2015 11:59:45 PM",
    "shut": "",
    "lat": "40.8",
    "lon": "-73.9",
}
MAP = ImportMap.model_validate(
    {
        "source": "nyc",
        "id": "key",
        "text": "{what}: {more}",
        "category": {"column": "what", "values": {"Noise": "noise"}, "default": "other"},
        "received_at": {"column": "opened", "format": "%m/%d/%Y %I:%M:%S %p", "timezone": "America/New_York"},
        "closed_at": {"column": "shut"},
        "closure": {"column": "what", "default": "done"},
        "lat": "lat",
        "long": "lon",
    }
)


def test_a_row_becomes_a_report_with_its_times_in_utc() -> None:
    assert MAP.report(ROW) == {
        "text": "Noise: Loud music",
        "source": {"name": "nyc", "id": "7"},
        "category": "noise",
        "lat": 40.8,
        "long": -73.9,
        "received_at": "2016-01-01T04:59:45+00:00",
    }


def test_a_row_closed_elsewhere_says_how_and_when() -> None:
    closed = MAP.report({**ROW, "shut": "2016-01-01T07:00:00+07:00"})
    assert (closed["closed_at"], closed["closure"]) == ("2016-01-01T00:00:00+00:00", "done")


def test_a_value_the_map_does_not_name_takes_the_default() -> None:
    assert MAP.report({**ROW, "what": "Graffiti"})["category"] == "other"


@pytest.mark.parametrize(
    "spoilt",
    [{"opened": "31.12.2015"}, {"lat": "north"}, {"key": " "}, {"shut": "99999-01-01"}],
    ids=["a date of another form", "no number", "no id", "year 99999"],
)
def test_a_row_that_cannot_be_read_is_refused_with_a_reason(spoilt: dict[str, str]) -> None:
    with pytest.raises(RowFault):
        MAP.report({**ROW, **spoilt})


def test_a_template_reads_columns_and_nothing_else() -> None:
    sly = MAP.model_copy(update={"text": "{what.__class__}"})
    with pytest.raises(MapFault, match="__class__"):
        sly.check_columns(list(ROW))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MapFault, match="opened"):
        MAP.check_columns([column for column in ROW if column != "opened"])


def test_a_map_means_what_is_written_in_it_also_where_yaml_would_not(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("source: x\nid: No\ntext: 007\nconfidential: false\nplace: {column: desa, values: {08: 35.10}}\n")
    mapping = load(path)
    assert (mapping.id, mapping.text, mapping.confidential) == ("No", "007", False)
    assert mapping.place is not None
    assert mapping.place.values == {"08": "35.10"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("source: x\nid: a\ntext: b\nsurprise: 1\n", "surprise"),
        ("source: [\n", "line"),
        ("source: x\nid: a\n", "text"),
        ("source: x\nid: a\ntext: b\nencoding: klingon\n", "klingon"),
        ("source: x\nid: a\ntext: b\nencoding: base64\n", "base64"),
        ("source: x\nid: a\ntext: b\ndelimiter: '||'\n", "delimiter"),
        ("source: x\nid: a\ntext: b\nclosed_at: {column: c, timezone: Mars/Olympus}\n", "Mars"),
    ],
)
def test_a_wrong_map_is_refused_with_its_fault(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(MapFault, match=fault):
        load(path)
