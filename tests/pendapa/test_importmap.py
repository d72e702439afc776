"""A map says which column is what; a wrong map or row is named, never guessed at."""

import csv
import re
from pathlib import Path

import pytest

from pendapa.heads import find_delimiter
from pendapa.importmap import ImportMap, MapFault, RowFault, load
from pendapa.mapcolumns import _FLAG_WORDS, _NO, _YES, MapColumn
from pendapa.table import read_rows

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


def test_the_first_expression_that_a_value_has_in_it_counts_after_the_values_themselves() -> None:
    column = MapColumn(
        column="what", values={"Noise dept": "quiet"}, patterns={"water|drain": "water", "dept": "other"}, default=""
    )
    read = {what: column.read({"what": what}) for what in ("Noise dept", "DRAINS dept", "Parks Dept", "Nobody", "")}
    assert read == {"Noise dept": "quiet", "DRAINS dept": "water", "Parks Dept": "other", "Nobody": None, "": None}


def test_a_wide_value_may_mean_several_codes_the_one_it_is_read_as_first() -> None:
    column = MapColumn(column="what", values={"Works": "road"}, any_of={"road": ("bridge",)})
    assert (column.read({"what": "Works"}), column.meant("road")) == ("road", ("road", "bridge"))
    assert (column.meant("noise"), column.meant(None)) == (("noise",), ())


def test_a_pattern_that_is_no_regular_expression_is_told() -> None:
    with pytest.raises(ValueError, match="'\\(' is no regular expression"):
        MapColumn(column="what", patterns={"(": "road"})


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


def mapped(**keys: object) -> ImportMap:
    return ImportMap.model_validate({"source": "x", "id": "key", "text": "more"} | keys)


CELLS = {"key": "7", "more": "Jalan berlubang di dekat pasar", "a": "", "b": "", "c": ""}


def report(mapping: ImportMap, **cells: str) -> dict[str, object]:
    return mapping.report({**CELLS, **cells})


def test_an_empty_time_of_receipt_is_refused_unless_the_map_says_what_it_means() -> None:
    with pytest.raises(RowFault, match=r"a: empty.*empty: now"):
        report(mapped(received_at="a"), a=" ")
    assert "received_at" not in report(mapped(received_at={"column": "a", "empty": "now"}))
    assert "received_at" not in report(mapped())
    with pytest.raises(ValueError, match="empty: now is a word of received_at"):
        mapped(closed_at={"column": "a", "empty": "now"})


def test_other_times_may_be_empty_as_they_have_not_come() -> None:
    mapping = mapped(**dict.fromkeys(("verified_at", "due_at", "closed_at"), "a"))
    assert report(mapping).keys() == {"text", "source"}
    at = "2025-12-01T03:00:00+00:00"
    found = report(mapping, a="2025-12-01T10:00:00+07:00")
    assert (found["verified_at"], found["due_at"], found["closed_at"]) == (at, at, at)


def test_an_answer_has_its_words_its_time_and_whether_anything_was_done() -> None:
    mapping = mapped(response="a", responded_at="b", acted="c")
    assert report(mapping, a="Sudah ditambal", b="2025-12-01T10:00:00Z", c="ya")["response"] == {
        "text": "Sudah ditambal",
        "at": "2025-12-01T10:00:00+00:00",
        "acted": True,
    }
    assert report(mapped(response="a"), a="Menunggu")["response"] == {"text": "Menunggu", "acted": False}
    dated = mapped(response="a", responded_at="b", received_at="c")
    assert report(dated, a="Menunggu", c="2025-12-01T10:00:00Z")["response"] == {
        "text": "Menunggu",
        "at": "2025-12-01T10:00:00+00:00",
        "acted": False,
    }
    assert "response" not in report(mapping, b="2025-12-01T10:00:00Z", c="ya")
    with pytest.raises(ValueError, match="belong to a response"):
        mapped(acted="c")


