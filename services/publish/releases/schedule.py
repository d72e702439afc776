"""When releases are cut: the worker's tick, and the jobs that do the work."""

import logging
import time
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from contracts.region import Region
from kit.clock import PROCESS, CheckedClock
from kit.db import transaction
from kit.jobs import ticks
from kit.jobs.runner import Job, Runner
from kit.jobs.ticks import Tick
from services.publish.log import leaves
from services.publish.log.checkpoint import Signer
from services.publish.query import search
from services.publish.record import store
from services.publish.releases import cut, withdrawal
from services.publish.releases.files import Files

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds. A look is two short reads, and after a hiding `latest` waits for it."""
RELEASES = "releases"
REST = 60.0
"""Seconds after a failure, such as a full disk, before the next try."""


class Schedule:
    """The worker's tick that cuts releases, and removes the files of withdrawn ones.

    Both take longer the more data there is, so the tick only starts them, on a runner.
    """

    def __init__(
        self,
        engine: Engine,
        files_url: str,
        signer: Signer,
        region: Region,
        every: timedelta,
        clock: CheckedClock = PROCESS,
    ) -> None:
        self._clock = clock
        self._engine, self._files_url, self._signer, self._every = engine, files_url, signer, every
        self._runner, self._region = Runner(RELEASES, rest=REST), region
        self._cuts_from = float("-inf")
        """When the next cut may be tried, on the monotonic clock; later than now if a newer version must cut."""
        self._seen = 0
        """The highest number among the releases of which was checked whether an older version cut them."""
        self._purged = 0
        """How many reports were hidden, and words erased, when this worker last removed them from the files."""

    @property
    def tick(self) -> Tick:
        """For `Worker(ticks=...)`."""
        return Tick(LOOK_EACH, self.release_when_due, rests=ticks.REST)

    def release_when_due(self, session: Session, now: datetime) -> datetime | None:
        """Start what is due; return when to look again."""
        if not self._runner.is_ready(RELEASES):
            return now
        self._seen = withdrawal.withdraw_older(session, self._seen, now)
        steps: list[Job] = [self._remove] if cut.to_be_removed(session) else []
        may_cut = time.monotonic() >= self._cuts_from
        timed = self._clock.doubt() is None
        steps += [self._cut] if may_cut and cut.is_due(session, self._every, now, timed=timed) else []
        gone = store.count_hidden(session) + leaves.count_erasing(session)
        if gone != self._purged:
            steps.append(partial(self._purge, gone))
        self._runner.start({RELEASES: steps})
        if steps or not (may_cut and timed):
            return now
        return cut.next_due(session, self._every, now)

    def join(self) -> None:
        """Wait for work that is under way."""
        self._runner.join()

    def _remove(self) -> None:
        cut.remove_withdrawn(self._engine, Files(self._files_url))

    def _purge(self, gone: int) -> None:
        with transaction(self._engine) as session:
            leaves.forget_words(session)
        search.purge(self._engine)
        self._purged = gone

    def _cut(self) -> None:
        try:
            number = cut.cut(self._engine, Files(self._files_url), self._signer, self._region, self._clock.now())
        except cut.NewerForms:
            self._cuts_from = time.monotonic() + REST
            return
        except cut.CutUnderway:
            return
        logger.info("release %d is cut", number)
