"""Kannel: an SMS arrives with a charset of its own; the answer is plain text. `docs/kannel.conf` sets Kannel up.

`get-url`   GET …?from=%p&to=%P&text=%b&id=%I&smsc=%i&ts=%T&coding=%c&charset=%C
`post-url`  POST …?from=%p&id=%I&ts=%T&coding=%c with the text as the body, and `X-Kannel-` headers
`post-xml`  POST …?from=%p&id=%I with a document that has the text, URL-encoded, in `<ud>`
(Kannel 1.4.5 user guide, "SMS-service group"; what Kannel really sends: `obey_request` in its `gw/smsbox.c`).
"""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from starlette.responses import Response

from contracts.events import Channel
from contracts.sms import GSM7_ALL
from services.intake.charset import NAMES, decode
from services.intake.domain import TextMessage
from services.intake.pieces import fills_sms
from services.intake.provider import Provider, ProviderRequest
from services.intake.rest import UnreadableBody

_FORM, _TEXT, _XML = "application/x-www-form-urlencoded", ("text/plain", "application/octet-stream"), "text/xml"
_LONGEST_KEY = 120
_MOST_FIELDS = 200
_FIELDS = {
    "from": "The sender (%p).",
    "to": "The number it was sent to (%P).",
    "text": "The message (%b), in `charset`; with POST it may be the body.",
    "id": "Kannel's id of the message (%I); an id that came before is the same message.",
    "smsc": "The connection it came by (%i).",
    "ts": "When it was sent (%T): seconds since 1970, or YYYY-MM-DD HH:MM:SS in UTC.",
    "coding": "0 is 7 bit, 1 is 8 bit, 2 is UCS-2 (%c).",
    "charset": "The charset of the text (%C).",
}
_EXAMPLES = {
    "from": "+62811000000",
    "to": "1708",
    "text": "BJN Jalan rusak di desa Tapelan",
    "id": "4f0c2b1e",
    "smsc": "xl",
    "ts": "1795500000",
    "coding": "0",
    "charset": "UTF-8",
}
_HEADERS = {
    b"from": "x-kannel-from",
    b"to": "x-kannel-to",
    b"smsc": "x-kannel-smsc",
    b"ts": "x-kannel-time",
    b"coding": "x-kannel-coding",
}
"""The header that stands for a field in `post-url`; `X-Kannel-From` needs `send-sender = true`."""
_ELEMENTS = {
    b"text": re.compile(rb"<ud>([^<]*)</ud>"),
    b"from": re.compile(rb"<oa>\s*<number>([^<]*)</number>"),
    b"to": re.compile(rb"<da>\s*<number>([^<]*)</number>"),
    b"smsc": re.compile(rb"<from>\s*<account>([^<]*)</account>"),
    b"coding": re.compile(rb"<coding>([^<]*)</coding>"),
}
_AT = re.compile(
    rb"<year>(\d+)</year>\s*<month>(\d+)</month>\s*<day>(\d+)</day>\s*"
    rb"<hour>(\d+)</hour>\s*<minute>(\d+)</minute>\s*<second>(\d+)</second>"
)

Fields = dict[bytes, bytes]


def read(query: bytes) -> TextMessage:
    """The message of one delivery. Every delivery is accepted: bytes that cannot be decoded are replaced.

    >>> read(b"from=%2B62811000000&text=jalan+rusak&id=7&smsc=xl&ts=1732424400").source
    'kannel/xl'
    """
    return _message(_fields(query))


