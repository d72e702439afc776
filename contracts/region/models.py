"""The shapes of a region: its agencies, categories, places, clocks, holidays and words."""

from datetime import date
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from contracts.region.words import RegionWords

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _weekday(day: object) -> object:
    return WEEKDAYS.index(day) if day in WEEKDAYS else day


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as e:
        raise ValueError("no such timezone") from e
    return name


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=365, strict=True)]
Weekday = Annotated[int, BeforeValidator(_weekday), Field(ge=0, le=6)]


class RegionShape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agency(RegionShape):
    """A unit that answers for reports. It exists from `valid_from` up to and including `valid_to`."""

    id: Slug
    name: Name
    short_name: str | None = None
    """How replies by SMS call it, where the name is too long for them."""
    kind: Name
    parent: str | None = None
    place: str | None = None
    """The kecamatan this agency is the government of: who gets a category whose `agency_level` is kecamatan."""
    name_lapor: str | None = None
    """How SP4N-LAPOR spells it."""
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid(self, day: date) -> bool:
        """Whether the agency exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Category(RegionShape):
    """What a report is about: Open311's *service*."""

    code: Slug
    name: Name
    name_en: Name
    description: str = ""
    group: Name
    keywords: tuple[Name, ...] = ()
    """Words and phrases of residents that point to it, as they write them."""
    agency: str
    """Who answers for it where nothing narrower is said."""
    agency_level: Literal["regency", "kecamatan"] = "regency"
    """`kecamatan`: the kecamatan's own agency answers when the place is known."""
    agency_by_place: dict[str, str] = {}
    """Agencies by place code; a desa's beats its kecamatan's, and both beat `agency_level`."""
    sensitive: bool = False
    """Confidential until an official decides."""
    verify: Literal["auto", "official"] = "auto"
    clock: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return self.keywords


class RegionPlace(RegionShape):
    """A desa, kelurahan or kecamatan (elsewhere: its like). A kecamatan's `kecamatan_code` is its own code."""

    code: Name
    name: Name
    type: Name
    kecamatan_code: Name
    kecamatan: Name
    lat: float | None = Field(default=None, ge=-90, le=90)
    long: float | None = Field(default=None, ge=-180, le=180)
    postcode: str | None = None
    aliases: tuple[str, ...] = ()
    """Other spellings; in places.csv separated by `|`."""


class Clock(RegionShape):
    """Deadlines in working days."""

    verify: Days = 3
    respond: Days = 5
    silence: Days = 10


class Holidays(RegionShape):
    """The country's public holidays, and where this government differs."""

    country: str = Field(pattern="^[A-Z]{2}$")
    subdivision: str | None = None
    added: dict[date, Name] = {}
    removed: tuple[date, ...] = ()


class Sms(RegionShape):
    """The word before a report sent to a shared short number: `BJN <report>`."""

    prefix: str = Field(pattern="^[A-Z0-9]{2,10}$")
    replies_an_hour: Annotated[int, Field(ge=10, strict=True)] = 100
    """How many replies one phone gets in an hour; later messages are kept, and reports filed, without one."""


class Government(RegionShape):
    """The file region.yaml."""

    id: Slug
    name: dict[Literal["id", "en"], Name]
    jurisdiction_id: Name
    timezone: Annotated[str, AfterValidator(_timezone)]
    language: Name
    contact: Name
    contact_phone: str | None = None
    sms: Sms
    channels: tuple[Slug, ...] = ("kannel",)
    """The providers that may deliver messages: names of files in `services/intake/channels`."""
    phone_country: str = Field(default="ID", pattern="^[A-Z]{2}$")
    weekend: frozenset[Weekday] = frozenset({5, 6})
    """Days of rest, Monday is 0; in the file by their English names."""
    default_category: str
    """What a report is about when its words do not tell."""
    coordinator: str
    """The agency that gets what nobody else answers for."""


class Region(Government):
    """All of a region's folder; keys of the mappings are ids and codes, in the order of the files."""

    agencies: dict[str, Agency]
    categories: dict[str, Category]
    places: dict[str, RegionPlace]
    clocks: dict[str, Clock]
    holidays: Holidays
    slang: dict[str, str]
    stopwords: frozenset[str]
    common_names: frozenset[str]
    """Names of places that are also words of the language: a place only after "desa" or "kecamatan"."""
    words: RegionWords

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def kecamatan_agencies(self) -> dict[str, str]:
        """The agency of each kecamatan, by the kecamatan's code."""
        return {agency.place: agency.id for agency in self.agencies.values() if agency.place}
