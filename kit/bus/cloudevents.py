"""CloudEvents 1.0 in binary mode, by its Kafka protocol binding: attributes in `ce_` headers, data as the value."""

from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from contracts.events import ANY_EVENT, AnyEvent
from kit.bus import Record


class Unreadable(Exception):
    """No code of ours can read this record; no retry would help."""


def headers(*, id: str, type: str, subject: str, time: datetime, source: str) -> tuple[tuple[str, bytes], ...]:
    """The CloudEvents attributes as Kafka headers."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_type", type.encode()),
        ("ce_source", f"/pendapa/{source}".encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("content-type", b"application/json"),
    )


def decode(record: Record) -> AnyEvent:
    """The event of a record. Unknown fields are ignored, so a producer may add some. Raises `Unreadable`."""
    attributes = dict(record.headers)
    try:
        body = orjson.loads(record.value)
        if not isinstance(body, dict):
            raise Unreadable("the body is not a JSON object")
        for name in ("id", "type", "subject", "time"):
            body[name] = attributes[f"ce_{name}"].decode()
        event = ANY_EVENT.validate_python(body, strict=False)
    except KeyError as error:
        raise Unreadable(f"the header {error} is missing") from error
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    except ValidationError as error:
        # Only where and what kind: a value may be somebody's words.
        wrong = ", ".join(f"{'/'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise Unreadable(wrong) from error
    if record.key != event.report.encode():
        raise Unreadable("the key is not the subject")
    return event