def reply_headers(reply: str) -> dict[str, str]:
    """The headers that make Kannel send `reply` unchanged; by default it sends `?` for characters outside GSM-7."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return headers if GSM7_ALL.issuperset(reply) else headers | {"X-Kannel-Coding": "2"}


def _message(fields: Fields) -> TextMessage:
    raw, sender, coding = fields.get(b"text", b""), _word(fields, b"from"), _word(fields, b"coding")
    text, charset = decode(raw, _declared(_word(fields, b"charset"), coding))
    return TextMessage(
        source=f"kannel/{_short(_word(fields, b'smsc'))}",
        source_id=_short(_word(fields, b"id")) or _fingerprint(sender, raw, fields.get(b"ts", b"")),
        sender=sender[:64],
        text=text,
        raw=raw,
        charset=charset,
        sent_at=_time(_word(fields, b"ts")),
        fills_sms=fills_sms(text, raw, coding),
    )


def _fields(query: bytes) -> Fields:
    pairs = (part.partition(b"=") for part in query.split(b"&", _MOST_FIELDS)[:_MOST_FIELDS])
    fields: Fields = {}
    for name, _, value in pairs:
        fields.setdefault(unquote_to_bytes(name), unquote_to_bytes(value.replace(b"+", b" ")))
    return fields


def _read(delivery: ProviderRequest) -> TextMessage:
    """A POST's fields stand in the query, in the headers or in the body; those in the query come first."""
    fields = _fields(delivery.query)
    kind, charset = _media_type(delivery.media_type)
    if delivery.body and kind == _FORM:
        fields = _fields(delivery.body) | fields
    elif kind in _TEXT:
        fields = _of_headers(delivery.headers, charset) | {b"text": delivery.body} | fields
    elif kind in (_XML, "application/xml"):
        fields = dict(_of_document(delivery.body)) | fields
    if b"text" not in fields:
        # An answer of 200 would make Kannel forget the message; any other makes it try again.
        raise UnreadableBody(
            f"There is no text: send it in the query or a form as `text`, or as a body of type {', '.join(_TEXT)} or "
            f"{_XML}; docs/kannel.conf shows how"
        )
    return _message(fields)


def _media_type(header: str) -> tuple[str, str]:
    parsed = Message()
    parsed["content-type"] = header or _FORM
    return parsed.get_content_type(), str(parsed.get_param("charset", ""))


def _of_headers(headers: Mapping[str, str], charset: str) -> Fields:
    fields = {name: headers[header].encode("latin-1") for name, header in _HEADERS.items() if header in headers}
    return fields | ({b"charset": charset.encode()} if charset else {})


def _of_document(document: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The fields in a document of `post-xml`; one without a text has no `<ud>`."""
    if b"<message" in document:
        yield b"text", b""
    for name, element in _ELEMENTS.items():
        if match := element.search(document):
            value = html.unescape(match[1].decode("latin-1")).encode("latin-1", "replace")
            yield name, unquote_to_bytes(value.replace(b"+", b" ")) if name == b"text" else value
    if match := _AT.search(document):
        yield b"ts", b"%s-%s-%s %s:%s:%s" % match.groups()


def _word(fields: Fields, name: bytes) -> str:
    word = fields.get(name, b"").decode("utf-8", "replace")
    return "".join(character for character in word if character.isprintable()).strip()


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST_KEY else sha256(word.encode()).hexdigest()


def _fingerprint(sender: str, raw: bytes, ts: bytes) -> str:
    digest = sha256()
    for part in (sender.encode(), raw, ts):
        digest.update(len(part).to_bytes(4, "big") + part)
    return f"sha256:{digest.hexdigest()}"


def _declared(label: str, coding: str) -> str:
    """The charset that Kannel names; if it names none that is known, the one that the coding stands for."""
    charset = NAMES.get("".join(filter(str.isalnum, label)).upper())
    return charset or ("utf-16-be" if coding == "2" else "utf-8")


def _time(word: str) -> datetime | None:
    try:
        if word.isascii() and word.isdigit():
            return datetime.fromtimestamp(int(word[:20]), UTC)
        return datetime.strptime(word, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _reply(words: str) -> Response:
    return Response(words, headers=reply_headers(words))


_STRING = {"type": "string"}
PROVIDER = Provider(
    name="kannel",
    channel=Channel.sms,
    read=_read,
    reply=_reply,
    methods=("GET", "POST"),
    operation={
        "summary": "Take an SMS from Kannel; the body of the answer goes back to the handset.",
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": description,
                "example": _EXAMPLES[name],
                "schema": _STRING,
            }
            for name, description in _FIELDS.items()
        ],
        "requestBody": {
            "required": False,
            "description": "The same fields as a form; or the text itself (`post-url`); or the document of `post-xml`.",
            "content": {kind: {"schema": _STRING} for kind in (_FORM, *_TEXT, _XML)},
        },
    },
)
