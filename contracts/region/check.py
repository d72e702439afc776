"""Checks a region's files against each other: every id that a file uses must be declared in its own file."""

from collections.abc import Iterable
from functools import partial

import holidays
from holidays.registry import EntityLoader

from contracts.region.area import Misplaced
from contracts.region.check_words import check_words
from contracts.region.contacts import check_contacts
from contracts.region.files import RegionFiles
from contracts.region.models import KECAMATAN, Agency, Category
from contracts.region.officials import check_officials
from contracts.region.signals import check_signals
from contracts.region.table import Table
from contracts.region.wording import did_you_mean

_MISPLACED = {
    Misplaced.outside: "it lies outside the bbox of region.yaml; write where it lies, or a larger bbox",
    Misplaced.swapped: "lat and long are swapped; write them the other way round",
}
NO_AGENCY = ("machine", "official", "reporter")
"""Who acts on a report in the history without being an agency; no agency may have such an id."""


def check(files: RegionFiles) -> None:
    """Add a fault for each unknown id, each period that ends before it begins and each circle of parents."""
    for agency in files.agencies.of.values():
        _check_agency(files, agency)
    _check_tree(files.agencies)
    _check_contacts(files)
    check_officials(files.officials)
    for category in files.categories.of.values():
        _check_category(files, category)
        _check_also(files, category)
    _check_places(files)
    _check_outlines(files)
    _check_government(files)
    _check_holidays(files)
    check_words(files)
    check_signals(files.signalling, files.signals)


def _check_agency(files: RegionFiles, agency: Agency) -> None:
    table = files.agencies
    line = table.line[agency.id]
    if agency.id in NO_AGENCY:
        table.source.fault(line, f"{agency.id!r} is what the history calls somebody else; write another id")
    if agency.parent and table.lacks(agency.parent):
        what = f"there is no agency {agency.parent!r} to be its parent"
        table.source.fault(line, f"{agency.id!r}: {what}; {did_you_mean(agency.parent, table.line, 'this file')}")
    if agency.place and files.places.lacks(agency.place):
        near = did_you_mean(agency.place, files.places.line, "places.csv")
        table.source.fault(line, f"{agency.id!r}: there is no place {agency.place!r}; {near}")
    if agency.valid_from and agency.valid_to and agency.valid_to < agency.valid_from:
        period = f"valid_to {agency.valid_to} is before valid_from {agency.valid_from}"
        table.source.fault(line, f"{agency.id!r}: {period}; write a later day")


def _check_tree(agencies: Table[Agency]) -> None:
    """A circle is told once, on the line of its first agency in the file."""
    done: set[str] = set()
    for start in agencies.of:
        path: list[str] = []
        current: str | None = start
        while current in agencies.of and current not in done and current not in path:
            path.append(current)
            current = agencies.of[current].parent
        if current in path:
            circle = path[path.index(current) :]
            first = min(circle, key=agencies.line.__getitem__)
            what = f"a circle of parents: {' > '.join([*circle, circle[0]])}; leave one of their parents empty"
            agencies.source.fault(agencies.line[first], what)
        done.update(path)


def _check_contacts(files: RegionFiles) -> None:
    for line, contact in files.contacts.rows:
        if files.agencies.lacks(contact.agency):
            near = did_you_mean(contact.agency, files.agencies.line, "agencies.csv")
            files.contacts.source.fault(line, f"there is no agency {contact.agency!r}; {near}")
    if files.government is not None:
        check_contacts(files.contacts, files.government.phone_country)


def _check_category(files: RegionFiles, category: Category) -> None:
    nth = files.categories.nth[category.code]

    def fault(what: str, *at: str) -> None:
        files.catalogue.fault(files.catalogue.line(nth, *at), f"{category.code!r}: {what}")

    def need(kind: str, id: str, known: Iterable[str], file: str, *at: str) -> None:
        fault(f"there is no {kind} {id!r}; {did_you_mean(id, known, file)}", *at)

    if not category.clock:
        fault("no clock; write clock: and a name that clocks.yaml has", "code")
    elif files.clocks.lacks(category.clock):
        need("clock", category.clock, files.clocks.line, "clocks.yaml", "clock")
    if files.agencies.lacks(category.agency):
        need("agency", category.agency, files.agencies.line, "agencies.csv", "agency")
    for place, agency in category.agency_by_place.items():
        if files.places.lacks(place):
            need("place", place, files.places.line, "places.csv", "agency_by_place", place)
        if files.agencies.lacks(agency):
            need("agency", agency, files.agencies.line, "agencies.csv", "agency_by_place", place)


