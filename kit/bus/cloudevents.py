"""CloudEvents 1.0 in binary mode, by its Kafka protocol binding: attributes in `ce_` headers, data as the value."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from contracts.events import ANY_EVENT, AnyEvent, Event
from kit.bus import BusRecord

_SEQ = re.compile(rb"[1-9][0-9]{0,8}")
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TYPE = re.compile(r"[a-z0-9.]{1,64}")
_VERSION, _JSON = ("ce_specversion", b"1.0"), ("content-type", b"application/json")


class Unreadable(Exception):
    """The record is not a CloudEvent of ours; a retry would not help."""


class Unknown(Exception):
    """The attributes are those of an event, but its type or a value is unknown here; a newer version may know it."""

    def __init__(self, reason: str, event: Event) -> None:
        super().__init__(reason)
        self.event = event
        """The event's attributes; its body was not read."""


class Numbering(NamedTuple):
    """The position of an event among all that its producer sent about the same report."""

    seq: int
    """From 1, over all topics of the producer."""
    after: str | None
    """The id of the event before it; null for the first event, or if the producer has deleted the event before."""


def headers(
    *, id: str, type: str, subject: str, time: datetime, source: str, numbering: Numbering | None = None
) -> tuple[tuple[str, bytes], ...]:
    """The CloudEvents attributes as Kafka headers; `ce_seq` and `ce_after` are extensions of ours."""
    standard = (
        _VERSION,
        ("ce_id", id.encode()),
        ("ce_type", type.encode()),
        ("ce_source", f"/pendapa/{source}".encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", f"{time.astimezone(UTC).isoformat()[:-6]}Z".encode()),
        _JSON,
    )
    if numbering is None:
        return standard
    seq = ("ce_seq", str(numbering.seq).encode())
    return (*standard, seq) if numbering.after is None else (*standard, seq, ("ce_after", numbering.after.encode()))


def decode(record: BusRecord) -> AnyEvent:
    """The event in a record; unknown fields are ignored, so a producer may add some. Raises `Unreadable`, `Unknown`."""
    attributes = _attributes(record)
    try:
        body = orjson.loads(record.value)
    except orjson.JSONDecodeError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(body, dict):
        raise Unreadable("the body is not a JSON object")
    try:
        event = ANY_EVENT.validate_python({**body, **attributes}, strict=False)
    except ValidationError as error:
        envelope = _envelope(record, attributes)
        raise Unknown(_reason(attributes["type"], error), envelope) from error
    _check_key(record, event)
    return event


def numbering(record: BusRecord) -> Numbering | None:
    """The record's number; null if the first version sent it, which has no numbers. Raises `Unreadable`."""
    headers = dict(record.headers)
    seq, after = headers.get("ce_seq"), headers.get("ce_after")
    if seq is None:
        return None
    if not _SEQ.fullmatch(seq):
        raise Unreadable("the header 'ce_seq' is not a number")
    if after is not None and not _ID.fullmatch(after):
        raise Unreadable("the header 'ce_after' is not an id")
    return Numbering(int(seq), None if after is None else after.decode())


def _attributes(record: BusRecord) -> Mapping[str, str]:
    headers = dict(record.headers)
    attributes = {}
    for name in ("id", "type", "subject", "time"):
        value = headers.get(f"ce_{name}")
        if value is None:
            raise Unreadable(f"the header 'ce_{name}' is missing")
        try:
            attributes[name] = value.decode()
        except UnicodeDecodeError as error:
            raise Unreadable(f"the header 'ce_{name}' is not UTF-8") from error
    return attributes


def _envelope(record: BusRecord, attributes: Mapping[str, str]) -> Event:
    """An event of the attributes alone. Raises `Unreadable` if the id, the time or the subject is not valid."""
    try:
        envelope = Event.model_validate(attributes, strict=False)
    except ValidationError as error:
        raise Unreadable(_where(error)) from error
    _check_key(record, envelope)
    return envelope


def _check_key(record: BusRecord, event: Event) -> None:
    if record.key != event.report.encode():
        raise Unreadable("the key is not the subject")


def _reason(type: str, error: ValidationError) -> str:
    if any(each["type"] == "union_tag_invalid" for each in error.errors(include_input=False, include_url=False)):
        return f"the type {type}" if _TYPE.fullmatch(type) else "a type"
    return _where(error)


def _where(error: ValidationError) -> str:
    # Only the path and the type of each error: the value may be a resident's words.
    return ", ".join(f"{'/'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors(include_input=False))
