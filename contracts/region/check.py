"""Checks a region's files against each other: every id that a file uses must be declared in its own file."""

from contracts.region.check_words import check_words
from contracts.region.files import RegionFiles, Table
from contracts.region.models import Agency, Category

NO_AGENCY = ("machine", "official", "reporter")
"""Who acts on a report in the history without being an agency; no agency may have such an id."""


def check(files: RegionFiles) -> None:
    """Add a fault for each unknown id, each period that ends before it begins and each circle of parents."""
    for agency in files.agencies.of.values():
        _check_agency(files, agency)
    _check_tree(files.agencies)
    for category in files.categories.of.values():
        _check_category(files, category)
    for place in files.places.of.values():
        if files.places.lacks(place.kecamatan_code):
            what = f"{place.code!r}: there is no kecamatan {place.kecamatan_code!r}"
            files.places.source.fault(files.places.line[place.code], what)
    _check_government(files)
    check_words(files)


def _check_agency(files: RegionFiles, agency: Agency) -> None:
    table = files.agencies
    line = table.line[agency.id]
    if agency.id in NO_AGENCY:
        table.source.fault(line, f"{agency.id!r} is what the history calls somebody else")
    if agency.parent and table.lacks(agency.parent):
        table.source.fault(line, f"{agency.id!r}: there is no agency {agency.parent!r} to be its parent")
    if agency.place and files.places.lacks(agency.place):
        table.source.fault(line, f"{agency.id!r}: there is no place {agency.place!r}")
    if agency.valid_from and agency.valid_to and agency.valid_to < agency.valid_from:
        table.source.fault(line, f"{agency.id!r}: valid_to {agency.valid_to} is before valid_from {agency.valid_from}")


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
            agencies.source.fault(agencies.line[first], f"a circle of parents: {' > '.join([*circle, circle[0]])}")
        done.update(path)


def _check_category(files: RegionFiles, category: Category) -> None:
    nth = files.categories.nth[category.code]

    def fault(what: str, *at: str) -> None:
        files.catalogue.fault(files.catalogue.line(nth, *at), f"{category.code!r}: {what}")

    if not category.clock:
        fault("no clock", "code")
    elif files.clocks.lacks(category.clock):
        fault(f"there is no clock {category.clock!r}", "clock")
    if files.agencies.lacks(category.agency):
        fault(f"there is no agency {category.agency!r}", "agency")
    for place, agency in category.agency_by_place.items():
        if files.places.lacks(place):
            fault(f"there is no place {place!r}", "agency_by_place", place)
        if files.agencies.lacks(agency):
            fault(f"there is no agency {agency!r}", "agency_by_place", place)


def _check_government(files: RegionFiles) -> None:
    if files.government is None:
        return
    default, coordinator = files.government.default_category, files.government.coordinator
    if files.categories.lacks(default):
        files.region.fault(files.region.line("default_category"), f"there is no category {default!r}")
    if files.agencies.lacks(coordinator):
        files.region.fault(files.region.line("coordinator"), f"there is no agency {coordinator!r}")
