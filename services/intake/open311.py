"""`POST /open311/v2/requests.{format}`: a form becomes a draft. GeoReport v2, "POST Service Request".

Clients send fields of their own, and send fields without a value empty: both are ignored.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts import open311
from contracts.events import Channel
from contracts.region import Region
from services.intake.contacts import NotAPhoneNumber, e164
from services.intake.domain import clean_text
from services.intake.handlers import Attachment, Draft

MEDIA_LIMIT = 5 * 1024 * 1024
MEDIA_COUNT_LIMIT = 8
_LIMITS = {"description": open311.DESCRIPTION_LIMIT, "media_url": 2000}
_LIMIT = 500
_FIELDS = 200
_NUMBER = re.compile(r"[-+]?\d{1,3}(\.\d{0,30})?([eE][-+]?\d{1,3})?", re.ASCII)
_DEGREES = {"lat": 90.0, "long": 180.0}


class Filing(NamedTuple):
    """A form: its cleaned fields and its attachments."""

    fields: Mapping[str, str]
    attachments: tuple[Attachment, ...]


def format_of(request: Request) -> open311.Format:
    """The format that the caller asks for. Raises 400 for an unknown one."""
    format = open311.asked_format(request.scope["path"], request.headers.get("accept", ""))
    if format is None:
        raise HTTPException(400, "The format is unknown: ask for .xml or .json")
    return format


async def read_form(request: Request) -> Filing:
    """The fields of a form or multipart body; a file may be called `media` or anything else."""
    urlencoded = request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded")
    if (
        urlencoded and (await request.body()).count(b"&") >= _FIELDS
    ):  # the parser below limits the fields of multipart only
        raise HTTPException(400, f"at most {_FIELDS} fields")
    async with request.form(max_files=MEDIA_COUNT_LIMIT, max_fields=_FIELDS) as form:
        fields = {name: clean_text(value) for name, value in form.items() if isinstance(value, str)}
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
    if code is not None and code not in region.categories:
        raise HTTPException(404, "service_code: there is no such service")
    errors = list(_errors(fields))
    if errors or code is None:
        raise RequestValidationError(
            [{"loc": ("body", name), "msg": message, "type": "form"} for name, message in errors]
        )
    return Draft(
        # Open311 makes the description optional; without it, the service's name is all that the reporter said.
        text=fields.get("description", region.categories[code].name),
        channel=Channel.open311,
        received_at=now,
        category=code,
        place=fields.get("address_id"),
        lat=float(fields["lat"]) if "lat" in fields else None,
        long=float(fields["long"]) if "long" in fields else None,
        address=fields.get("address_string"),
        official=official,
        phone=_phone(fields.get("phone"), region.phone_country),
        email=fields.get("email", "")[:254] or None,
        name=" ".join(filter(None, (fields.get("first_name"), fields.get("last_name"))))[:200] or None,
        attachments=filing.attachments,
    )


def _errors(fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if "service_code" not in fields:
        yield "service_code", "required"
    for name in ("description", "address_string", "address_id", "first_name", "last_name", "email", "phone"):
        limit = _LIMITS.get(name, _LIMIT)
        if len(fields.get(name, "")) > limit:
            yield name, f"at most {limit} characters"
    for name, most in _DEGREES.items():
        value = fields.get(name)
        if value is not None and not (_NUMBER.fullmatch(value) and abs(float(value)) <= most):
            yield name, f"a number of degrees from -{most:g} to {most:g}"
    if ("lat" in fields) != ("long" in fields):
        yield ("long" if "lat" in fields else "lat"), "lat and long are given together"
    if not fields.keys() & {"lat", "long", "address_string", "address_id"}:
        yield "lat", "one location is required: lat and long, address_string or address_id"


def _phone(number: str | None, country: str) -> str | None:
    try:
        return e164(number, country) if number else None
    except NotAPhoneNumber:
        return (number or "")[:64]  # kept unread, because a report must not be lost over its number


async def _attachments(form: FormData) -> tuple[Attachment, ...]:
    urls = [clean_text(value) for value in form.getlist("media_url") if isinstance(value, str)]
    attachments = [Attachment(url=url) for url in urls[:MEDIA_COUNT_LIMIT] if 0 < len(url) <= _LIMITS["media_url"]]
    for file in (value for _, value in form.multi_items() if isinstance(value, UploadFile)):
        content = await file.read(MEDIA_LIMIT + 1)
        if len(content) > MEDIA_LIMIT:
            raise HTTPException(413, f"media: at most {MEDIA_LIMIT // 1024**2} MiB each")
        if content:
            attachments.append(Attachment(clean_text(file.content_type or "")[:127] or None, content))
    return tuple(attachments)
