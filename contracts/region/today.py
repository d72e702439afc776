"""Faults of a region that begin with a date, though its files agree: an agency has ended, or holidays are unknown."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.region.calendar import country_holidays
from contracts.region.faults import FileFault
from contracts.region.files import RegionFiles, read_files
from contracts.region.models import Agency, Category

FROM_MONTH = 10
"""The month from which the holidays of the next year should be known."""
SOON = timedelta(days=30)


def contradictions(files: RegionFiles, day: date) -> list[FileFault]:
    """Each agency that does not exist on this day, and each category that has ended, where a file still needs it."""
    return [*_categories(files, day), *_kecamatan(files, day), *_government(files, day)]


def warnings(files: RegionFiles, day: date) -> list[FileFault]:
    """Warnings for a person: agencies that will end while they are needed, and missing holidays of the next year."""
    now = {(each.file, each.line) for each in contradictions(files, day)}
    later = [each for each in contradictions(files, day + SOON) if (each.file, each.line) not in now]
    ending = [each._replace(what=each.what.replace(" ended on ", " ends on ")) for each in later]
    return [*ending, *_next_year(files, day), *_removed_for_nothing(files)]


def remarks(path: Path, now: datetime) -> list[FileFault]:
    """Both of a region's folder, for a service that starts by itself and must come up all the same."""
    files = read_files(path)
    if files.government is None:
        return []
    day = now.astimezone(ZoneInfo(files.government.timezone)).date()
    return [*contradictions(files, day), *warnings(files, day)]


def _categories(files: RegionFiles, day: date) -> Iterator[FileFault]:
    for category in files.categories.of.values():
        if not category.is_offered(day):
            continue
        for agency, at in _named(category):
            if gone := _gone(files, agency, day):
                line = files.catalogue.line(files.categories.nth[category.code], *at)
                yield FileFault(str(files.catalogue.path), line, f"{category.code!r}: {gone}; write who answers now")


def _named(category: Category) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    yield category.agency, ("agency",)
    for number, agency in enumerate(category.also):
        yield agency, ("also", number)
    for place, agency in category.agency_by_place.items():
        yield agency, ("agency_by_place", place)


def _kecamatan(files: RegionFiles, day: date) -> Iterator[FileFault]:
    if not any(each.agency_level == "kecamatan" and each.is_offered(day) for each in files.categories.of.values()):
        return
    governing = {each.place for each in files.agencies.of.values() if each.is_valid(day)}
    for agency in files.agencies.of.values():
        if agency.place and agency.place not in governing and (gone := _gone(files, agency.id, day)):
            what = f"{gone}, and no other agency governs {agency.place}; add the row of the one that does now"
            yield FileFault(str(files.agencies.source.path), files.agencies.line[agency.id], what)


def _government(files: RegionFiles, day: date) -> Iterator[FileFault]:
    government, region = files.government, files.region
    if government is None:
        return
    if gone := _gone(files, government.coordinator, day):
        yield FileFault(str(region.path), region.line("coordinator"), f"{gone}; write who coordinates now")
    default = files.categories.of.get(government.default_category)
    if default is not None and not default.is_offered(day):
        what = f"the category {default.code!r} ended on {default.valid_to}; write one that has not"
        yield FileFault(str(region.path), region.line("default_category"), what)


def _gone(files: RegionFiles, id: str, day: date) -> str | None:
    """Why there is no such agency on this day; null if there is."""
    agency: Agency | None = files.agencies.of.get(id)
    if agency is None or agency.is_valid(day):
        return None
    where = f"{files.agencies.source.path.name}:{files.agencies.line[id]}"
    if agency.valid_to and agency.valid_to < day:
        return f"the agency {id!r} ended on {agency.valid_to} ({where})"
    return f"the agency {id!r} begins on {agency.valid_from} ({where})"


def _next_year(files: RegionFiles, day: date) -> Iterator[FileFault]:
    rules, year = files.holidays, day.year + 1
    if rules is None or day.month < FROM_MONTH:
        return
    known = country_holidays(rules, year, "en_US")
    doubts = []
    if not known:
        doubts.append(f"the calendar of public holidays has none of {year}")
    elif guessed := [str(on) for on, name in sorted(known.items()) if "(estimated)" in name and on not in rules.added]:
        doubts.append(f"it only estimates {', '.join(guessed)}")
    if rules.added and not any(on.year == year for on in rules.added):
        doubts.append("none is added here")
    if "none is added here" in doubts or not known:
        line = files.calendar.line("added")
        what = f"the holidays of {year} are not known: {'; '.join(doubts)}"
        write = f"write them under added once they are decreed, such as {year}-12-24: Cuti bersama Natal"
        yield FileFault(str(files.calendar.path), line, f"{what}; {write}")


def _removed_for_nothing(files: RegionFiles) -> Iterator[FileFault]:
    rules = files.holidays
    for number, day in enumerate(rules.removed if rules else ()):
        if rules and day not in country_holidays(rules, day.year, None):
            what = f"{day} is no public holiday, so to remove it changes nothing; take the line away"
            yield FileFault(str(files.calendar.path), files.calendar.line("removed", number), what)
