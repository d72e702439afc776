"""When releases are cut: the worker's tick, and the jobs that do the work."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from kit.jobs.runner import Job, Runner
from services.publish import releases, search, store
from services.publish.checkpoint import Signer
from services.publish.files import Files

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds. It is two short reads, and after a hiding `latest` waits for it."""
REST = 60.0
"""Seconds after a failure, such as a full disk, before the next try."""


class Schedule:
    """The worker's tick that cuts releases, and removes the files of withdrawn ones.

    Either takes as long as the data is large: so the tick only asks whether there is work, and a runner does it.
    """

    def __init__(self, engine: Engine, files_url: str, signer: Signer, every: timedelta) -> None:
        self._engine, self._files_url, self._signer, self._every = engine, files_url, signer, every
        self._runner = Runner("releases", rest=REST)
        self._purged = 0
        """How many reports were hidden when the words of those were last cleared out, by this worker."""

    @property
    def tick(self) -> tuple[float, Callable[[Session, datetime], None]]:
        """For `Worker(ticks=...)`."""
        return LOOK_EACH, self.release_when_due

    def release_when_due(self, session: Session, now: datetime) -> None:
        steps: list[Job] = [self._remove] if releases.to_be_removed(session) else []
        steps += [self._cut] if releases.is_due(session, self._every, now) else []
        hidden = store.count_hidden(session)
        if hidden != self._purged:
            steps.append(partial(self._purge, hidden))
        self._runner.start({"releases": steps})

    def join(self) -> None:
        """Wait for work that is under way."""
        self._runner.join()

    def _remove(self) -> None:
        releases.remove_withdrawn(self._engine, Files(self._files_url))

    def _purge(self, hidden: int) -> None:
        search.purge(self._engine)
        self._purged = hidden

    def _cut(self) -> None:
        try:
            number = releases.cut(self._engine, Files(self._files_url), self._signer, datetime.now(UTC))
        except releases.CutUnderway:
            return
        logger.info("release %d is cut", number)
