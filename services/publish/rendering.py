"""A record as the bytes its faces send, made once when it changes; and back again, for the next change."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from contracts import open311
from contracts.region import Region
from services.publish.domain import Place, Record, Step, is_open


class Rendered(NamedTuple):
    doc: bytes
    history: bytes
    o311_json: bytes
    o311_xml: bytes


def render(record: Record, region: Region) -> Rendered:
    """All stored answers of a record."""
    return Rendered(document(record), history(record), *open311.request(_service_request(record, region)))


def document(record: Record) -> bytes:
    """The report as `/v1/reports` gives it."""
    place = record.place
    return orjson.dumps(
        {
            "id": record.id,
            "kind": record.kind,
            "channel": record.channel,
            "category": record.category,
            "agency": record.agency,
            "place": place and {"code": place.code, "name": place.name, "kecamatan": place.kecamatan},
            "lat": record.lat,
            "long": record.long,
            "status": record.status,
            "text": record.text,
            "received_at": utc(record.received_at),
            "verified_at": utc(record.verified_at),
            "due_at": record.due_at and utc(record.due_at),
            "updated_at": utc(record.updated_at),
            "closed_at": record.closed_at and utc(record.closed_at),
            "closure": record.closure,
        }
    )


def history(record: Record) -> bytes:
    """The report's public history, oldest first."""
    return orjson.dumps(
        [
            {"at": utc(step.at), "what": step.what, "agency": step.agency, "text": step.text, "reason": step.reason}
            for step in record.history
        ]
    )


def read(doc: bytes, history: bytes, address: str | None, withheld: bool) -> Record:
    """The record that was rendered so."""
    told = orjson.loads(doc)
    times: dict[str, Any] = {name: told[name] and datetime.fromisoformat(told[name]) for name in _TIMES}
    return Record(
        **{name: told[name] for name in _PLAIN},
        **times,
        place=told["place"] and Place(**told["place"]),
        address=address,
        withheld=withheld,
        history=tuple(Step(**{**step, "at": datetime.fromisoformat(step["at"])}) for step in orjson.loads(history)),
    )


_TIMES = ("received_at", "verified_at", "due_at", "updated_at", "closed_at")
_PLAIN = ("id", "kind", "channel", "category", "agency", "lat", "long", "status", "text", "closure")


def utc(at: datetime) -> str:
    """RFC 3339 in UTC; milliseconds only where there are some.

    >>> utc(datetime(2026, 11, 24, 5, tzinfo=UTC))
    '2026-11-24T05:00:00Z'
    """
    # In UTC first: elsewhere an hour comes twice when clocks are put back, and a cache cannot tell the two apart.
    return _utc(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(maxsize=8192)  # a report's facts and faces say the same few times some twenty times over
def _utc(at: datetime) -> str:
    precision = "milliseconds" if at.microsecond // 1000 else "seconds"
    return at.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def _service_request(record: Record, region: Region) -> open311.ServiceRequest:
    category = region.categories.get(record.category)
    agency = region.agencies.get(record.agency or "")
    place = region.places.get(record.place.code) if record.place else None
    return open311.ServiceRequest(
        service_request_id=record.id,
        status="open" if is_open(record.status) else "closed",
        status_notes=_notes(record),
        service_name=category.name if category else record.category,
        service_code=record.category,
        description=record.text,
        agency_responsible=agency.name if agency else record.agency,
        service_notice=None,
        requested_datetime=record.received_at.astimezone(region.zone),
        updated_datetime=(record.closed_at or record.updated_at).astimezone(region.zone),
        expected_datetime=record.due_at and record.due_at.astimezone(region.zone),
        address=record.address or _address(record.place),
        address_id=record.place.code if record.place else None,
        zipcode=place.postcode if place else None,
        lat=record.lat,
        long=record.long,
    )


def _notes(record: Record) -> str | None:
    """The newest words of an agency; without any, why it was closed."""
    said = next((step.text for step in reversed(record.history) if step.text), None)
    return said or record.closure


def _address(place: Place | None) -> str | None:
    if place is None:
        return None
    return place.name if place.name == place.kecamatan else f"{place.name}, {place.kecamatan}"
