"""Renders Open311 GeoReport v2 in XML and JSON, errors too; knows no routes and no tables.

JSON is the XML by the "Spark" convention: the root wrapper goes and repeated elements become a plain array.
A request is rendered once, as a fragment, when it changes; a list is its fragments joined.
Source: http://wiki.open311.org/GeoReport_v2
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import escape

import orjson

from contracts.times import utc

Format = Literal["xml", "json"]
Value = str | int | float | bool | None

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
CONTENT_TYPES: Final[Mapping[Format, str]] = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
DESCRIPTION_LIMIT: Final = 4000
"""Characters of a description that a POST may carry."""

# Quotes in JSON and angle brackets in XML are escaped within texts, so no resident's words look like these.
_LOCAL_TIME: Final[Mapping[Format, re.Pattern[bytes]]] = {
    "json": re.compile(rb'(?<=_datetime":")[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9:]{5}(?=")'),
    "xml": re.compile(rb"(?<=_datetime>)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9:]{5}(?=<)"),
}
_XML: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'
_MARKUP = re.compile("[&<>\r]")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Document(NamedTuple):
    """A whole answer's body and its content type."""

    body: bytes
    content_type: str


class Service(NamedTuple):
    """One category that a report can be about."""

    service_code: str
    service_name: str
    description: str | None
    keywords: str | None
    group: str | None
    metadata: bool = False
    type: Literal["realtime", "batch", "blackbox"] = "realtime"
    """`realtime`: a POST answers with the service_request_id at once."""


class ServiceRequest(NamedTuple):
    """What the reading side says of one report. Times are aware.

    There is no field for the reporter, in the specification and here.
    """

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str | None
    service_name: str
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: datetime
    updated_datetime: datetime
    """Of a closed request: when it was closed."""
    expected_datetime: datetime | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where this specification is served."""

    url: str
    changeset: str
    type: Literal["production", "test"] = "production"


def asked_format(path: str, accept: str = "") -> Format | None:
    """The format that the path's suffix asks for, or without one the Accept header; null for an unknown suffix.

    >>> asked_format("/open311/v2/requests.json")
    'json'
    >>> asked_format("/open311/v2/requests", "application/json")
    'json'
    >>> asked_format("/open311/v2/requests.yaml") is None
    True
    """
    _, dot, suffix = path.rsplit("/", 1)[-1].rpartition(".")
    if dot:
        return "json" if suffix == "json" else "xml" if suffix == "xml" else None
    json, xml = accept.find("json"), accept.find("xml")
    return "json" if json >= 0 and (xml < 0 or json < xml) else "xml"


def clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold; the JSON leaves them out too, so that both say the same.

    >>> clean("a\\x00b\\x08c")
    'abc'
    """
    return text if text.isprintable() else _ILLEGAL.sub("", text)


class Fragments(NamedTuple):
    """One request as it stands in a list of each format."""

    json: bytes
    xml: bytes


def request(request: ServiceRequest) -> Fragments:
    """One request as a fragment of a JSON array, and of `<service_requests>`."""
    members = _members(request)
    return Fragments(_json(members), _element("request", members).encode())


def respelled(format: Format, fragment: bytes) -> bytes:
    """A stored fragment with its times spelled as today: versions before stored them in the government's zone."""
    return _LOCAL_TIME[format].sub(lambda time: utc(datetime.fromisoformat(time[0].decode())).encode(), fragment)


def with_extended_attributes(format: Format, fragment: bytes, attributes: Mapping[str, Value]) -> bytes:
    """The fragment of one request with `extended_attributes` put at its end."""
    if format == "json":
        return fragment[:-1] + b',"extended_attributes":' + _json(attributes) + b"}"
    return fragment.removesuffix(b"</request>") + _element("extended_attributes", attributes).encode() + b"</request>"


def service_requests(format: Format, fragments: Iterable[bytes]) -> Document:
    """A list of requests from their stored fragments, in the order given. One alone is a list too."""
    if format == "json":
        return _document(format, b"[" + b",".join(fragments) + b"]")
    return _document(format, b"<service_requests>" + b"".join(fragments) + b"</service_requests>")


