"""What follows from the declarations of fields and datasets, and what may never change in them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest

from contracts.events import CaseAcknowledged
from services.publish import describe
from services.publish.datasets import calendar, reports
from services.publish.datasets.all import DATASETS, check
from services.publish.datasets.dataset import Dataset, Snapshot
from services.publish.datasets.field import Field, FieldProof, Row, Said, Type
from services.publish.datasets.forms import FORMS, NEWEST
from services.publish.datasets.rules import Derived
from services.publish.formats import FORMATS, parquet
from services.publish.record import events


def test_a_form_that_a_release_has_never_changes() -> None:
    common = ("id", "kind", "channel", "category", "agency", "place", "lat", "long", "status")
    times = ("received_at", "verified_at", "due_at", "updated_at", "closed_at", "closure")
    entry = ("id", "at", "what", "agency", "reason", "record", "erased", "form", "due_at")
    assert FORMS[1].record == (*common, "text", *times)
    assert FORMS[1].entry == ("id", "at", "what", "agency", "text", "reason", "record", "erased")
    assert FORMS[2].record == (*common, *times)
    assert FORMS[2].entry == (*entry, "text_hash", "report_text_hash", "number", "manifest", "size", "root")
    assert FORMS[3].record == (*common, *times, "place_from", "responded_at", "closes_at", "escalated_at")
    new = {"answer", "by", "privacy", "words_erased", "closes_at", "acted", "closure"}
    assert set(FORMS[3].entry) == {*FORMS[2].entry, *new}
    assert FORMS[4].record == (*FORMS[3].record, "duplicate_of")
    assert set(FORMS[4].entry) == {*FORMS[3].entry, "duplicate_of"}
    assert NEWEST == 4


def test_each_field_is_described_in_both_languages_and_each_dataset_has_a_key() -> None:
    for dataset in DATASETS.values():
        assert dataset.key in {field.name for field in dataset.fields}
        for field in dataset.fields:
            assert all(field.says), (dataset.name, field.name)


def test_the_document_of_the_datasets_is_made_from_the_declarations() -> None:
    assert describe.FILE.read_text() == describe.markdown()


def _nothing(_: Snapshot) -> Iterator[Sequence[Row]]:
    yield []


def _dataset(*fields: Field) -> Dataset:
    titles = Said("uji", "test")
    return Dataset("trial", titles, titles, fields, "id", _nothing)


_ID = Field("id", Type.STRING, Said("Id.", "Id."))


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.suffix)
def test_a_type_that_a_format_cannot_write_fails_at_import(format: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(format), "writes", lambda _, kind: kind is not Type.DATE)
    with pytest.raises(TypeError, match="can hold"):
        check(calendar.DATASET)


def test_a_type_that_no_format_knows_yet_fails_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(parquet._TYPES, Type.BOOLEAN)
    with pytest.raises(TypeError, match=r"trial\.done: no parquet file can hold"):
        check(_dataset(_ID, Field("done", Type.BOOLEAN, Said("Selesai.", "Done."))))


def test_words_that_the_log_would_not_commit_to_fail_at_import() -> None:
    with pytest.raises(TypeError, match=r"trial\.summary: the log commits to no words"):
        check(_dataset(_ID, Field("summary", Type.STRING, Said("Ringkasan.", "Summary."), proof=FieldProof.WORDS)))


@pytest.mark.parametrize(("rule", "of"), [(99, "id"), (1, "agency")])
def test_a_field_derived_by_no_rule_or_from_no_field_fails_at_import(rule: int, of: str) -> None:
    derived = Derived(rule, of, "agencies", "name")
    with pytest.raises(TypeError, match=r"trial\.name: there is no such rule"):
        check(_dataset(_ID, Field("name", Type.STRING, Said("Nama.", "Name."), derived=derived)))


def test_a_date_of_an_event_is_stored_as_its_text() -> None:
    assert events._value(date(2026, 11, 24)) == "2026-11-24"


def test_two_fields_with_one_name_and_a_key_that_is_no_field_fail_at_import() -> None:
    with pytest.raises(TypeError, match="one name"):
        check(_dataset(_ID, _ID))
    with pytest.raises(TypeError, match="no field"):
        check(_dataset(replace(_ID, name="code")))


def test_a_field_taken_from_an_event_that_does_not_have_it_fails_at_import() -> None:
    with pytest.raises(TypeError, match="taken from CaseAcknowledged"):
        Field("colour", Type.STRING, Said("Warna.", "Colour."), taken=(CaseAcknowledged,))


def test_a_new_field_is_left_out_of_a_confidential_report_unless_it_says_otherwise() -> None:
    assert not Field("colour", Type.STRING, Said("Warna.", "Colour.")).confidential
    public = {field.name for field in reports.FIELDS if field.confidential}
    assert public.isdisjoint({"text", "place", "place_code", "kecamatan", "lat", "long", "text_salt"})
