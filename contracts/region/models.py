"""The shapes of a region: its agencies, categories, places, clocks, holidays and words."""

from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation

from contracts.region.area import Area
from contracts.region.contacts import OfficeContact
from contracts.region.extents import Extent, extents
from contracts.region.officials import Official
from contracts.region.signals import RegionSignals
from contracts.region.words import RegionWords

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


_DAY_NAMES = dict(zip(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"), WEEKDAYS, strict=True)) | {
    "jum'at": "friday",
    "ahad": "sunday",
}
_ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}


def _weekday(day: object) -> object:
    if isinstance(day, int) and not isinstance(day, bool) and 0 <= day <= 6:
        return day
    if day in WEEKDAYS:
        return WEEKDAYS.index(str(day))
    word = str(day).strip().casefold()
    begun = (name for name in WEEKDAYS if len(word) >= 3 and name.startswith(word[:3]))
    near = get_close_matches(word, WEEKDAYS, 1)
    meant = _DAY_NAMES.get(word) or next(begun, None) or (near[0] if near else f"one of {', '.join(WEEKDAYS)}")
    raise ValueError(f"no such day {day!r}; write {meant}")


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as e:
        near = get_close_matches(name, available_timezones(), 1, 0.8)
        meant = _ZONES.get(name.casefold()) or (near[0] if near else "one such as Asia/Jakarta")
        raise ValueError(f"no such timezone {name!r}; write {meant}") from e
    return name


KECAMATAN = "kecamatan"
"""In place of an agency: the kecamatan's own, where the place is known."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=365, strict=True)]
EmergencyNumber = Annotated[str, Field(pattern=r"^\+?[0-9]{2,15}$")]
Weekday = Annotated[int, BeforeValidator(_weekday), Field(ge=0, le=6)]


def _box(sides: object) -> object:
    numbers = [float(side) for side in sides if _is_number(side)] if isinstance(sides, list | tuple) else []
    if len(numbers) == 4 and isinstance(sides, list | tuple) and len(sides) == 4:
        west, south, east, north = numbers
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            return Area(west, south, east, north)
    raise ValueError("no box; write [west, south, east, north] in degrees, such as [111.4, -7.65, 112.2, -6.95]")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bar(bar: object) -> object:
    if _is_number(bar) and 0 <= bar <= 1:  # type: ignore[operator]  # it is a number
        return bar
    raise ValueError(f"no bar {bar!r}; write a number from 0 to 1, such as 0.95")


AreaOfDegrees = Annotated[Area, BeforeValidator(_box)]


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
    aliases: tuple[Name, ...] = ()
    """What people call the office itself; in agencies.csv separated by `|`."""
    oversees: tuple[Name, ...] = ()
    """The facilities and people that it answers for, as people write them; in agencies.csv separated by `|`."""
    duties: str = ""
    """What it does, in the words of the region; a model reads it as if it were a report to this agency."""
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
    also: tuple[str, ...] = ()
    """Agencies that answer for some reports of this category, the likeliest first; candidates beside `agency`.

    `kecamatan`: the kecamatan's own, where the place is known.
    """
    elsewhere: str = ""
    """Where to turn, of a matter that is not this government's. `agency` keeps such a report until a person decides."""
    valid_to: date | None = None
    """The last day on which reports can be filed with it. Reports that have it keep it."""
    sensitive: bool = False
    """Confidential until an official decides."""
    verify: Literal["auto", "official"] = "auto"
    clock: str = ""

    def is_offered(self, day: date) -> bool:
        """Whether a report of that day may be filed with it."""
        return self.valid_to is None or day <= self.valid_to

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


class Outline(RegionShape):
    """Where a place lies."""

    code: Name
    geometry: str
    """A Polygon or MultiPolygon as GeoJSON has it, in degrees of WGS 84."""
    bounds: Area
    """The smallest box around it."""


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
    follow_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#@]+/[^\s?#]*$", max_length=100)
    """The address of a reporter's own page without the token at its end, such as https://lapor.example/v1/follow/."""
    sms: Sms
    channels: tuple[Slug, ...] = ("kannel",)
    """The providers that may deliver messages: names of files in `services/intake/channels`."""
    phone_country: str = Field(default="ID", pattern="^[A-Z]{2}$")
    weekend: frozenset[Weekday] = frozenset({5, 6})
    """Days of rest, Monday is 0; in the file by their English names."""
    emergency: tuple[EmergencyNumber, ...] = ()
    """The numbers to call in danger, the first one first; the receipt of an urgent report names them."""
    bbox: AreaOfDegrees | None = None
    """Where the government lies: [west, south, east, north] in degrees. Without it, coordinates may be anywhere."""
    nearest_place_km: float | None = Field(default=None, gt=0, le=100)
    """How far a point may be from the centre of a place without an outline, to be taken for it; absent: it never is."""
    bar: Annotated[float, BeforeValidator(_bar)] = 0.95
    """From 0 to 1: how sure the machine must be of the agency to open a report without an official."""
    default_category: str
    """What a report is about when its words do not tell."""
    coordinator: str
    """The agency that gets what nobody else answers for."""


class Region(Government):
    """All of a region's folder; keys of the mappings are ids and codes, in the order of the files."""

    agencies: dict[str, Agency]
    contacts: tuple[OfficeContact, ...] = ()
    """The offices' own numbers and addresses, which stay readable in answers."""
    officials: tuple[Official, ...] = ()
    """Who acts in office, and may be named."""
    categories: dict[str, Category]
    places: dict[str, RegionPlace]
    outlines: dict[str, Outline] = {}
    """Of the places that boundaries.geojson has."""
    known_extents: SkipValidation[Mapping[str, Extent]] | None = None
    """`extents`, if they were computed before."""
    clocks: dict[str, Clock]
    holidays: Holidays
    slang: dict[str, str]
    stopwords: frozenset[str]
    common_names: frozenset[str]
    """Names of places that are also words of the language: a place only after "desa" or "kecamatan"."""
    words: RegionWords
    signals: RegionSignals = RegionSignals()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def area(self) -> Area | None:
        """Where the government lies, if region.yaml says so."""
        return Area(*self.bbox) if self.bbox else None

    @cached_property
    def extents(self) -> Mapping[str, Extent]:
        """Where each place lies, by its code."""
        drawn = {code: each.geometry for code, each in self.outlines.items()}
        return self.known_extents or extents(self.places.values(), drawn)

    def lacks_place(self, word: str) -> bool:
        """Whether the word can only be a code, having digits and no letters, and no place has it."""
        is_code = any(map(str.isdigit, word)) and not any(map(str.isalpha, word))
        return is_code and word.strip() not in self.places

    def offered(self, day: date) -> list[str]:
        """The codes of the categories that reports of that day may be filed with."""
        return [category.code for category in self.categories.values() if category.is_offered(day)]

    def day_of(self, at: datetime) -> date:
        """The day of a time here."""
        try:
            return at.astimezone(self.zone).date()
        except OverflowError:  # at the edge of the calendar
            return at.date()

    @cached_property
    def kecamatan_agencies(self) -> dict[str, str]:
        """The agency of each kecamatan, by the kecamatan's code; of several, the one that exists longest."""
        lasting = sorted(self.agencies.values(), key=lambda agency: agency.valid_to or date.max)
        return {agency.place: agency.id for agency in lasting if agency.place}
