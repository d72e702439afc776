"""The model in use: the newest that this government made, else the one that its region comes with."""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from time import monotonic

from sqlalchemy import select
from sqlmodel import Session

from kit.rows import insert_all
from services.routing.model_tables import MODEL
from services.routing.reading.linear import Model
from services.routing.reading.model import BadModel, read, write
from services.routing.reading.prior import load_prior

logger = logging.getLogger(__name__)

LOOK_EACH = 5.0
"""Seconds between two looks for a newer model."""


class ModelInUse:
    """Looks for a newer model when it is asked, at most once in `LOOK_EACH` seconds: an idle process asks nothing."""

    def __init__(self, region: Path | None, clock: Callable[[], float] = monotonic) -> None:
        self._region = region
        self._clock = clock
        self._looked = float("-inf")
        self._number = 0
        self._made: Model | None = None

    def look(self, session: Session) -> Model | None:
        """The model in use; null: the region's rules alone. One that this version cannot read changes nothing."""
        now = self._clock()
        if now - self._looked >= LOOK_EACH:
            self._looked = now
            self._take(session)
        return self._made or self._prior

    @cached_property
    def _prior(self) -> Model | None:
        return load_prior(self._region) if self._region is not None else None

    def _take(self, session: Session) -> None:
        number = session.execute(select(MODEL.c.number).order_by(MODEL.c.number.desc()).limit(1)).scalar() or 0
        if number != self._number:
            content = session.execute(select(MODEL.c.content).where(MODEL.c.number == number)).scalar()
            self._number = number
            try:
                self._made = read(content, f"model {number}") if content is not None else None
            except BadModel as error:  # of a newer version of this program: the model so far reads on
                logger.error("%s", error)  # the message says it all


def install(session: Session, model: Model, at: datetime) -> None:
    """Make this the model in use: running processes take it up by themselves."""
    card = json.dumps(dict(model.card), ensure_ascii=False, sort_keys=True)
    row = {"id": model.id, "made_at": at, "content": write(model), "card": card}
    insert_all(session, MODEL, [row])
