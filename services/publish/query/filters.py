"""The filters of a list of reports, made from the fields: their conditions in SQL, and their OpenAPI description."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.region import Region
from services.publish.datasets import reports
from services.publish.datasets.field import Before, Equal, Field, Filter, From, HasWords, Inside, WithinBox
from services.publish.query import cursors, parameters
from services.publish.query.described import A_TIME, TIME, parameter, several
from services.publish.query.parameters import BadQuery
from services.publish.query.selection import Selection
from services.publish.tables import RECORD

LONGEST_QUESTION = 200
LIMIT = parameter("limit", "How many a page.", 100, type="integer", minimum=1, maximum=1000, default=100)
CURSOR = parameter(
    "cursor",
    "Where to go on: take it from `next` of the page before.",
    cursors.EXAMPLE,
    type="string",
    pattern=f"^({cursors.CURSOR})$",
)
_TIME = "An ISO 8601 date or time; without an offset, in the region's time."


def _declared() -> Iterator[tuple[str, Field, Filter]]:
    for field in reports.ANSWERED:
        for filter in field.filters:
            yield field.name if isinstance(filter, Equal) else filter.parameter, field, filter


# A place first: few reports are of one place, and `Selection` then takes its index before all others.
_ALL = sorted(_declared(), key=lambda each: not isinstance(each[2], Inside))
FILTERS = frozenset(name for name, _, _ in _ALL)
"""The parameters that filter."""
SEVERAL = frozenset(name for name, _, filter in _ALL if isinstance(filter, Equal | Inside))
"""Those that take several values, repeated or with commas between."""
FACETS = tuple(name for name, _, filter in _ALL if isinstance(filter, Equal) and name not in RECORD.c)
"""The fields that lists are filtered by and that have no column: their values are rows of `facet`."""


def select(values: Mapping[str, str], region: Region, dialect: str) -> Selection:
    """The reports that these filters select; raise `BadQuery` for a value that no report can have."""
    chosen = Selection()
    for first, last in _spans():
        parameters.in_order(values, first, last, region.zone)
    for name, field, filter in _ALL:
        match filter:
            case Inside():
                codes = parameters.choices(values, name, region.places, where(field))
                chosen.places({code: region.places[code].kecamatan_code for code in codes})
            case Equal():
                (chosen.facet if name in FACETS else chosen.any_of)(name, values_of(values, name, field, region))
            case From():
                chosen.since(field.name, parameters.instant(values, name, region.zone))
            case Before():
                chosen.before(field.name, parameters.instant(values, name, region.zone))
            case WithinBox():
                chosen.within(parameters.box(values, name))
            case HasWords():
                if len(values.get(name, "")) > LONGEST_QUESTION:
                    raise BadQuery(name, f"at most {LONGEST_QUESTION} characters")
                chosen.words(dialect, values.get(name))
    return chosen


def values_of(values: Mapping[str, str], name: str, field: Field, region: Region) -> list[str]:
    """The field's values that a parameter asks for; one of its groups stands for each value in it."""
    equal = next(filter for filter in field.filters if isinstance(filter, Equal))
    known = [*map(str, equal.known(region)), *equal.groups]
    asked = parameters.choices(values, name, known, where(field))
    return list(dict.fromkeys(value for each in asked for value in equal.groups.get(each, (each,))))


def where(field: Field) -> str:
    """The address that lists all values of a field; empty if none does."""
    return f"/v1/{field.refers}" if field.refers else ""


def _spans() -> Iterator[tuple[str, str]]:
    """The parameters of a field's first and last moment."""
    for field in reports.ANSWERED:
        first = next((each.parameter for each in field.filters if isinstance(each, From)), None)
        last = next((each.parameter for each in field.filters if isinstance(each, Before)), None)
        if first and last:
            yield first, last


def described(region: Region) -> list[dict[str, Any]]:
    """The parameters of a list, for OpenAPI."""
    return [*(_parameter(name, field, filter, region) for name, field, filter in _ALL), LIMIT, CURSOR]


def _parameter(name: str, field: Field, filter: Filter, region: Region) -> dict[str, Any]:
    match filter:
        case Inside():
            return several(name, "A desa's code, or a kecamatan's for all in it.", list(region.places))
        case Equal(known, groups):
            of = "".join(f" {group}: any of {', '.join(values)}." for group, values in groups.items())
            return several(name, field.says.en + of, [*map(str, known(region)), *groups])
        case From():
            return parameter(name, f"{field.name}: then or later. {_TIME}", A_TIME, **TIME)
        case Before():
            return parameter(name, f"{field.name}: before. {_TIME}", A_TIME, **TIME)
        case WithinBox():
            about = "Within a box: west,south,east,north in degrees."
            return parameter(name, about, "111.8,-7.3,112.0,-7.1", type="string", pattern=f"^({parameters.BOX})$")
        case HasWords():
            about = "Words that its text has, all of them."
            return parameter(name, about, "jalan lubang", type="string", maxLength=LONGEST_QUESTION)
