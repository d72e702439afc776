"""`POST /v1/reports`: a JSON body becomes a draft, or a list of what is wrong with it and where."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from contracts.events import Channel, Closure, Elsewhere, Kind, ResponseElsewhere
from contracts.region import Region
from contracts.text import SEEN, visible_text
from kit.problems import Forbidden
from services.intake import sources
from services.intake.changes import several
from services.intake.contacts import NotAPhoneNumber, e164
from services.intake.domain import TEXT_LIMIT, clean_text
from services.intake.handlers import Draft
from services.intake.history import Moment, out_of_order
from services.intake.points import LAT, LONG, is_outside, point_faults
from services.intake.times import impossible

OFFICIAL_TEXT_LIMIT = 20_000
"""Characters in a report filed with the official key: letters and minutes are longer than messages."""

RESPONSES = 50
"""Answers of one report."""
OFFICIAL_ONLY = (
    *("channel", "reviewed", "unsure", "import", "agency"),
    *("received_at", "verified_at", "due_at", "response", "responses", "closed_at", "closure"),
)
_ATTRIBUTES = {"import": "import_number"}
"""Members whose name Python keeps for itself."""
EARLIEST_YEAR, LATEST_YEAR = 1970, 9998
"""Of a time in UTC. Before 1970 some zones had offsets with seconds, which RFC 3339 cannot express."""

_PHONE = r"^[+(]?[0-9][0-9 ().-]{4,30}$"
_EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"


def _within_years(at: datetime) -> datetime:
    # At the edge of the calendar, converting to UTC would overflow.
    year = at.astimezone(UTC).year if 1 < at.year < 9999 else 0
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"No report is of this year: the earliest is {EARLIEST_YEAR}")
    return at


_YEARS = WithJsonSchema({"type": "string", "format": "date-time", "pattern": r"^(19[7-9]\d|[2-8]\d\d\d)-"})
At = Annotated[AwareDatetime, AfterValidator(_within_years), _YEARS]
Visible = Annotated[str, Field(min_length=1, pattern=SEEN), AfterValidator(visible_text)]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=SEEN), AfterValidator(visible_text)]


class UnreadableBody(Exception):
    """The body is not JSON."""


class RequestShape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Contact(RequestShape):
    """How to reach the reporter. It never leaves intake."""

    phone: str | None = Field(
        default=None, pattern=_PHONE, description="A phone number, in any usual spelling.", examples=["+62811000000"]
    )
    email: str | None = Field(
        default=None,
        max_length=254,
        pattern=_EMAIL,
        description="An e-mail address.",
        examples=["warga@example.org"],
    )
    name: Word | None = Field(default=None, description="A name.", examples=["Budi Contoh"])


class Source(RequestShape):
    """The system that delivers the report, and its id there; the same pair again is the same report."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            pattern=SEEN,
            description="The system's name, the same for all of its reports.",
            examples=["aplikasi-warga"],
        ),
        AfterValidator(visible_text),
    ]
    id: Word = Field(description="The report's id in that system.", examples=["2026-000123"])


