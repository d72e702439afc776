"""How far the public record is: read it before the records, and they have every change up to its `as_of`."""

from datetime import datetime, timedelta
from typing import NamedTuple

from kit.db import Reader
from services.publish.log.as_of import FIRST

_STATE = "SELECT size, epoch, as_of FROM log_state WHERE id = 1"


class RecordState(NamedTuple):
    size: int
    """Facts in the log."""
    epoch: str | None
    """Null before anything was published."""
    as_of: datetime
    """No change that is not there yet will have an earlier `updated_at`."""


async def read(reader: Reader) -> RecordState:
    """The state now."""
    rows = await reader.rows(_STATE)
    size, epoch, as_of = rows[0] if rows else (0, None, None)
    return RecordState(size, epoch, FIRST if as_of is None else FIRST + timedelta(microseconds=as_of))
