"""Which changes a program asks for: by their report, what happened, and what the report was before and after."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

import orjson

from contracts.ids import canonical
from contracts.region import Region
from services.publish.datasets import reports
from services.publish.datasets.history import WHAT
from services.publish.datasets.spelling import entry_spelled
from services.publish.query import parameters
from services.publish.query.filters import values_of
from services.publish.query.parameters import BadQuery

OF_REPORT = ("category", "agency", "place", "status")
"""The members of `leaf.about` that tell what the report was."""
FILTERS = ("report", "what", *OF_REPORT)
"""The parameters that filter; each takes several values."""
SELECT = """SELECT leaf."index", leaf.report, leaf.commitment, leaf.entry, leaf.form, leaf.text, leaf.text_salt,
leaf.about, record.category, record.agency, record.place_code, record.status
FROM leaf LEFT JOIN record ON leaf.about IS NULL AND record.id = leaf.report
WHERE leaf."index" >= :first ORDER BY leaf."index" LIMIT :limit"""
_FIELDS = {field.member: field for field in reports.FIELDS if field.name in ("category", "agency", "status")}

Values = Mapping[str, str | None]
Wanted = Mapping[str, Set[str]]
"""The values that are asked for, of each filter."""


class PublicChange(NamedTuple):
    """A fact of the log as a change of a report. `entry` is null if it was erased; `report` if it is of none."""

    position: int
    report: str | None
    commitment: bytes
    entry: bytes | None
    form: int | None
    text: str | None
    text_salt: bytes | None
    what: str | None
    after: Values
    before: Values
    """What the report was before, of those values that this fact changed."""

    def members(self) -> dict[str, object]:
        """What the answer says of it beside the fact."""
        return {"index": self.position, "report": self.report, "what": self.what, **self.after}


def read(row: Sequence[Any]) -> PublicChange:
    """A row of `SELECT`. A fact that a version before wrote has the values that its report has now."""
    index, report, commitment, entry, form, text, text_salt, about, *now = row
    fixed = (int(index), report or None, bytes(commitment), entry, form, text, text_salt)
    if entry is None:
        return PublicChange(*fixed, None, dict.fromkeys(OF_REPORT), {})
    told = orjson.loads(about) if about else dict(zip(OF_REPORT, now, strict=True))
    what = str(entry_spelled(orjson.loads(entry))["what"])
    return PublicChange(*fixed, what, {name: told.get(name) for name in OF_REPORT}, told.get("was", {}))


def wanted(values: Mapping[str, str], region: Region) -> Wanted:
    """What the parameters ask for. Raises `BadQuery` for a value that no change can have."""
    asked: dict[str, Set[str]] = {name: set(values_of(values, name, field, region)) for name, field in _FIELDS.items()}
    places = parameters.choices(values, "place", region.places, "/v1/places")
    asked["place"] = {code for code, place in region.places.items() if code in places or place.kecamatan_code in places}
    asked["what"] = set(parameters.choices(values, "what", WHAT))
    written = {id.strip() for id in values.get("report", "").split(",")} - {""}
    asked["report"] = {id for each in written if (id := canonical(each))}
    if len({each.lower() for each in written}) != len(asked["report"]):
        raise BadQuery("report", "ids of reports, with commas between")
    return {name: chosen for name, chosen in asked.items() if chosen}


def matches(change: PublicChange, wanted: Wanted) -> bool:
    """Whether it is asked for: who keeps a copy of what the filters find must learn what came, changed and left.

    So the report must match as it was before or as it is after. A hiding matches whatever the report was, which is
    told nowhere any more.
    """
    own = {"report": change.report, "what": change.what}
    if any(own[name] not in wanted[name] for name in wanted.keys() & own.keys()):
        return False
    if change.what == "hidden":
        return True
    of_report = wanted.keys() & set(OF_REPORT)
    states = (change.after, {**change.after, **change.before})
    return any(all(state[name] in wanted[name] for name in of_report) for state in states)
