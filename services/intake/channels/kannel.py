"""Kannel: an SMS arrives as a URL query whose text has a charset of its own; the answer is plain text.

`GET …?from=%p&to=%P&text=%b&id=%I&smsc=%i&ts=%T&coding=%c&charset=%C` (Kannel 1.4.5 user guide, "SMS-service group").
"""

from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from starlette.responses import Response

from contracts.events import Channel
from services.intake.domain import TextMessage
from services.intake.provider import Provider, ProviderRequest

_CHARSETS = {
    "UTF8": "utf-8",
    "ASCII": "utf-8",
    "USASCII": "utf-8",
    "LATIN1": "cp1252",
    "ISO88591": "cp1252",
    "ISO885915": "iso8859-15",
    "WINDOWS1252": "cp1252",
    "CP1252": "cp1252",
    "UTF16BE": "utf-16-be",
    "UTF16": "utf-16-be",
    "UCS2": "utf-16-be",
    "UCS2BE": "utf-16-be",
    "UTF16LE": "utf-16-le",
}

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
"""GSM 03.38's default alphabet and its extension table."""

_LONGEST_KEY = 120
_MOST_FIELDS = 200
_FIELDS = {
    "from": "The sender (%p).",
    "to": "The number it was sent to (%P).",
    "text": "The message (%b), in `charset`.",
    "id": "Kannel's id of the message (%I); an id that came before is the same message.",
    "smsc": "The connection it came by (%i).",
    "ts": "When it was sent (%T): seconds since 1970, or YYYY-MM-DD HH:MM:SS in UTC.",
    "coding": "0 is 7 bit, 1 is 8 bit, 2 is UCS-2 (%c).",
    "charset": "The charset of the text (%C).",
}


def read(query: bytes) -> TextMessage:
    """The message of one delivery. Every delivery is accepted: bytes that cannot be decoded are replaced.

    >>> read(b"from=%2B62811000000&text=jalan+rusak&id=7&smsc=xl&ts=1732424400").source
    'kannel/xl'
    """
    fields = _fields(query)
    raw, sender = fields.get(b"text", b""), _word(fields, b"from")
    charset = _charset(_word(fields, b"charset"), _word(fields, b"coding"), raw)
    return TextMessage(
        source=f"kannel/{_short(_word(fields, b'smsc'))}",
        source_id=_short(_word(fields, b"id")) or _fingerprint(sender, raw, fields.get(b"ts", b"")),
        sender=sender[:64],
        text=raw.decode(charset, "replace"),
        raw=raw,
        charset=charset,
        sent_at=_time(_word(fields, b"ts")),
    )


def reply_headers(reply: str) -> dict[str, str]:
    """The headers that make Kannel send `reply` unchanged; by default it sends `?` for characters outside GSM-7."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return headers if _GSM7.issuperset(reply) else headers | {"X-Kannel-Coding": "2"}


def _fields(query: bytes) -> dict[bytes, bytes]:
    pairs = (part.partition(b"=") for part in query.split(b"&", _MOST_FIELDS)[:_MOST_FIELDS])
    fields: dict[bytes, bytes] = {}
    for name, _, value in pairs:
        fields.setdefault(unquote_to_bytes(name), unquote_to_bytes(value.replace(b"+", b" ")))
    return fields


def _word(fields: dict[bytes, bytes], name: bytes) -> str:
    word = fields.get(name, b"").decode("utf-8", "replace")
    return "".join(character for character in word if character.isprintable()).strip()


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST_KEY else sha256(word.encode()).hexdigest()


def _fingerprint(sender: str, raw: bytes, ts: bytes) -> str:
    digest = sha256()
    for part in (sender.encode(), raw, ts):
        digest.update(len(part).to_bytes(4, "big") + part)
    return f"sha256:{digest.hexdigest()}"


def _charset(label: str, coding: str, raw: bytes) -> str:
    charset = _CHARSETS.get("".join(filter(str.isalnum, label)).upper())
    if charset is None:
        charset = "utf-16-be" if coding == "2" and not _is_utf8(raw) else "utf-8"
        charset = charset if _is_utf8(raw) or charset != "utf-8" else "cp1252"
    # Some gateways say UCS-2 but have already converted the text to ASCII.
    plain = charset.startswith("utf-16") and raw.isascii() and b"\0" not in raw
    return "utf-8" if plain else charset


def _is_utf8(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False


def _time(word: str) -> datetime | None:
    try:
        if word.isascii() and word.isdigit():
            return datetime.fromtimestamp(int(word[:20]), UTC)
        return datetime.strptime(word, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read(delivery: ProviderRequest) -> TextMessage:
    return read(b"&".join((delivery.query, delivery.body)))


def _reply(words: str) -> Response:
    return Response(words, headers=reply_headers(words))


PROVIDER = Provider(
    name="kannel",
    channel=Channel.sms,
    read=_read,
    reply=_reply,
    methods=("GET", "POST"),
    operation={
        "summary": "Take an SMS from Kannel; the body of the answer goes back to the handset.",
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": description, "schema": {"type": "string"}}
            for name, description in _FIELDS.items()
        ],
    },
)