@pytest.mark.parametrize(
    ("key", "word", "means"),
    [
        *[(key, "Ya", True) for key in ("anonymous", "confidential", "reviewed")],
        *[(key, "TIDAK", False) for key in ("anonymous", "confidential", "reviewed")],
        *[(key, "", None) for key in ("anonymous", "confidential", "reviewed")],
        ("confidential", "Rahasia", True),
        ("confidential", "Anonim", False),
        ("confidential", "Publik", False),
        ("confidential", "tidak  rahasia", False),
        ("anonymous", "Rahasia", False),
        ("anonymous", " anonim ", True),
        ("anonymous", "Anonim, Rahasia", True),
        ("confidential", "Anonim dan Rahasia", True),
        ("confidential", "Rahasia/Anonim", True),
        ("confidential", "0", False),
    ],
)
def test_a_column_says_of_each_row_what_is_hidden(key: str, word: str, means: bool | None) -> None:
    assert report(mapped(**{key: "a"}), a=word).get(key) is means


@pytest.mark.parametrize(
    ("key", "word"), [("confidential", "Biasa"), ("anonymous", "2"), ("reviewed", "Rahasia"), ("confidential", "ya, ?")]
)
def test_a_word_that_is_neither_yes_nor_no_is_refused_and_named(key: str, word: str) -> None:
    with pytest.raises(RowFault, match=rf"a: '{re.escape(word)}' is neither yes nor no"):
        report(mapped(**{key: "a"}), a=word)
    assert report(mapped(**{key: {"column": "a", "default": "true"}}), a=word)[key] is True
    assert report(mapped(**{key: {"column": "a", "values": {word: "false"}}}), a=word)[key] is False


def test_one_word_may_still_hold_for_all_rows() -> None:
    found = report(mapped(confidential="false", anonymous="true", reviewed="true", channel="phone"))
    assert (found["confidential"], found["anonymous"], found["reviewed"], found["channel"]) == (
        False,
        True,
        True,
        "phone",
    )


def test_who_sent_a_row_goes_into_its_contact_as_far_as_it_is_known() -> None:
    mapping = mapped(name="a", phone="b", email="c")
    assert report(mapping, a="Sri W", b="+62811000000")["contact"] == {"name": "Sri W", "phone": "+62811000000"}
    assert "contact" not in report(mapping, a=" ")
    assert report(mapping, a="Sri W", b=" - ")["contact"] == {"name": "Sri W"}, "a dash says that there is none"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Lubang besar", "Lubang besar\nJalan berlubang di dekat pasar"),
        ("JALAN  berlubang...", "Jalan berlubang di dekat pasar"),
        ("Jalan berlubang di dekat pasar.", "Jalan berlubang di dekat pasar"),
        (" ", "Jalan berlubang di dekat pasar"),
    ],
)
def test_a_title_stands_before_the_text_unless_the_text_begins_with_it(title: str, text: str) -> None:
    assert report(mapped(title="a"), a=title)["text"] == text


def test_a_column_of_our_own_codes_is_taken_as_it_is() -> None:
    mapping = mapped(
        category={"column": "a", "values": {"Jalan": "jalan-rusak"}, "default": "lainnya"},
        agency={"column": "b"},
        kind={"column": "c", "values": {"Pengaduan": "complaint"}},
    )
    mapping.know({"category": {"jalan-rusak", "sampah", "lainnya"}, "agency": {"dpu"}})
    kept = report(mapping, a="sampah", b="dpu", c="aspiration")
    assert (kept["category"], kept["agency"], kept["kind"]) == ("sampah", "dpu", "aspiration")
    assert report(mapping, a="Jalan")["category"] == "jalan-rusak"
    assert report(mapping, a="Pasar")["category"] == "lainnya"
    assert "agency" not in report(mapping)


@pytest.mark.parametrize("key", ["category", "agency", "kind", "channel", "closure"])
def test_a_value_that_the_map_does_not_name_is_refused_and_named(key: str) -> None:
    mapping = mapped(**{key: {"column": "a", "values": {"Jalan": "x"}}, "closed_at": "b"})
    mapping.know({"category": {"y"}, "agency": {"y"}})
    with pytest.raises(RowFault, match=r"a: 'Pasar' is not in the map's values"):
        report(mapping, a="Pasar", b="2025-12-01T10:00:00Z")
    nothing = mapping.model_copy(update={key: MapColumn(column="a", default="")})
    assert key not in report(nothing, a="Pasar", b="2025-12-01T10:00:00Z")


