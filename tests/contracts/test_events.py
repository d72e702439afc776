"""Every promise on the bus is kept: examples decode, generated files are fresh, the topic table is true."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import ATTRIBUTES, ReportWithdrawn
from contracts.generate import HERE, MODELS, files
from contracts.topics import TOPIC_OF
from kit.bus import BusRecord
from kit.bus.cloudevents import Numbering, Unknown, Unreadable, decode, headers, numbering
from kit.bus.headers import pack_headers, unpack_headers
from kit.reading import Lost, Read, read

EXAMPLES = sorted((HERE / "examples").glob("*.json"))


def record(example: Path) -> BusRecord:
    document = json.loads(example.read_text())
    headers = tuple((name, value.encode()) for name, value in document["attributes"].items())
    key = document["attributes"]["ce_subject"].encode()
    return BusRecord(TOPIC_OF[example.stem], 0, 0, key, headers, json.dumps(document["data"]).encode())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_decodes_as_its_file_name_and_loses_nothing(example: Path) -> None:
    event = decode(record(example))
    assert MODELS[example.stem] is type(event)
    assert json.loads(event.model_dump_json(exclude=set(ATTRIBUTES))) == json.loads(example.read_text())["data"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_its_schema(example: Path) -> None:
    schema = json.loads((HERE / "schemas" / example.name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(example.read_text())["data"], schema)


def test_every_event_has_an_example_a_schema_and_a_topic() -> None:
    schemas = {path.stem for path in (HERE / "schemas").glob("*.json")}
    assert set(MODELS) == {path.stem for path in EXAMPLES} == schemas == set(TOPIC_OF)


def test_the_generated_files_are_fresh() -> None:
    stale = [path.name for path, text in files().items() if not path.exists() or path.read_text() != text]
    assert not stale, "run: python -m contracts.generate"


@pytest.mark.parametrize("spoilt", ["ce_id", "ce_type", "ce_subject", "ce_time"])
def test_a_record_without_an_attribute_is_unreadable(spoilt: str) -> None:
    good = record(EXAMPLES[0])
    with pytest.raises(Unreadable, match=spoilt):
        decode(good._replace(headers=tuple(header for header in good.headers if header[0] != spoilt)))


@pytest.mark.parametrize("value", [b"", b"[]", b"\xff", b"null", b"{" * 100_000])
def test_a_body_that_is_not_the_event_is_unreadable(value: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(record(HERE / "examples" / "report.amended.v1.json")._replace(value=value))


@pytest.mark.parametrize("value", [b'{"text": 1}', b"{}"])
def test_a_body_with_values_that_the_model_does_not_allow_is_unknown_and_not_unreadable(value: bytes) -> None:
    good = record(HERE / "examples" / "report.amended.v1.json")
    with pytest.raises(Unknown, match="text") as caught:
        decode(good._replace(value=value))
    assert caught.value.event.report.encode() == good.key


def test_a_type_that_nobody_declared_is_unknown() -> None:
    good = record(HERE / "examples" / "report.amended.v1.json")
    told = dict(good.headers) | {"ce_type": b"report.merged.v1"}
    with pytest.raises(Unknown, match=re.escape("the type report.merged.v1")):
        decode(good._replace(headers=tuple(told.items())))


@pytest.mark.parametrize("spoilt", [{"ce_id": b"7"}, {"ce_subject": b"7"}, {"ce_time": b"soon"}])
@pytest.mark.parametrize("type", [b"report.amended.v1", b"report.merged.v1"])
def test_attributes_that_are_wrong_are_unreadable_whatever_the_type(spoilt: dict[str, bytes], type: bytes) -> None:
    good = record(HERE / "examples" / "report.amended.v1.json")
    told = dict(good.headers) | {"ce_type": type} | spoilt
    with pytest.raises(Unreadable):
        decode(good._replace(headers=tuple(told.items())))


def test_a_number_goes_there_and_back() -> None:
    good = record(EXAMPLES[0])
    after = "00000000-0000-4000-8000-000000000001"
    about = {name: dict(good.headers)[f"ce_{name}"].decode() for name in ("id", "type", "subject")}
    for told in (Numbering(7, after), Numbering(1, None), None):
        named = headers(**about, time=datetime.now(UTC), source="routing", numbering=told)
        assert numbering(good._replace(headers=named)) == told


@pytest.mark.parametrize("spoilt", [("ce_seq", b"0"), ("ce_seq", b"1_0"), ("ce_seq", b""), ("ce_after", b"x")])
def test_a_number_that_is_none_is_unreadable(spoilt: tuple[str, bytes]) -> None:
    good = record(EXAMPLES[0])
    told = dict(good.headers) | {"ce_seq": b"2", "ce_after": good.key} | dict([spoilt])
    with pytest.raises(Unreadable, match=spoilt[0]):
        numbering(good._replace(headers=tuple(told.items())))


NAMES = ["ce_id", "ce_type", "ce_subject", "ce_time", "ce_seq", "ce_after", "ce_source"]
SOME = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=40).map(str.encode),
    st.uuids().map(lambda id: str(id).encode()),
    st.sampled_from([name.encode() for name in MODELS]),
    st.integers().map(lambda n: str(n).encode()),
    st.datetimes().map(lambda at: f"{at.isoformat()}Z".encode()),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@given(
    example=st.sampled_from(EXAMPLES),
    headers=st.dictionaries(st.sampled_from(NAMES), SOME),
    members=st.dictionaries(st.sampled_from(["text", "kind", "agency", "time", "place", "\0"]), ANY_JSON),
    value=st.none() | st.binary(max_size=50) | ANY_JSON.map(lambda body: json.dumps(body).encode()),
    whole=st.booleans(),
)
def test_no_record_whatever_can_do_more_than_be_read_be_unknown_or_be_unreadable(
    example: Path,
    headers: dict[str, bytes],
    members: dict[str, object],
    value: bytes | None,
    whole: bool,
) -> None:
    good = record(example)
    body = json.dumps({**json.loads(good.value), **members}).encode() if value is None else value
    told = {**(dict(good.headers) if whole else {}), **headers}
    key = told.get("ce_subject") or good.key
    strange = good._replace(headers=tuple(told.items()), key=key, value=body)
    [reading] = read([strange])
    assert isinstance(reading, Read | Lost)
    assert strange._replace(headers=unpack_headers(pack_headers(strange.headers))) == strange


def test_a_key_that_is_not_the_subject_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="key"):
        decode(record(EXAMPLES[0])._replace(key=b"another"))


def test_why_a_record_is_unknown_does_not_repeat_its_words() -> None:
    spoilt = record(HERE / "examples" / "report.received.v1.json")._replace(value=b'{"text": {"a": "+62811000000"}}')
    with pytest.raises(Unknown) as caught:
        decode(spoilt)
    assert "62811" not in str(caught.value)


def test_a_time_is_utc_itself_whatever_its_offset_was() -> None:
    given = "2026-11-24T12:00:00+07:00"
    event = ReportWithdrawn.model_validate({"time": given, "subject": "00000000-0000-4000-8000-000000000001"})
    assert event.time == datetime.fromisoformat(given)
    assert event.time.tzinfo is UTC


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_none_in_utc_is_unreadable(edge: str) -> None:
    good = record(HERE / "examples" / "report.withdrawn.v1.json")
    told = dict(good.headers) | {"ce_time": edge.encode()}
    with pytest.raises(Unreadable, match="time"):
        decode(good._replace(headers=tuple(told.items())))