def _check_also(files: RegionFiles, category: Category) -> None:
    line = partial(files.catalogue.line, files.categories.nth[category.code], "also")
    for number, agency in enumerate(category.also):
        if agency != KECAMATAN and files.agencies.lacks(agency):
            what = f"there is no agency {agency!r}; {did_you_mean(agency, files.agencies.line, 'agencies.csv')}"
            files.catalogue.fault(line(number), f"{category.code!r}: {what}")
        elif agency == category.agency or agency in category.also[:number]:
            files.catalogue.fault(line(number), f"{category.code!r}: the agency {agency!r} stands here twice; keep one")


def _check_places(files: RegionFiles) -> None:
    area = files.government.bbox if files.government else None
    for place in files.places.of.values():
        line = files.places.line[place.code]
        if files.places.lacks(place.kecamatan_code):
            near = did_you_mean(place.kecamatan_code, files.places.line, "this file")
            files.places.source.fault(line, f"{place.code!r}: there is no kecamatan {place.kecamatan_code!r}; {near}")
        if area is None or place.lat is None or place.long is None:
            continue
        if (misplaced := area.misplaced(place.lat, place.long)) is not None:
            files.places.source.fault(line, f"{place.code!r}: {_MISPLACED[misplaced]}")


def _check_outlines(files: RegionFiles) -> None:
    area, table = files.government.bbox if files.government else None, files.outlines
    for code, line in table.line.items():
        if files.places.lacks(code):
            near = did_you_mean(code, files.places.line, "places.csv")
            table.source.fault(line, f"there is no place {code!r}; {near}")
    for outline in table.of.values():
        west, south, east, north = outline.bounds
        corners = [area.misplaced(*corner) for corner in ((south, west), (north, east))] if area else []
        if (misplaced := next(filter(None, corners), None)) is not None:
            table.source.fault(table.line[outline.code], f"{outline.code!r}: {_MISPLACED[misplaced]}")


def _check_government(files: RegionFiles) -> None:
    government, region = files.government, files.region
    if government is None:
        return
    for key, kind, table, file in (
        ("default_category", "category", files.categories, "categories.yaml"),
        ("coordinator", "agency", files.agencies, "agencies.csv"),
    ):
        id = getattr(government, key)
        if table.lacks(id):
            region.fault(region.line(key), f"there is no {kind} {id!r}; {did_you_mean(id, table.line, file)}")
    if len(government.weekend) == 7:
        region.fault(region.line("weekend"), "no day is left to work on; write the days of rest alone")
    for channel in {each for each in government.channels if government.channels.count(each) > 1}:
        region.fault(region.line("channels"), f"{channel!r} stands here twice; keep one")


def _check_holidays(files: RegionFiles) -> None:
    rules, calendar = files.holidays, files.calendar
    if rules is None:
        return
    countries = set(EntityLoader.get_country_codes())  # the package's list of them with subdivisions loads each country
    if rules.country not in countries:
        near = did_you_mean(rules.country, countries, "the documentation of the package holidays")
        calendar.fault(calendar.line("country"), f"no holidays are known of the country {rules.country!r}; {near}")
    elif rules.subdivision and rules.subdivision not in holidays.country_holidays(rules.country).subdivisions:
        known = ", ".join(holidays.country_holidays(rules.country).subdivisions) or "none, so take the key away"
        what = f"{rules.country} has no subdivision {rules.subdivision!r}; write one of: {known}"
        calendar.fault(calendar.line("subdivision"), what)
    for number, day in enumerate(rules.removed):
        if day in rules.added:
            what = f"{day} is added as well, on line {calendar.line('added', day)}; keep one of the two"
            calendar.fault(calendar.line("removed", number), what)
