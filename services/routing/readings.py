"""A case's reading: how its row keeps it, and what officials see of it."""

from typing import Any

import orjson

from services.routing.reading.reading import Reading
from services.routing.tables import Case
from services.routing.views import ReadingView


def written(reading: Reading) -> str:
    """The reading as a row has it."""
    return orjson.dumps(reading, default=_members).decode()


def _members(part: Any) -> dict[str, object]:
    members: dict[str, object] = part._asdict()
    return members


def view(case: Case, because: list[Any]) -> ReadingView | None:
    """The reading for officials; null of a case that a version without readings made."""
    if case.reading is None:
        return None
    return ReadingView(**orjson.loads(case.reading), held_because=because)


def categories_of(case: Case, agency: str | None) -> list[str]:
    """The categories that the case's candidates have with this agency, best first."""
    if agency is None or case.reading is None:
        return []
    candidates = orjson.loads(case.reading)["candidates"]
    return [each["category"] for each in candidates if each["agency"] == agency]
