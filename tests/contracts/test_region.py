"""A region's folder is read whole, and every fault is told at once with its file and line."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import FileFault, RegionFault, load_region
from contracts.region.files import read_files
from contracts.region.read import read_yaml
from contracts.region.today import warnings

TINY = Path("tests/regions/tiny")
FILES = ["agencies.csv", "categories.yaml", "clocks.yaml", "holidays.yaml", "places.csv", "region.yaml", "words.yaml"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def faults(folder: Path) -> list[FileFault]:
    with pytest.raises(RegionFault) as caught:
        load_region(folder)
    return [fault._replace(file=Path(fault.file).name) for fault in caught.value.faults]


def change(path: Path, old: str, new: str) -> int:
    """Replaces `old` and gives the line where it began."""
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def half(text: str) -> str:
    return text[: len(text) // 2]


def backwards(text: str) -> str:
    return text[::-1]


def test_a_region_keeps_the_order_and_the_values_of_its_files() -> None:
    region = load_region(TINY)
    assert next(iter(region.categories)) == "jalan-rusak"
    assert region.categories["pungli"].sensitive
    assert region.categories["pungli"].words == ("pungli", "suap", "pungutan liar")
    assert region.categories["kesehatan"].agency_by_place == {"35.22.11": "kec-kedungadem"}
    assert region.places["35.22.11"].aliases == ("Kedung Adem",)
    assert region.kecamatan_agencies == {"35.22.14": "kec-dander", "35.22.11": "kec-kedungadem"}
    assert region.clocks["cepat"].respond == 2
    assert region.holidays.added == {date(2026, 12, 24): "Cuti bersama Natal"}
    assert region.weekend == {5, 6}
    assert region.zone.key == "Asia/Jakarta"


def test_an_agency_exists_on_its_first_and_its_last_day() -> None:
    agency = load_region(TINY).agencies["dinlama"]
    days = [date(1999, 12, 31), date(2000, 1, 1), date(2016, 12, 31), date(2017, 1, 1)]
    assert [agency.is_valid(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (
            "agencies.csv",
            "dpu,Dinas Pekerjaan Umum,dinas,kecil",
            "dpu,Dinas PU,dinas,besar",
            "'dpu': there is no agency 'besar' to be its parent; write one that this file has",
        ),
        (
            "agencies.csv",
            "dpu,Dinas",
            "official,Dinas",
            "'official' is what the history calls somebody else; write another id",
        ),
        ("region.yaml", "bar: 0.3", "bar: 1.5", "'bar': no bar 1.5; write a number from 0 to 1, such as 0.95"),
        ("region.yaml", "bar: 0.3", "bar: .nan", "'bar': no bar nan; write a number from 0 to 1, such as 0.95"),
        ("region.yaml", "bar: 0.3", "bar: high", "'bar': no bar 'high'; write a number from 0 to 1, such as 0.95"),
        (
            "agencies.csv",
            "2016-12-31",
            "1999-12-31",
            "'dinlama': valid_to 1999-12-31 is before valid_from 2000-01-01; write a later day",
        ),
        ("agencies.csv", "dinkes,Dinas Kesehatan", "dpu,Dinas Kesehatan", "'dpu' already stands on line 3"),
        (
            "agencies.csv",
            "kecamatan,kecil,35.22.14",
            "kecamatan,kecil,35.22.99",
            "'kec-dander': there is no place '35.22.99'; write one that places.csv has",
        ),
        (
            "categories.yaml",
            "agency: dpu",
            "agency: dpx",
            "'jalan-rusak': there is no agency 'dpx'; did you mean 'dpu'?",
        ),
        (
            "categories.yaml",
            "agency: dpu",
            "also: [dinkes, dpx]\n  agency: dpu",
            "'jalan-rusak': there is no agency 'dpx'; did you mean 'dpu'?",
        ),
        (
            "categories.yaml",
            "agency: dpu",
            "also: [kecamatan, dpu]\n  agency: dpu",
            "'jalan-rusak': the agency 'dpu' stands here twice; keep one",
        ),
        (
            "categories.yaml",
            "clock: cepat",
            "clock: lambat",
            "'kesehatan': there is no clock 'lambat'; write one that clocks.yaml has",
        ),
        (
            "categories.yaml",
            "35.22.11: kec-kedungadem",
            "35.22.99: kec-kedungadem",
            "'kesehatan': there is no place '35.22.99'; write one that places.csv has",
        ),
        (
            "categories.yaml",
            "35.22.11: kec-kedungadem",
            "35.22.11: rsud",
            "'kesehatan': there is no agency 'rsud'; write one that agencies.csv has",
        ),
        ("categories.yaml", "code: pungli", "code: kesehatan", "'kesehatan' already stands on line 9"),
        ("categories.yaml", "sensitive: true", "sensitiv: true", "unknown key 'sensitiv'; did you mean 'sensitive'?"),
        (
            "categories.yaml",
            "verify: official",
            "verify: nobody",
            "'verify': no such value; write 'auto' or 'official' (here: 'nobody')",
        ),
        ("clocks.yaml", "verify: 3", "verify: 0", "'verify': too small; write 1 or more (here: '0')"),
        ("clocks.yaml", "cepat: {", "biasa: {", "'biasa' stands here twice"),
        ("holidays.yaml", "2026-12-24", "2026-12-34", "bad value '2026-12-34': day is out of range for month"),
        (
            "places.csv",
            "35.22.14.2002,Sumberarum,desa,35.22.14",
            "35.22.14.2002,Sumberarum,desa,35.22.98",
            "'35.22.14.2002': there is no kecamatan '35.22.98'; write one that this file has",
        ),
        ("places.csv", "-7.24,", "-97.24,", "'lat': too small; write -90 or more (here: '-97.24')"),
        (
            "region.yaml",
            "coordinator: dinkominfo",
            "coordinator: dinkominfi",
            "there is no agency 'dinkominfi'; did you mean 'dinkominfo'?",
        ),
        (
            "region.yaml",
            "default_category: lainnya",
            "default_category: apa",
            "there is no category 'apa'; write one that categories.yaml has",
        ),
        (
            "region.yaml",
            "Asia/Jakarta",
            "Asia/Bojonegoro",
            "'timezone': no such timezone 'Asia/Bojonegoro'; write one such as Asia/Jakarta",
        ),
        ("region.yaml", "Asia/Jakarta", "WITA", "'timezone': no such timezone 'WITA'; write Asia/Makassar"),
        (
            "words.yaml",
            "terlambat, {agency}",
            "terlambat, {agenci}{agency}",
            "the reply 'late': nothing is called {agenci}; did you mean 'agency'?",
        ),
    ],
)
def test_a_fault_is_told_with_its_file_line_and_what(folder: Path, file: str, old: str, new: str, what: str) -> None:
    line = change(folder / file, old, new)
    assert FileFault(file, line, what) in faults(folder)


def test_a_circle_of_parents_is_told_once(folder: Path) -> None:
    change(folder / "agencies.csv", "kecil,Pemerintah Kabupaten Kecil,regency,,", "kecil,Kecil,regency,dpu,")
    assert faults(folder) == [
        FileFault("agencies.csv", 2, "a circle of parents: kecil > dpu > kecil; leave one of their parents empty")
    ]


def test_a_category_without_a_clock_is_told(folder: Path) -> None:
    change(folder / "categories.yaml", "  agency: dpu\n  clock: biasa\n", "  agency: dpu\n")
    assert faults(folder) == [
        FileFault("categories.yaml", 1, "'jalan-rusak': no clock; write clock: and a name that clocks.yaml has")
    ]


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_one_fault_and_drags_no_other_along(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert faults(folder) == [FileFault(file, 1, "the file is missing")]


def test_a_folder_that_is_not_there_lacks_all_its_files(tmp_path: Path) -> None:
    assert [fault.file for fault in faults(tmp_path / "nowhere")] == FILES


@pytest.mark.parametrize("file", FILES)
def test_an_empty_file_is_a_fault(folder: Path, file: str) -> None:
    (folder / file).write_text("")
    assert file in {fault.file for fault in faults(folder)}


def test_bad_yaml_is_told_with_its_line(folder: Path) -> None:
    (folder / "words.yaml").write_text("slang:\n  a: [b\nreplies: {}\n")
    assert [(fault.file, fault.line) for fault in faults(folder)] == [("words.yaml", 3)]


def test_a_file_that_is_not_utf_8_is_told(folder: Path) -> None:
    (folder / "places.csv").write_bytes(b"\xff\xfe")
    assert FileFault("places.csv", 1, "not UTF-8") in faults(folder)


def test_faults_of_all_files_come_at_once(folder: Path) -> None:
    change(folder / "agencies.csv", "dinlama,", "Din Lama,")
    change(folder / "categories.yaml", "agency: dpu", "agency: nobody")
    change(folder / "clocks.yaml", "silence: 10", "silence: ten")
    change(folder / "region.yaml", "phone_country: ID", "phone_country: Indonesia")
    assert {fault.file for fault in faults(folder)} == {"agencies.csv", "categories.yaml", "clocks.yaml", "region.yaml"}


def test_the_text_of_the_fault_has_one_line_for_each(folder: Path) -> None:
    change(folder / "region.yaml", "coordinator: dinkominfo", "coordinator: x")
    with pytest.raises(RegionFault) as caught:
        load_region(folder)
    assert str(caught.value) == f"{folder / 'region.yaml'}:13: there is no agency 'x'; write one that agencies.csv has"


@pytest.mark.parametrize("spoil", [str.upper, str.title, half, backwards])
@pytest.mark.parametrize("file", FILES)
def test_whatever_a_file_holds_only_region_faults_come_out(
    folder: Path, file: str, spoil: Callable[[str], str]
) -> None:
    path = folder / file
    path.write_text(spoil(path.read_text()))
    with suppress(RegionFault):
        load_region(folder)


@given(st.text(st.sampled_from("ab:-[]{} \n\t\"'#&*!|>?%@,1."), max_size=40))
def test_any_yaml_is_a_value_or_a_fault(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text)
    document = read_yaml(path)
    assert document.root is None or document.faults or document.line() == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("region.yaml", "[saturday, sunday]", "[sabtu]", "no such day 'sabtu'; write saturday"),
        ("region.yaml", "[saturday, sunday]", "[Ahad]", "no such day 'Ahad'; write sunday"),
        ("region.yaml", "[saturday, sunday]", "[Saturday]", "no such day 'Saturday'; write saturday"),
        ("region.yaml", "[saturday, sunday]", "[sat]", "no such day 'sat'; write saturday"),
        ("region.yaml", "[saturday, sunday]", "[7]", "no such day 7; write one of monday, tuesday"),
        ("region.yaml", "[saturday, sunday]", "[true]", "no such day True; write one of monday"),
        ("region.yaml", "[saturday, sunday]", "sunday", "'weekend': write a list in brackets"),
        ("region.yaml", "[saturday, sunday]", "[0, 1, 2, 3, 4, 5, 6]", "no day is left to work on"),
        ("region.yaml", "language: id", "language: no", 'write it in quotes: "no"'),
        ("region.yaml", "language: id", "language: [id]", "write it without brackets"),
        ("region.yaml", "coordinator: dinkominfo", "coordinator:", "'coordinator' is empty; write its value"),
        ("region.yaml", "coordinator: dinkominfo", "", "'coordinator' is missing; write coordinator: dinkominfo"),
        ("region.yaml", "prefix: BJN", "prefx: BJN", "unknown key 'sms.prefx'; did you mean 'prefix'?"),
        ("region.yaml", "prefix: BJN", "prefix: bjn", "2 to 10 capital letters or digits"),
        ("region.yaml", "sms: {prefix: BJN}", "sms: BJN", "'sms': write pairs"),
        ("region.yaml", "phone_country: ID", "phone_country: Indonesia", "two capital letters"),
        ("region.yaml", "id: tiny", "id: Kab. Kecil", "write kab-kecil"),
        ("region.yaml", "phone_country: ID", "bbox: [111, -7]", "write [west, south, east, north] in degrees"),
        ("region.yaml", "phone_country: ID", "bbox: [-7.6, 111.4, -6.9, 112.2]", "write [west, south, east, north]"),
        ("region.yaml", "phone_country: ID", "channels: [kannel, kannel]", "'kannel' stands here twice; keep one"),
        ("region.yaml", "phone_country: ID", "\tphone_country: ID", "write spaces instead of the tab"),
        ("region.yaml", "contact: halo@kecil.example", "contact: a: b", "write a text with a colon in quotes"),
        ("clocks.yaml", "silence: 10}\ncepat", "silence: ten}\ncepat", "'silence': write a whole number (here: 'ten')"),
        ("clocks.yaml", "verify: 3", "verify: 400", "'verify': too large; write 365 or less"),
        ("clocks.yaml", "verify: 3", "verify: 2.5", "'verify': write a whole number"),
        ("holidays.yaml", "country: ID", "country: XX", "no holidays are known of the country 'XX'"),
        ("holidays.yaml", "country: ID", "country: ID\nsubdivision: JI", "write one of: none, so take the key away"),
        ("holidays.yaml", "removed: []", "removed: [2026-12-24]", "2026-12-24 is added as well, on line 3"),
        ("holidays.yaml", "removed: []", "removed: [24-12-2026]", "write a day as 2026-12-24"),
        ("holidays.yaml", "2026-12-24: Cuti bersama Natal", "2026-12-24: 24", 'write it in quotes: "24"'),
        ("categories.yaml", "code: pungli", "code: 007", 'write it in quotes: "007"'),
        ("categories.yaml", "{35.22.11: kec-kedungadem}", "{35.10: kec-kedungadem}", 'write it in quotes: "35.10"'),
        ("categories.yaml", "[pungli, suap, pungutan liar]", "[pungli, no]", 'write it in quotes: "no"'),
        ("categories.yaml", "[pungli, suap, pungutan liar]", "pungli", "'keywords': write a list in brackets"),
        ("categories.yaml", "sensitive: true", "sensitive: rahasia", "'sensitive': write true or false"),
        ("categories.yaml", "sensitive: true", "valid_to: akhir tahun", "'valid_to': write a day as 2026-12-24"),
        ("agencies.csv", "2016-12-31", "31-12-2016", "'valid_to': write a day as 2026-12-24 (here: '31-12-2016')"),
        ("agencies.csv", "dinlama,", "Din Lama,", "write din-lama"),
        ("agencies.csv", "id,name,kind", "id,nama,kind", "unknown column 'nama'; did you mean 'name'?"),
        ("agencies.csv", "Dinas Lama", '"Dinas Lama', "close each quote"),
        ("places.csv", "-7.24,", '"-7,24",', "'lat': write a number with a point, such as -7.15"),
    ],
)
def test_a_fault_says_what_to_write(folder: Path, file: str, old: str, new: str, what: str) -> None:
    line = change(folder / file, old, new)
    told = [fault for fault in faults(folder) if fault.file == file and what in fault.what]
    missing = "is missing" in what or "stands here twice" in what
    assert told, faults(folder)
    assert missing or told[0].line - line in (0, 1)


def test_a_table_with_semicolons_is_one_fault(folder: Path) -> None:
    path = folder / "agencies.csv"
    path.write_text(path.read_text().replace(",", ";"))
    assert [fault for fault in faults(folder) if fault.file == "agencies.csv"] == [
        FileFault("agencies.csv", 1, "the columns are separated by ';'; write commas between them")
    ]


@pytest.mark.parametrize(
    ("bbox", "point", "what"),
    [
        ([111.4, -7.65, 112.2, -6.95], "-8.26,111.86", "it lies outside the bbox of region.yaml"),
        ([-74, 40, -73, 41], "-73.5,40.5", "lat and long are swapped"),
    ],
)
def test_a_place_outside_the_box_is_told(folder: Path, bbox: list[float], point: str, what: str) -> None:
    change(folder / "region.yaml", "phone_country", f"bbox: {bbox}\nphone_country")
    line = change(folder / "places.csv", "-7.26,111.86", point)
    assert [fault.what for fault in faults(folder) if fault.line == line and what in fault.what]


NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what"),
    [
        (
            "agencies.csv",
            "dpu,Dinas Pekerjaan Umum,dinas,kecil,,Dinas PU Kab. Kecil,2000-01-01,",
            "dpu,Dinas Pekerjaan Umum,dinas,kecil,,Dinas PU Kab. Kecil,2000-01-01,2026-11-23",
            ("categories.yaml", 7),
            "'jalan-rusak': the agency 'dpu' ended on 2026-11-23 (agencies.csv:3); write who answers now",
        ),
        (
            "categories.yaml",
            "35.22.11: kec-kedungadem",
            "35.22.11: dinlama",
            ("categories.yaml", 16),
            "'kesehatan': the agency 'dinlama' ended on 2016-12-31 (agencies.csv:6); write who answers now",
        ),
        (
            "region.yaml",
            "coordinator: dinkominfo",
            "coordinator: dinlama",
            ("region.yaml", 13),
            "the agency 'dinlama' ended on 2016-12-31 (agencies.csv:6); write who coordinates now",
        ),
        (
            "agencies.csv",
            "kec-dander,Kecamatan Dander,kecamatan,kecil,35.22.14,,2000-01-01,",
            "kec-dander,Kecamatan Dander,kecamatan,kecil,35.22.14,,2000-01-01,2020-01-01",
            ("agencies.csv", 8),
            "the agency 'kec-dander' ended on 2020-01-01 (agencies.csv:8), and no other agency governs 35.22.14;"
            " add the row of the one that does now",
        ),
        (
            "agencies.csv",
            "dinkes,Dinas Kesehatan,dinas,kecil,,,2000-01-01,",
            "dinkes,Dinas Kesehatan,dinas,kecil,,,2027-01-01,",
            ("categories.yaml", 15),
            "'kesehatan': the agency 'dinkes' begins on 2027-01-01 (agencies.csv:4); write who answers now",
        ),
        (
            "categories.yaml",
            "- code: lainnya",
            "- code: lainnya\n  valid_to: 2026-11-01",
            ("region.yaml", 12),
            "the category 'lainnya' ended on 2026-11-01; write one that has not",
        ),
    ],
)
def test_what_has_ended_and_is_still_needed_is_told(
    folder: Path, file: str, old: str, new: str, line: tuple[str, int], what: str
) -> None:
    change(folder / file, old, new)
    load_region(folder)
    with pytest.raises(RegionFault) as caught:
        load_region(folder, NOW)
    assert [fault._replace(file=Path(fault.file).name) for fault in caught.value.faults] == [FileFault(*line, what)]


def test_an_ended_category_may_name_an_agency_that_ended_with_it(folder: Path) -> None:
    change(folder / "categories.yaml", "agency: dpu", "agency: dinlama\n  valid_to: 2016-12-31")
    assert load_region(folder, NOW).offered(NOW.date()) == ["kesehatan", "pelayanan-kecamatan", "pungli", "lainnya"]


def test_of_two_agencies_of_a_kecamatan_the_one_that_lasts_answers(folder: Path) -> None:
    with (folder / "agencies.csv").open("a") as file:
        file.write("kec-dander-lama,Kecamatan Dander (lama),kecamatan,kecil,35.22.14,,2000-01-01,2016-12-31\n")
    assert load_region(folder, NOW).kecamatan_agencies["35.22.14"] == "kec-dander"


def warned(folder: Path, day: date) -> list[tuple[str, int]]:
    return [(Path(fault.file).name, fault.line) for fault in warnings(read_files(folder), day)]


def test_the_next_years_holidays_are_missed_from_october_on(folder: Path) -> None:
    assert warned(folder, date(2026, 9, 30)) == []
    assert warned(folder, date(2026, 10, 1)) == [("holidays.yaml", 2)]
    change(folder / "holidays.yaml", "removed", "  2027-12-24: Cuti bersama Natal\nremoved")
    assert warned(folder, date(2026, 10, 1)) == []


def test_an_agency_that_will_end_while_it_is_needed_is_told_before(folder: Path) -> None:
    change(
        folder / "agencies.csv", "dinkes,Dinas Kesehatan,dinas,kecil,,,2000-01-01,", "dinkes,D,d,kecil,,,,2026-06-30"
    )
    assert warned(folder, date(2026, 5, 1)) == []
    assert warned(folder, date(2026, 6, 15)) == [("categories.yaml", 15)]
    assert "'dinkes' ends on 2026-06-30" in warnings(read_files(folder), date(2026, 6, 15))[0].what
    assert warned(folder, date(2026, 7, 1)) == []  # by then it is a fault


def test_a_day_removed_for_nothing_is_told(folder: Path) -> None:
    change(folder / "holidays.yaml", "removed: []", "removed: [2026-12-25, 2026-12-26]")
    assert warned(folder, date(2026, 5, 1)) == [("holidays.yaml", 4)]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("dpu,phone,12,x", "is no telephone number"),
        ("dpu,email,dpu,x", "is no e-mail address"),
        ("dpu,account,@d,x", "is no account of social media"),
        ("nobody,phone,0353 881826,x", "there is no agency 'nobody'"),
        ("dpu,fax,0353 881826,x", "kind"),
        ("dpu,phone,0353 881826,", "source"),
        ("dpu,phone,0353 881826,x\ndpu,phone,+62 353 881-826,x", "already stands on line 2"),
    ],
)
def test_a_wrong_contact_of_an_office_is_told_with_its_line(folder: Path, rows: str, fault: str) -> None:
    (folder / "contacts.csv").write_text(f"agency,kind,value,source\n{rows}\n")
    (told,) = faults(folder)
    assert (told.file, told.line) == ("contacts.csv", 1 + len(rows.splitlines()))
    assert fault in told.what


def test_a_link_needs_an_address_to_begin_with(folder: Path) -> None:
    words = folder / "words.yaml"
    line = change(words, "Kabar: CEK {code}", "Kabar: {link}")
    (told,) = faults(folder)
    assert (told.file, told.line, "follow_url" in told.what) == ("words.yaml", line, True)


def test_a_phrase_of_signals_that_cannot_be_read_is_told_with_its_line(folder: Path) -> None:
    (folder / "signals.yaml").write_text(
        "groups:\n  home: [rumah, Omah]\nemergency:\n  danger:\n    - kebakaran\n    - api ..\n  now: [<car> api]\n"
    )
    assert [(fault.line, fault.what) for fault in faults(folder)] == [
        (2, "groups.home: 'Omah' is no word; write small letters, with * for any ending or ~ for its forms"),
        (6, "emergency.danger: 'api ..': write a word before and after each .."),
        (7, "emergency.now: '<car> api': there is no group 'car'; there are home"),
    ]


def test_an_unknown_list_of_signals_is_a_fault_and_no_file_is_none(folder: Path) -> None:
    assert load_region(folder).signals.emergency.danger == ()
    (folder / "signals.yaml").write_text("emergency: {dangers: [api]}\n")
    assert [fault.what for fault in faults(folder)] == ["unknown key 'emergency.dangers'; did you mean 'danger'?"]


@pytest.mark.parametrize("written", ["112", "['11 2']", "[darurat]", "[112]"])
def test_an_emergency_number_is_digits_in_quotes_in_a_list(folder: Path, written: str) -> None:
    line = change(folder / "region.yaml", "coordinator:", f"emergency: {written}\ncoordinator:")
    assert [(fault.file, fault.line) for fault in faults(folder)] == [("region.yaml", line)]


@pytest.mark.parametrize(
    ("rows", "line", "what"),
    [
        ("Tini,,Mayor,2020-01-01,,x\nTini,,Deputy,2021-01-01,2022-01-01,x", 3, "already stands on line 2"),
        ("Tini,Budi,Mayor,,,x\nBudi,,Deputy,2021-01-01,,x", 3, "'budi' already stands on line 2"),
        ("Tini,,Mayor,2020-01-01,2019-01-01,x", 2, "is before valid_from"),
        ("Tini,,,2020-01-01,,x", 2, "office"),
        ("Tini,-,Mayor,,,x", 2, "has no letters"),
    ],
)
def test_an_official_stands_once_for_the_same_days(folder: Path, rows: str, line: int, what: str) -> None:
    (folder / "officials.csv").write_text(f"name,aliases,office,valid_from,valid_to,source\n{rows}\n")
    (told,) = faults(folder)
    assert (told.file, told.line) == ("officials.csv", line)
    assert what in told.what


def test_an_official_may_stand_again_for_other_days(folder: Path) -> None:
    rows = "Tini,Mayor,2020-01-01,2021-12-31,x\nTini,Mayor,2022-01-01,,x"
    (folder / "officials.csv").write_text(f"name,office,valid_from,valid_to,source\n{rows}\n")
    assert [each.name for each in load_region(folder).officials] == ["Tini", "Tini"]