class ResponseGiven(RequestShape):
    """The answer that the report got where it comes from. `acted`: something was done, not only explained."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=OFFICIAL_TEXT_LIMIT,
            pattern=SEEN,
            description="The words of the answer.",
            examples=["Sudah ditambal"],
        ),
        AfterValidator(visible_text),
    ]
    at: At | None = Field(
        default=None,
        description="When it was given. Absent: when the report was closed, or else received.",
        examples=["2026-11-20T02:00:00.000Z"],
    )
    acted: bool = Field(default=False, description="true: something was done, not only explained.")
    agency: str | None = Field(
        default=None, description="Whose answer it is; absent: of the agency that has it.", examples=["dpu"]
    )


def _in_order(given: list[ResponseGiven]) -> list[ResponseGiven]:
    if any(each.at is None for each in given):
        raise ValueError("Each of several answers needs its time, at")
    return given


class NewReport(RequestShape):
    """A report to be filed. What tells of its history, or that it was reviewed, only the official key may add.

    With that key a `source` and id that came before bring the changes of that report.
    """

    text: Visible = Field(
        description=f"What the report says: at most {TEXT_LIMIT} characters once trimmed, {OFFICIAL_TEXT_LIMIT} with "
        "the official key.",
        examples=["Lampu jalan mati sejak Senin di desa Tapelan"],
    )
    kind: Kind | None = Field(
        default=None,
        description="complaint, aspiration (an idea) or information (a request). Absent: it is read in the text.",
    )
    category: str | None = Field(
        default=None,
        description="What it is about, a code of /v1/categories. Absent: it is read in the text.",
        examples=["lampu-jalan"],
    )
    place: Word | None = Field(
        default=None,
        description="Its code in /v1/places, or what people call it. Digits without letters must be such a code.",
        examples=["Tapelan"],
    )
    lat: LAT | None = Field(
        default=None,
        description="Latitude in degrees, WGS 84; together with `long`: they give the report its place. Outside the "
        "region: refused with the official key, else not published.",
        examples=[-7.1823],
    )
    long: LONG | None = Field(
        default=None, description="Longitude in degrees, WGS 84; together with `lat`.", examples=[111.9317]
    )
    address: Annotated[str, Field(min_length=1, max_length=500, pattern=SEEN), AfterValidator(visible_text)] | None = (
        Field(
            default=None,
            description="Where it is, in words. Private: the place is read in it, and officials and the agency see it.",
            examples=["Depan balai desa"],
        )
    )
    contact: Contact | None = Field(default=None, description="How to reach the reporter; it is never published.")
    anonymous: bool = Field(default=False, description="true: the agency is not told who the reporter is.")
    confidential: bool | None = Field(
        default=None, description="true: withhold the words. false counts with the official key only."
    )
    source: Source | None = Field(
        default=None, description="The system that sends it and its id there: sent again, it is the same report."
    )
    channel: Channel | None = Field(default=None, description="How it reached the official who enters it; else web.")
    reviewed: bool | None = Field(
        default=None, description="true: a person read the words, so the desk need not hold the report."
    )
    unsure: bool | None = Field(
        default=None, description="true: nobody chose the category, as with an import's default; the desk holds it."
    )
    import_number: int | None = Field(
        default=None,
        alias="import",
        ge=1,
        le=2**63 - 1,
        description="The number of the import that brings it; see /v1/imports.",
        examples=[1],
    )
    received_at: At | None = Field(
        default=None, description="When it was received. Absent: now.", examples=["2026-11-18T02:00:00.000Z"]
    )
    verified_at: At | None = Field(
        default=None,
        description="When it was verified. Absent: as received_at, if that is given.",
        examples=["2026-11-18T03:00:00.000Z"],
    )
    due_at: At | None = Field(
        default=None,
        description="When the answer is due. Absent: the category's clock counts from received_at.",
        examples=["2026-11-25T09:00:00.000Z"],
    )
    response: ResponseGiven | None = Field(
        default=None, description="The answer that it got elsewhere, if one. See `responses`."
    )
    responses: (
        Annotated[list[ResponseGiven], Field(min_length=1, max_length=RESPONSES), AfterValidator(_in_order)] | None
    ) = Field(
        default=None,
        description="All answers that it got elsewhere, the oldest first, each with its time; in place of `response`.",
    )
    agency: str | None = Field(
        default=None, description="The agency that had it elsewhere, an id of /v1/agencies.", examples=["dpu"]
    )
    closed_at: At | None = Field(
        default=None, description="When it was closed elsewhere.", examples=["2026-11-21T02:00:00.000Z"]
    )
    closure: Closure | None = Field(default=None, description="Why it was closed elsewhere; needs `closed_at`.")


def read(body: bytes, *, official: bool, region: Region, now: datetime, holder: str = sources.FILING) -> Draft:
    """The draft in a request's body; `holder`: of the key, if it is not the official one.

    Raises `UnreadableBody`, `Forbidden`, `RequestValidationError` with pointers."""
    try:
        new = NewReport.model_validate_json(body)
    except ValidationError as error:
        raise _body_error(error) from None
    if not official and any(getattr(new, _ATTRIBUTES.get(name, name)) is not None for name in OFFICIAL_ONLY):
        raise Forbidden(f"Only the official key may set {', '.join(OFFICIAL_ONLY)}")
    errors = list(_contradictions(new, official, region, now))
    if errors:
        raise RequestValidationError(errors)
    return _draft(new, official, region, now, holder)


def schema(region: Region, now: datetime) -> dict[str, Any]:
    """The body's JSON Schema, for OpenAPI, with the region's categories and agencies."""
    document: dict[str, Any] = NewReport.model_json_schema(ref_template="#/components/schemas/{model}")
    properties = document["properties"]
    for name, codes in (("category", region.offered(region.day_of(now))), ("agency", region.agencies)):
        properties[name]["anyOf"][0]["enum"] = list(codes)
        properties[name]["examples"] = list(codes)[:1]
    return document


def _body_error(error: ValidationError) -> Exception:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return UnreadableBody("The body must be JSON in UTF-8")
    return RequestValidationError(
        [{**each, "loc": ("body", *each["loc"]), "msg": _words(each["msg"])} for each in errors]
    )


def _words(message: str) -> str:
    """A pydantic message for a person: nobody reads the pattern of texts that can be seen."""
    if SEEN in message:
        return "Nothing in it can be seen"
    return message.removeprefix("Value error, ")


def _contradictions(new: NewReport, official: bool, region: Region, now: datetime) -> Iterator[Mapping[str, object]]:
    limit = OFFICIAL_TEXT_LIMIT if official else TEXT_LIMIT
    if len(clean_text(new.text)) > limit:
        yield _error("text", f"String should have at most {limit} characters")
    yield from _unknown_names(new, region, now)
    if (new.lat is None) != (new.long is None):
        yield _error("long" if new.long is None else "lat", "lat and long are given together")
    if new.response is not None and new.responses is not None:
        yield _error("responses", "response is one of these already: give either")
    if new.closure is not None and new.closed_at is None:
        yield _error("closed_at", "A closure needs the time it was closed at")
    yield from _wrong_times(new, now)
    yield from (_error(*each) for each in point_faults(new.lat, new.long, region.area, official=official))
    if new.contact and new.contact.phone:
        try:
            e164(new.contact.phone, region.phone_country)
        except NotAPhoneNumber as error:
            yield _error("contact", str(error), "phone")


def _responses(new: NewReport) -> list[ResponseGiven]:
    return new.responses or ([new.response] if new.response else [])


def _wrong_times(new: NewReport, now: datetime) -> Iterator[Mapping[str, object]]:
    times = {
        "received_at": new.received_at,
        "verified_at": new.verified_at,
        "response.at": new.response.at if new.response else None,
        **{f"responses.{n}.at": each.at for n, each in enumerate(new.responses or ())},
        "closed_at": new.closed_at,
        "due_at": new.due_at,
    }
    wrong = dict(impossible(times, now, may_be_known=new.source is not None))
    steps = [name for name in times if name not in ("received_at", "due_at", *wrong)]
    for where, message in out_of_order(tuple(Moment(tuple(name.split(".")), times[name]) for name in steps)):
        yield _error(where[0], message, *where[1:])
    for name, message in wrong.items():
        first, *inner = name.split(".")
        yield _error(first, message, *inner)


def _unknown_names(new: NewReport, region: Region, now: datetime) -> Iterator[Mapping[str, object]]:
    if new.category is not None and new.category not in region.categories:
        yield _error("category", "There is no such category; see /v1/categories")
    elif new.category is not None:
        category = region.categories[new.category]
        if not category.is_offered(region.day_of(new.received_at or now)):
            yield _error("category", f"This category ended on {category.valid_to}; see /v1/categories")
    if new.place is not None and region.lacks_place(clean_text(new.place)):
        yield _error("place", "There is no such place; see /v1/places")
    named = {("agency",): new.agency, ("response", "agency"): new.response.agency if new.response else None}
    named |= {("responses", str(n), "agency"): each.agency for n, each in enumerate(new.responses or ())}
    for where, agency in named.items():
        if agency is not None and agency not in region.agencies:
            yield _error(where[0], "There is no such agency; see /v1/agencies", *where[1:])


def _error(name: str, message: str, *inner: str) -> Mapping[str, object]:
    return {"loc": ("body", name, *inner), "msg": message, "type": "value_error"}


def _draft(new: NewReport, official: bool, region: Region, now: datetime, holder: str) -> Draft:
    contact = new.contact or Contact()
    received_at = new.received_at or now
    return Draft(
        text=clean_text(new.text),
        channel=new.channel or Channel.web,
        received_at=received_at,
        source=_source(new.source, official, holder) if new.source else None,
        kind=new.kind,
        category=new.category,
        place=_clean(new.place),
        lat=new.lat,
        long=new.long,
        outside=is_outside(new.lat, new.long, region.area),
        address=_clean(new.address),
        anonymous=new.anonymous,
        confidential=new.confidential or (False if official and new.confidential is False else None),
        official=official,
        reviewed=bool(new.reviewed) if official else None,
        unsure=bool(new.unsure),
        import_number=new.import_number,
        elsewhere=_elsewhere(new, received_at),
        dated=new.received_at is not None,
        phone=e164(contact.phone, region.phone_country) if contact.phone else None,
        email=contact.email,
        name=_clean(contact.name),
    )


def _source(source: Source, official: bool, holder: str) -> tuple[str, str]:
    return sources.stored(clean_text(source.name), official=official, holder=holder), clean_text(source.id)


def _elsewhere(new: NewReport, received_at: datetime) -> Elsewhere | None:
    """What happened to the report before; not null either if only its day of receipt is of the past."""
    answers = [
        ResponseElsewhere(
            text=clean_text(each.text), at=each.at or new.closed_at or received_at, acted=each.acted, agency=each.agency
        )
        for each in _responses(new)
    ]
    elsewhere = Elsewhere(
        agency=new.agency,
        verified_at=new.verified_at,
        due_at=new.due_at,
        response=answers[-1] if answers else None,
        responses=several(answers),
        closed_at=new.closed_at,
        closure=new.closure,
    )
    return elsewhere if new.received_at is not None or elsewhere != Elsewhere() else None


def _clean(words: str | None) -> str | None:
    return None if words is None else clean_text(words)
