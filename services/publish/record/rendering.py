"""A record's Open311 forms, as the bytes that are sent, made once when it changes."""

from contracts import open311
from contracts.region import Region
from services.publish.record import answers
from services.publish.record.facts import Record, is_open


def service_request(record: Record, region: Region) -> open311.Fragments:
    """Both forms of a request."""
    return open311.request(_service_request(record, region))


def _service_request(record: Record, region: Region) -> open311.ServiceRequest:
    category = region.categories.get(record.category)
    agency = region.agencies.get(record.word("agency") or "")
    code = record.part("place", "code")
    place = region.places.get(code) if code else None
    return open311.ServiceRequest(
        service_request_id=record.id,
        status="open" if is_open(record.status) else "closed",
        status_notes=_notes(record),
        service_name=category.name if category else record.category,
        service_code=record.category,
        description=record.word("text"),
        agency_responsible=agency.name if agency else record.word("agency"),
        service_notice=None,
        requested_datetime=record.moment("received_at"),
        updated_datetime=record.time("closed_at") or record.moment("updated_at"),
        expected_datetime=record.time("due_at"),
        address=_address(record),  # of the place: one that somebody typed is private
        address_id=code,
        zipcode=place.postcode if place else None,
        lat=record.number("lat"),
        long=record.number("long"),
    )


def _notes(record: Record) -> str | None:
    """The words of the newest answer, as they were corrected last; without any, why it was closed."""
    return answers.newest_words(record.history) or record.word("closure")


def _address(record: Record) -> str | None:
    name, kecamatan = record.part("place", "name"), record.part("place", "kecamatan")
    return name if name == kecamatan else f"{name}, {kecamatan}"
