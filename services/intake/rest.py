"""`POST /v1/reports`: a JSON body becomes a draft, or a list of what is wrong with it and where."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from contracts.events import Channel, Closure, Elsewhere, Kind, ResponseElsewhere
from contracts.region import Region
from kit.problems import Forbidden
from services.intake.contacts import NotAPhoneNumber, e164
from services.intake.domain import TEXT_LIMIT, clean_text
from services.intake.handlers import Draft

OFFICIAL_TEXT_LIMIT = 20_000
"""Characters in a report filed with the official key: letters and minutes are longer than messages."""

OFFICIAL_ONLY = ("channel", "received_at", "agency", "closed_at", "closure", "response")
EARLIEST_YEAR, LATEST_YEAR = 1970, 9998
"""Of a time in UTC. Before 1970 some zones had offsets with seconds, which RFC 3339 cannot express."""

_NULL, _NUMBER, _STRING = ({"type": name} for name in ("null", "number", "string"))
VISIBLE = r"^[^\x00]*[^\s\x00-\x1f\x7f-\x9f][^\x00]*$"
_PHONE = r"^[+(]?[0-9][0-9 ().-]{4,30}$"
_EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"


def _within_years(at: datetime) -> datetime:
    # At the edge of the calendar, converting to UTC would overflow.
    year = at.astimezone(UTC).year if 1 < at.year < 9999 else 0
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"the year must be from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return at


_YEARS = WithJsonSchema({"type": "string", "format": "date-time", "pattern": r"^(19[7-9]\d|[2-8]\d\d\d)-"})
At = Annotated[AwareDatetime, AfterValidator(_within_years), _YEARS]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=VISIBLE)]


class UnreadableBody(Exception):
    """The body is not JSON."""


class RequestShape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Contact(RequestShape):
    """How to reach the reporter. It never leaves intake."""

    phone: str | None = Field(default=None, pattern=_PHONE, examples=["+62811000000"])
    email: str | None = Field(default=None, max_length=254, pattern=_EMAIL, examples=["warga@example.org"])
    name: Word | None = None


class Source(RequestShape):
    """The system that delivers the report, and its id there; the same pair again is the same report."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=VISIBLE)]
    id: Word


class Response(RequestShape):
    """The answer that the report got where it comes from. `acted`: something was done, not only explained."""

    text: str = Field(min_length=1, max_length=4000, pattern=VISIBLE)
    at: At
    acted: bool


class NewReport(RequestShape):
    """A report to be filed. Only the official key may add channel, received_at, agency, closed_at, closure, response.

    With that key a `source` and id that came before bring the changes of that report.
    """

    text: str = Field(
        min_length=1,
        pattern=VISIBLE,
        description=f"At most {TEXT_LIMIT} characters once trimmed; with the official key {OFFICIAL_TEXT_LIMIT}.",
    )
    kind: Kind | None = None
    category: str | None = None
    place: Word | None = Field(default=None, description="Its Kemendagri code, or what people call it.")
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    long: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    address: str | None = Field(default=None, min_length=1, max_length=500, pattern=VISIBLE)
    contact: Contact | None = None
    anonymous: bool = False
    confidential: bool | None = Field(
        default=None, description="true: withhold the words. false counts with the official key only."
    )
    source: Source | None = None
    channel: Channel | None = Field(default=None, description="How it reached the official who enters it; else web.")
    received_at: At | None = None
    agency: str | None = None
    closed_at: At | None = None
    closure: Closure | None = None
    response: Response | None = None


def read(body: bytes, *, official: bool, region: Region, now: datetime) -> Draft:
    """The draft in a request's body. Raises `UnreadableBody`, `Forbidden`, `RequestValidationError` with pointers."""
    try:
        new = NewReport.model_validate_json(body)
    except ValidationError as error:
        raise _body_error(error) from None
    if not official and any(getattr(new, name) is not None for name in OFFICIAL_ONLY):
        raise Forbidden(f"Only the official key may set {', '.join(OFFICIAL_ONLY)}")
    errors = list(_contradictions(new, official, region, now))
    if errors:
        raise RequestValidationError(errors)
    return _draft(new, official, region, now)


