"""Open311's shapes: what is rendered reads back the same, in both formats, whatever the words are."""

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, fromstring

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import open311
from contracts.open311 import Format, ServiceRequest

AT = datetime(2026, 11, 24, 5, tzinfo=UTC)


def parse(body: bytes) -> Element:
    return fromstring(body)  # noqa: S314  # our own


def request(description: str | None) -> ServiceRequest:
    return ServiceRequest(
        service_request_id="1",
        status="open",
        status_notes=None,
        service_name="Jalan",
        service_code="jalan",
        description=description,
        agency_responsible=None,
        service_notice=None,
        requested_datetime=AT,
        updated_datetime=AT,
        expected_datetime=None,
        address=None,
        address_id=None,
        zipcode=None,
        lat=-7.25,
        long=None,
    )


@given(st.text())
def test_any_words_read_back_the_same_from_both_formats(words: str) -> None:
    said = request(words)
    [as_json] = orjson.loads(open311.service_requests("json", [open311.request(said).json]).body)
    xml = parse(open311.service_requests("xml", [open311.request(said).xml]).body)
    assert as_json["description"] == open311.clean(words)
    assert (xml.findtext("request/description") or "") == open311.clean(words)


def test_what_is_not_known_is_null_in_json_and_empty_in_xml() -> None:
    as_json = orjson.loads(open311.request(request(None)).json)
    assert as_json["description"] is None
    assert b"<description/>" in open311.request(request(None)).xml
    assert len(as_json) == 17
    assert "requestor" not in str(as_json)


def test_extended_attributes_go_to_the_end_of_a_fragment() -> None:
    said = request("words")
    more: dict[str, open311.Value] = {"detailed_status": "disposed", "confidential": False}
    as_json = open311.with_extended_attributes("json", open311.request(said).json, more)
    assert orjson.loads(as_json)["extended_attributes"] == more
    as_xml = parse(open311.with_extended_attributes("xml", open311.request(said).xml, more))
    assert as_xml.findtext("extended_attributes/confidential") == "false"
    assert as_xml[-1].tag == "extended_attributes"


@pytest.mark.parametrize("format", ["json", "xml", None])
def test_errors_are_a_list_in_the_asked_format_and_xml_by_default(format: Format | None) -> None:
    body, content_type = open311.errors(format, 403, [(403, "no <key>"), (400, "no lat")])
    if format == "json":
        assert orjson.loads(body) == [
            {"code": 403, "description": "no <key>"},
            {"code": 400, "description": "no lat"},
        ]
        assert content_type == "application/json; charset=utf-8"
    else:
        assert [each.findtext("code") for each in parse(body)] == ["403", "400"]
        assert parse(body).findtext("error/description") == "no <key>"
        assert content_type == "text/xml; charset=utf-8"


def test_a_receipt_has_an_id_or_a_token_never_both() -> None:
    by_id = open311.post_receipt("json", service_request_id="1", service_notice="thanks")
    assert orjson.loads(by_id.body) == [{"service_request_id": "1", "service_notice": "thanks", "account_id": None}]
    coded = open311.post_receipt("xml", service_request_id="1", report_code="7KQM2XRA")
    assert b"<account_id/><report_code>7KQM2XRA</report_code></request>" in coded.body
    by_token = parse(open311.post_receipt("xml", token="ABC").body)
    assert [child.tag for child in by_token[0]] == ["token", "service_notice", "account_id"]
    with pytest.raises(ValueError, match="either"):
        open311.post_receipt("json", service_request_id="1", token="ABC")
    with pytest.raises(ValueError, match="either"):
        open311.post_receipt("json")


def test_a_token_names_its_request() -> None:
    assert orjson.loads(open311.tokens("json", service_request_id="1", token="ABC").body) == [
        {"service_request_id": "1", "token": "ABC"}
    ]


@pytest.mark.parametrize(
    ("path", "accept", "format"),
    [
        ("/open311/v2/requests.json", "text/xml", "json"),
        ("/open311/v2/requests.xml", "", "xml"),
        ("/open311/v2/requests.pdf", "application/json", None),
        ("/open311/v2/requests", "", "xml"),
        ("/open311/v2/requests", "application/json, text/xml", "json"),
        ("/open311/v2/requests", "application/xhtml+xml,application/json", "xml"),
        ("/open311/v2.1/requests", "", "xml"),
    ],
)
def test_the_suffix_then_the_accept_header_names_the_format(path: str, accept: str, format: Format | None) -> None:
    assert open311.asked_format(path, accept) == format
