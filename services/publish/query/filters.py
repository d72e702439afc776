"""The filters of a list of reports, made from the fields: their conditions in SQL, and their OpenAPI description."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.region import Region
from services.publish.datasets import reports
from services.publish.datasets.field import Before, Equal, Field, Filter, From, HasWords, Inside, WithinBox
from services.publish.query import cursors, parameters
from services.publish.query.described import A_TIME, TIME, parameter
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
FACETS = tuple(name for name, _, filter in _ALL if isinstance(filter, Equal) and name not in RECORD.c)
"""The fields that lists are filtered by and that have no column: their values are rows of `facet`."""


def select(values: Mapping[str, str], region: Region, dialect: str) -> Selection:
    """The reports that these filters select; raise `BadQuery` for a value that no report can have."""
    chosen = Selection()
    for name, field, filter in _ALL:
        match filter:
            case Inside():
                if (code := parameters.choice(values, name, region.places)) is not None:
                    chosen.place(code, region.places[code].kecamatan_code)
            case Equal(known):
                value = parameters.choice(values, name, known(region))
                (chosen.facet if name in FACETS else chosen.equal)(name, value)
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


def described(region: Region) -> list[dict[str, Any]]:
    """The parameters of a list, for OpenAPI."""
    return [*(_parameter(name, field, filter, region) for name, field, filter in _ALL), LIMIT, CURSOR]


def _parameter(name: str, field: Field, filter: Filter, region: Region) -> dict[str, Any]:
    match filter:
        case Inside():
            known = list(region.places)
            return parameter(
                name, "A desa's code, or a kecamatan's for all in it.", known[0], type="string", enum=known
            )
        case Equal(choices_of):
            choices = [str(each) for each in choices_of(region)]
            return parameter(name, field.says.en, choices[0], type="string", enum=choices)
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