def schema(region: Region) -> dict[str, Any]:
    """The body's JSON Schema, for OpenAPI, with the region's categories and agencies."""
    document: dict[str, Any] = NewReport.model_json_schema(ref_template="#/components/schemas/{model}")
    properties = document["properties"]
    for name, codes in (("category", region.categories), ("agency", region.agencies)):
        properties[name] = {"anyOf": [{"type": "string", "enum": list(codes)}, {"type": "null"}]}
    both, neither = {"required": ["lat", "long"], **_all(_NUMBER, "lat", "long")}, _all(_NULL, "lat", "long")
    closed = {"required": ["closed_at"], **_all(_STRING, "closed_at")}
    document["allOf"] = [{"anyOf": [both, neither]}, {"anyOf": [closed, _all(_NULL, "closure")]}]
    return document


def _all(kind: dict[str, str], *names: str) -> dict[str, Any]:
    return {"properties": dict.fromkeys(names, kind)}


def _body_error(error: ValidationError) -> Exception:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return UnreadableBody("The body must be JSON in UTF-8")
    return RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in errors])


def _contradictions(new: NewReport, official: bool, region: Region, now: datetime) -> Iterator[Mapping[str, object]]:
    limit = OFFICIAL_TEXT_LIMIT if official else TEXT_LIMIT
    if len(clean_text(new.text)) > limit:
        yield _error("text", f"String should have at most {limit} characters")
    if new.category is not None and new.category not in region.categories:
        yield _error("category", "There is no such category; see /v1/categories")
    if new.agency is not None and new.agency not in region.agencies:
        yield _error("agency", "There is no such agency; see /v1/agencies")
    if (new.lat is None) != (new.long is None):
        yield _error("long" if new.long is None else "lat", "lat and long are given together")
    if new.closure is not None and new.closed_at is None:
        yield _error("closed_at", "A closure needs the time it was closed at")
    answered_at = new.response.at if new.response else None
    for name, at in (("received_at", new.received_at), ("closed_at", new.closed_at), ("response", answered_at)):
        if at is not None and at > now + timedelta(days=1):
            yield _error(name, "This is in the future")
    if new.contact and new.contact.phone:
        try:
            e164(new.contact.phone, region.phone_country)
        except NotAPhoneNumber as error:
            yield _error("contact", str(error), "phone")


def _error(name: str, message: str, *inner: str) -> Mapping[str, object]:
    return {"loc": ("body", name, *inner), "msg": message, "type": "value_error"}


def _draft(new: NewReport, official: bool, region: Region, now: datetime) -> Draft:
    contact = new.contact or Contact()
    elsewhere = Elsewhere(
        agency=new.agency, closed_at=new.closed_at, closure=new.closure, response=_response(new.response)
    )
    return Draft(
        text=clean_text(new.text),
        channel=new.channel or Channel.web,
        received_at=new.received_at or now,
        source=(f"api/{clean_text(new.source.name)}", clean_text(new.source.id)) if new.source else None,
        kind=new.kind,
        category=new.category,
        place=_clean(new.place),
        lat=new.lat,
        long=new.long,
        address=_clean(new.address),
        anonymous=new.anonymous,
        confidential=new.confidential or (False if official and new.confidential is False else None),
        official=official,
        elsewhere=elsewhere if elsewhere != Elsewhere() else None,
        dated=new.received_at is not None,
        phone=e164(contact.phone, region.phone_country) if contact.phone else None,
        email=contact.email,
        name=_clean(contact.name),
    )


def _response(answer: Response | None) -> ResponseElsewhere | None:
    return None if answer is None else ResponseElsewhere(**{**dict(answer), "text": clean_text(answer.text)})


def _clean(words: str | None) -> str | None:
    return None if words is None else clean_text(words)