def test_a_place_that_the_map_does_not_name_goes_as_people_call_it() -> None:
    mapping = mapped(place={"column": "a", "values": {"QUEENS": "36081", "Unspecified": ""}})
    assert report(mapping, a="QUEENS")["place"] == "36081"
    assert report(mapping, a="36047")["place"] == "36047"
    assert "place" not in report(mapping, a="Unspecified")


@pytest.mark.parametrize(
    ("keys", "value", "number"),
    [
        ({}, "-7.15", -7.15),
        ({}, " 111 ", 111.0),
        ({}, "+7.0", 7.0),
        ({"decimal": ","}, "-7,15", -7.15),
        ({"decimal": ",", "thousands": "."}, "1.117,5", 1117.5),
        ({"decimal": ",", "thousands": "."}, "111,883", 111.883),
        ({"thousands": ","}, "1,117.5", 1117.5),
        ({"thousands": " "}, "1 117.5", 1117.5),
    ],
)
def test_a_number_is_read_as_the_map_says(keys: dict[str, str], value: str, number: float) -> None:
    assert report(mapped(lat="a", long="b", **keys), a=value, b=value)["lat"] == number


@pytest.mark.parametrize("keys", [{}, {"decimal": ",", "thousands": "."}])
@pytest.mark.parametrize(
    "value",
    ["1_1", "1e3", "nan", "inf", "0x1p3", "\uff11", "\u0661", "7.", ".5", "7,15,0", "1.17,5", "- 7", "--7", "7°", "x"],
)
def test_what_is_no_plain_number_is_refused(keys: dict[str, str], value: str) -> None:
    with pytest.raises(RowFault, match="no number of degrees"):
        report(mapped(lat="a", long="b", **keys), a=value, b="1")


def test_half_a_point_is_refused_and_none_is_none() -> None:
    with pytest.raises(RowFault, match="one of them is empty"):
        report(mapped(lat="a", long="b"), a="-7.15")
    assert "lat" not in report(mapped(lat="a", long="b"))


@pytest.mark.parametrize(
    "keys",
    [
        {"thousands": "."}, {"decimal": "1"}, {"decimal": "ab"}, {"lat": "a"}, {"channel": "fax"},
        {"delimiter": "automatic"}, {"received_at": {"column": "a", "empty": "then"}},
    ],
)  # fmt: skip
def test_keys_that_contradict_each_other_are_told(keys: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(keys))):
        mapped(**keys)


def test_two_columns_of_one_name_are_told_if_the_map_reads_them() -> None:
    with pytest.raises(MapFault, match="more than one column more"):
        mapped().check_columns(["key", "more", "other", "more"])
    mapped().check_columns(["key", "more", "other", "other", "", ""])


def test_the_guide_shows_every_key_in_a_map_that_can_be_read(tmp_path: Path) -> None:
    guide = Path("docs/imports.md").read_text("utf-8")
    path = tmp_path / "map.yaml"
    path.write_text(guide.split("```yaml\n")[1].split("```")[0])
    assert load(path).model_fields_set == set(ImportMap.model_fields) - {"responses"}
    path.write_text(guide.split("```yaml\n")[2].split("```")[0])
    assert len(load(path).responses) == 2
    for word in (*_YES, *_NO, *(word for yes, no in _FLAG_WORDS.values() for word in yes | no)):
        assert f"`{word}`" in guide