def services(format: Format, services: Sequence[Service]) -> Document:
    """The list of categories."""
    return _list(format, "services", "service", [_members(service) for service in services])


def service_definition(format: Format, service_code: str) -> Document:
    """The definition of a category: none of ours asks for more attributes."""
    if format == "json":
        return _document(format, _json({"service_code": service_code, "attributes": []}))
    code = _element("service_code", service_code)
    return _document(format, f"<service_definition>{code}<attributes/></service_definition>".encode())


def discovery(
    format: Format, endpoints: Sequence[Endpoint], *, changeset: str, contact: str, key_service: str
) -> Document:
    """Where this government's Open311 is, in which formats, and whom to ask for a key."""
    head: dict[str, Value] = {"changeset": changeset, "contact": contact, "key_service": key_service}
    formats = ["text/xml", "application/json"]
    described: list[dict[str, Value]] = [
        {"specification": SPECIFICATION, "url": each.url, "changeset": each.changeset, "type": each.type}
        for each in endpoints
    ]
    if format == "json":
        return _document(
            format, orjson.dumps({**head, "endpoints": [{**each, "formats": formats} for each in described]})
        )
    names = "".join(_element("format", name) for name in formats)
    body = "".join(f"<endpoint>{_inner(each)}<formats>{names}</formats></endpoint>" for each in described)
    return _document(format, f"<discovery>{_inner(head)}<endpoints>{body}</endpoints></discovery>".encode())


def post_receipt(
    format: Format,
    *,
    service_request_id: str | None = None,
    token: str | None = None,
    service_notice: str | None = None,
    account_id: str | None = None,
    report_code: str | None = None,
) -> Document:
    """The answer to an accepted POST: an id or a token, never both.

    `report_code` is ours, and no member of the specification: what the reporter asks for the report with.
    """
    if (service_request_id is None) == (token is None):
        raise ValueError("a receipt has either a service_request_id or a token")
    named = ("service_request_id", service_request_id) if token is None else ("token", token)
    receipt = dict([named]) | {"service_notice": service_notice, "account_id": account_id}
    receipt |= {} if report_code is None else {"report_code": report_code}
    return _list(format, "service_requests", "request", [receipt])


def tokens(format: Format, *, service_request_id: str, token: str) -> Document:
    """Which request a token became."""
    return _list(format, "service_requests", "request", [{"service_request_id": service_request_id, "token": token}])


def errors(format: Format | None, status: int, errors: Sequence[tuple[int | str, str]] = ()) -> Document:
    """Errors as (code, description); a code may say more than the HTTP status. An unknown format reads XML.

    With no error given, `status` alone is the code.
    """
    listed = errors or [(status, "")]
    return _list(format or "xml", "errors", "error", [{"code": code, "description": words} for code, words in listed])


def _list(format: Format, root: str, name: str, rows: Sequence[Mapping[str, Value]]) -> Document:
    if format == "json":
        return _document(format, b"[" + b",".join(map(_json, rows)) + b"]")
    return _document(format, f"<{root}>{''.join(_element(name, row) for row in rows)}</{root}>".encode())


def _document(format: Format, body: bytes) -> Document:
    return Document(_XML + body if format == "xml" else body, CONTENT_TYPES[format])


def _members(record: Service | ServiceRequest) -> dict[str, Value]:
    return {name: _plain(value) for name, value in zip(record._fields, record, strict=True)}


def _plain(value: Value | datetime) -> Value:
    return utc(value) if isinstance(value, datetime) else value


def _json(members: Mapping[str, Value | list[str]]) -> bytes:
    return orjson.dumps({name: clean(value) if isinstance(value, str) else value for name, value in members.items()})


def _element(name: str, content: Mapping[str, Value] | Value) -> str:
    return _enclosed(name, _inner(content) if isinstance(content, Mapping) else _text(content))


def _inner(members: Mapping[str, Value]) -> str:
    return "".join([_enclosed(name, _text(value)) for name, value in members.items()])


def _enclosed(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    words = clean(str(value))
    # A bare carriage return would come out of an XML parser as a line feed.
    return escape(words, {"\r": "&#13;"}) if _MARKUP.search(words) else words
