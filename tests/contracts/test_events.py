"""Every promise on the bus is kept: examples decode, generated files are fresh, the topic table is true."""

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from contracts.events import ATTRIBUTES, ReportWithdrawn
from contracts.generate import HERE, MODELS, files
from contracts.topics import TOPIC_OF
from kit.bus import Record
from kit.bus.cloudevents import Unreadable, decode

EXAMPLES = sorted((HERE / "examples").glob("*.json"))


def record(example: Path) -> Record:
    document = json.loads(example.read_text())
    headers = tuple((name, value.encode()) for name, value in document["attributes"].items())
    key = document["attributes"]["ce_subject"].encode()
    return Record(TOPIC_OF[example.stem], 0, 0, key, headers, json.dumps(document["data"]).encode())


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


@pytest.mark.parametrize("value", [b"", b"[]", b"\xff", b'{"text": 1}', b"null", b"{" * 100_000])
def test_a_body_that_is_not_the_event_is_unreadable(value: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(record(HERE / "examples" / "report.amended.v1.json")._replace(value=value))


def test_a_key_that_is_not_the_subject_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="key"):
        decode(record(EXAMPLES[0])._replace(key=b"another"))


def test_why_a_record_is_unreadable_does_not_repeat_its_words() -> None:
    spoilt = record(HERE / "examples" / "report.received.v1.json")._replace(value=b'{"text": {"a": "+62811000000"}}')
    with pytest.raises(Unreadable) as caught:
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
