"""When releases are cut: the worker's tick, and the thread that does the work."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from contracts.region import Region
from kit.db import transaction
from services.publish.log import leaves
from services.publish.log.checkpoint import Signer
from services.publish.query import search
from services.publish.record import store
from services.publish.releases import cut, withdrawal
from services.publish.releases.files import Files

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds. It is two short reads, and after a hiding `latest` waits for it."""
REST = 60.0
"""Seconds after a failure, such as a full disk, before the next try."""


class Schedule:
    """The worker's tick that cuts releases, and removes the files of withdrawn ones.

    Either takes as long as the data is large, and a tick holds a transaction: so the tick
    only asks whether there is work, and a thread of its own does it.
    """

    def __init__(self, engine: Engine, files_url: str, signer: Signer, region: Region, every: timedelta) -> None:
        self._engine, self._files_url, self._signer, self._every = engine, files_url, signer, every
        self._region = region
        self._thread: threading.Thread | None = None
        self._rests_until = float("-inf")
        self._seen = 0
        """The highest number of a release that was looked at: whether an older version cut it."""
        self._purged = 0
        """How many reports were hidden when the words of those were last cleared out, by this worker."""

    @property
    def tick(self) -> tuple[float, Callable[[Session, datetime], None]]:
        """For `Worker(ticks=...)`."""
        return LOOK_EACH, self.release_when_due

    def release_when_due(self, session: Session, now: datetime) -> None:
        under_way = self._thread is not None and self._thread.is_alive()
        if under_way or time.monotonic() < self._rests_until:
            return
        self._seen = withdrawal.withdraw_older(session, self._seen, now)
        steps = [self._remove] if cut.to_be_removed(session) else []
        steps += [self._cut] if cut.is_due(session, self._every, now) else []
        hidden = store.count_hidden(session)
        if hidden != self._purged:
            steps.append(partial(self._purge, hidden))
        if steps:
            self._thread = threading.Thread(target=self._work, args=(steps,), name="release", daemon=True)
            self._thread.start()

    def join(self) -> None:
        """Wait for work that is under way."""
        if self._thread is not None:
            self._thread.join()

    def _work(self, steps: list[Callable[[], None]]) -> None:
        for step in steps:
            try:
                step()
            except cut.NewerForms:
                self._rests_until = time.monotonic() + REST
            except cut.CutUnderway:
                continue
            except Exception as error:
                # The worker goes on without it, and so does the other step: both come due again.
                logger.error(
                    "a step of releasing failed: %s", getattr(step, "__name__", "purge").strip("_"), exc_info=error
                )
                self._rests_until = time.monotonic() + REST

    def _remove(self) -> None:
        cut.remove_withdrawn(self._engine, Files(self._files_url))

    def _purge(self, hidden: int) -> None:
        with transaction(self._engine) as session:
            leaves.forget_words(session)
        search.purge(self._engine)
        self._purged = hidden

    def _cut(self) -> None:
        number = cut.cut(self._engine, Files(self._files_url), self._signer, self._region, datetime.now(UTC))
        logger.info("release %d is cut", number)
