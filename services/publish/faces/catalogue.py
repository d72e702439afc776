"""What the region itself says, rendered once at the start: its agencies, places and categories, and its calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import orjson

from contracts.region import Region


@dataclass(frozen=True)
class Catalogue:
    """Bodies, ready to send."""

    agencies: bytes
    places: bytes
    categories: bytes

    @property
    def edition(self) -> bytes:
        return self.agencies + self.places + self.categories


def catalogue(region: Region) -> Catalogue:
    """The lists of a region, in the order of its files."""
    return Catalogue(
        orjson.dumps(
            {
                "agencies": [
                    agency.model_dump(include={"id", "name", "kind", "parent", "valid_from", "valid_to"})
                    for agency in region.agencies.values()
                ]
            }
        ),
        orjson.dumps({"places": [place.model_dump(exclude={"aliases"}) for place in region.places.values()]}),
        orjson.dumps({"categories": [_category(region, code) for code in region.categories]}),
    )


def _category(region: Region, code: str) -> dict[str, object]:
    category = region.categories[code]
    said = category.model_dump(
        include={"code", "name", "name_en", "description", "group", "agency", "sensitive", "verify"}
    )
    clock = region.clocks.get(category.clock)
    return {**said, "clock": clock.model_dump(include={"verify", "respond", "silence"}) if clock else None}


class WorkingDays:
    """A region's working days: its country's public holidays, with what it adds and takes away."""

    def __init__(self, region: Region) -> None:
        self._rules = region.holidays
        self._weekend = region.weekend
        self._days_off = lru_cache(maxsize=64)(self._read)

    def after(self, start: date, days: int) -> tuple[date, list[tuple[date, str]]]:
        """The `days`-th working day after `start`, which never counts, and the days passed over, each with why."""
        skipped = []
        day = start
        while days > 0:
            day += timedelta(days=1)
            why = self._days_off(day.year).get(day) or ("weekend" if day.weekday() in self._weekend else None)
            if why is None:
                days -= 1
            else:
                skipped.append((day, why))
        return day, skipped

    def _read(self, year: int) -> Mapping[date, str]:
        public = holidays.country_holidays(self._rules.country, subdiv=self._rules.subdivision, years=year)
        ours = {day: name for day, name in public.items() if day not in self._rules.removed}
        return ours | {day: name for day, name in self._rules.added.items() if day.year == year}