def test_an_export_of_sp4n_lapor_comes_in_row_by_row(tmp_path: Path) -> None:
    """With invented rows: each hides what its sender asked for."""
    mapping = load(Path("regions/bojonegoro/import/sp4n-lapor.yaml"))
    names = [
        "No", "Tracking ID", "Judul Laporan", "Isi Laporan Awal", "Klasifikasi Laporan", "Kategori Laporan",
        "Instansi Terdisposisi", "Sumber Laporan", "Sifat Laporan", "Nama Pelapor", "No. Telepon", "Email",
        "Kelurahan/Desa", "Lokasi", "Tanggal Laporan Masuk", "Tanggal Verifikasi", "Tindak Lanjut",
        "Tanggal Tindak Lanjut", "Tanggal Selesai", "Status Laporan",
    ]  # fmt: skip
    table = tmp_path / "export.csv"
    begin = ("Aspirasi", "Jalan", "Dinas Perhubungan Kab. Bojonegoro", "Website")
    rest = ("Sri W", "+62811000000", "", "Tapelan", "RT 3", "01/12/2025 08:00", "01/12/2025 09:00")
    answered = ("Sudah ditambal", "02/12/2025 09:00", "03/12/2025 09:00", "Selesai")
    with table.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(
            [
                names,
                ["1", "501", "Jalan rusak", "Jalan rusak; parah", *begin, "Publik", *rest, *answered],
                ["2", "502", "Lubang", "Ada lubang", *begin, "Anonim", *rest, "", "", "", "Belum Ditindaklanjuti"],
                ["3", "503", "Pungli", "Dimintai uang", *begin, "Anonim, Rahasia", *rest, "", "", "", "Proses"],
                ["4", "504", "Pungli", "Dimintai uang", *begin, "Tertutup", *rest, "", "", "", "Proses"],
            ]
        )
    assert find_delimiter(table, mapping.encoding, mapping.columns()) == ";"
    columns, rows = read_rows(table, ";")
    mapping.check_columns(columns)
    *good, odd = (row.cells for row in rows)
    first, *others = (mapping.report(cells) for cells in good)
    assert first == {
        "text": "Jalan rusak; parah",
        "source": {"name": "sp4n-lapor", "id": "501"},
        "category": "jalan-rusak",
        "agency": "dishub",
        "kind": "aspiration",
        "channel": "web",
        "place": "Tapelan",
        "address": "RT 3",
        "contact": {"name": "Sri W", "phone": "+62811000000"},
        "anonymous": False,
        "confidential": False,
        "received_at": "2025-12-01T01:00:00+00:00",
        "verified_at": "2025-12-01T02:00:00+00:00",
        "response": {"text": "Sudah ditambal", "at": "2025-12-02T02:00:00+00:00", "acted": False},
        "closed_at": "2025-12-03T02:00:00+00:00",
        "closure": "done",
    }
    assert [(each["text"], each["anonymous"], each["confidential"]) for each in others] == [
        ("Lubang\nAda lubang", True, False),
        ("Pungli\nDimintai uang", True, True),
    ]
    with pytest.raises(RowFault, match="'Tertutup' is neither yes nor no"):
        mapping.report(odd)


def test_a_row_with_several_answers_has_them_by_their_time() -> None:
    answers = [{"text": "two", "at": "on2", "agency": "who"}, {"text": "one", "at": "on1", "acted": "did"}]
    mapping = ImportMap.model_validate({"source": "s", "id": "key", "text": "what", "responses": answers})
    cells = {"key": "7", "what": "x", "one": "Dicek", "on1": "2026-11-01T00:00Z", "did": "ya"}
    cells |= {"two": "Selesai", "on2": "2026-11-02T00:00Z", "who": "dpu"}
    assert mapping.columns() == set(cells)
    first = {"text": "Dicek", "at": "2026-11-01T00:00:00+00:00", "acted": True}
    second = {"text": "Selesai", "at": "2026-11-02T00:00:00+00:00", "acted": False, "agency": "dpu"}
    assert mapping.report(cells)["responses"] == [first, second]
    assert mapping.report({**cells, "two": " "})["responses"] == [first]
    assert "responses" not in mapping.report({**cells, "one": "", "two": ""})
    with pytest.raises(RowFault, match="on1"):
        mapping.report({**cells, "on1": ""})


def test_a_map_names_one_answer_or_several() -> None:
    both = {"source": "s", "id": "key", "text": "what", "response": "one", "responses": [{"text": "two", "at": "on"}]}
    with pytest.raises(ValueError, match="either"):
        ImportMap.model_validate(both)
