"""`POST /open311/v2/requests.{format}`: a form becomes a draft. GeoReport v2, "POST Service Request".

Clients send fields of their own, and send fields without a value empty: both are ignored.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts import open311
from contracts.events import Channel
from contracts.region import Region
from services.intake import forms
from services.intake.contacts import NotAPhoneNumber, e164
from services.intake.domain import clean_text
from services.intake.handlers import Attachment, Draft
from services.intake.points import MOST, is_outside, point_faults

MEDIA_LIMIT = 5 * 1024 * 1024
MEDIA_COUNT_LIMIT = 8
_LIMITS = {"description": open311.DESCRIPTION_LIMIT, "media_url": 2000}
_LIMIT = 500
_FIELDS = 200
_NUMBER = re.compile(r"[-+]?\d{1,3}(\.\d{0,30})?([eE][-+]?\d{1,3})?", re.ASCII)


class Filing(NamedTuple):
    """A form: its cleaned fields and its attachments."""

    fields: Mapping[str, str]
    attachments: tuple[Attachment, ...]

    def said(self) -> bytes:
        """All that the form says, in one spelling: sent again, a multipart form has another boundary."""
        files = [(each.media_type, sha256(each.content or b"").hexdigest(), each.url) for each in self.attachments]
        return orjson.dumps([sorted((name, words) for name, words in self.fields.items() if name != "api_key"), files])


def format_of(request: Request) -> open311.Format:
    """The format that the caller asks for. Raises 400 for an unknown one."""
    format = open311.asked_format(request.scope["path"], request.headers.get("accept", ""))
    if format is None:
        raise HTTPException(400, "The format is unknown: ask for .xml or .json")
    return format


async def read_form(request: Request) -> Filing:
    """The fields of a form or multipart body; a file may be called `media` or anything else."""
    async with forms.read_form(request, max_fields=_FIELDS, max_files=MEDIA_COUNT_LIMIT) as form:
        fields = {name: clean_text(value) for name, value in form.fields}
        return Filing({name: value for name, value in fields.items() if value}, await _attachments(form))


def check_jurisdiction(request: Request, fields: Mapping[str, str], region: Region) -> None:
    """Raises 404 if the query or the body names another government's jurisdiction. Naming none is allowed."""
    jurisdiction = clean_text(request.query_params.get("jurisdiction_id", "")) or fields.get("jurisdiction_id", "")
    if jurisdiction and jurisdiction != region.jurisdiction_id:
        raise HTTPException(404, "jurisdiction_id: this is not the server of that jurisdiction")


def draft(filing: Filing, *, official: bool, region: Region, now: datetime) -> Draft:
    """The report in a form. Raises 404 for an unknown service, 400 with every error in the form otherwise."""
    fields = filing.fields
    code = fields.get("service_code")
    if code is not None and code not in region.offered(region.day_of(now)):
        raise HTTPException(404, "service_code: there is no such service; see services.json")
    if region.lacks_place(fields.get("address_id", "")):
        raise HTTPException(404, "address_id: there is no such place; see /v1/places")
    errors = list(_errors(fields, official, region))
    if errors or code is None:
        raise RequestValidationError(
            [{"loc": ("body", name), "msg": message, "type": "form"} for name, message in errors]
        )
    lat, long = (float(fields[name]) if name in fields else None for name in ("lat", "long"))
    return Draft(
        # Open311 makes the description optional; without it, the service's name is all that the reporter said.
        text=fields.get("description", region.categories[code].name),
        channel=Channel.open311,
        received_at=now,
        category=code,
        place=fields.get("address_id"),
        lat=lat,
        long=long,
        outside=is_outside(lat, long, region.area),
        address=fields.get("address_string"),
        official=official,
        phone=_phone(fields.get("phone"), region.phone_country),
        email=fields.get("email", "")[:254] or None,
        name=" ".join(filter(None, (fields.get("first_name"), fields.get("last_name"))))[:200] or None,
        attachments=filing.attachments,
    )


def _errors(fields: Mapping[str, str], official: bool, region: Region) -> Iterator[tuple[str, str]]:
    if "service_code" not in fields:
        yield "service_code", "required"
    for name in ("description", "address_string", "address_id", "first_name", "last_name", "email", "phone"):
        limit = _LIMITS.get(name, _LIMIT)
        if len(fields.get(name, "")) > limit:
            yield name, f"at most {limit} characters"
    point = {name: float(fields[name]) for name in MOST if _NUMBER.fullmatch(fields.get(name, ""))}
    for name, most in MOST.items():
        if name in fields and name not in point:
            yield name, f"a number of degrees from -{most:g} to {most:g}"
    yield from point_faults(point.get("lat"), point.get("long"), region.area, official=official)
    if ("lat" in fields) != ("long" in fields):
        yield ("long" if "lat" in fields else "lat"), "lat and long are given together"
    if not fields.keys() & {"lat", "long", "address_string", "address_id"}:
        yield "lat", "one location is required: lat and long, address_string or address_id"


def _phone(number: str | None, country: str) -> str | None:
    try:
        return e164(number, country) if number else None
    except NotAPhoneNumber:
        return (number or "")[:64]  # kept unread, because a report must not be lost over its number


async def _attachments(form: forms.FormParts) -> tuple[Attachment, ...]:
    urls = [clean_text(value) for name, value in form.fields if name == "media_url"]
    attachments = [Attachment(url=url) for url in urls[:MEDIA_COUNT_LIMIT] if 0 < len(url) <= _LIMITS["media_url"]]
    for file in form.files:
        content = await file.read(MEDIA_LIMIT + 1)
        if len(content) > MEDIA_LIMIT:
            raise HTTPException(413, f"media: at most {MEDIA_LIMIT // 1024**2} MiB each")
        if content:
            attachments.append(Attachment(clean_text(file.content_type or "")[:127] or None, content))
    return tuple(attachments)
