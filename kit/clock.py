"""The clock of this process, checked: the machine's time may jump, and deadlines must not be acted on by such a time.

The time of day must move on as the time since the machine's boot does. If it does not, it is in doubt: until it is
back or has stayed as it is for a while, `now` goes on from the last time that was right, and what is due by a date
waits. At a start there is only the time that this database saw last to compare with (table `seen`).
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Engine, Integer, String, Table, delete, func, insert, select
from sqlmodel import Session

from kit import telemetry
from kit.db import KIT, Instant, snapshot
from kit.inbox import INBOX

logger = logging.getLogger(__name__)

SEEN = Table(
    "seen",
    KIT,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("boot", String(64), nullable=False),
    Column("since_boot", BigInteger, nullable=False),  # microseconds
)
"""One row, id 1: the last time that was right, the boot of the machine that saw it, and how long ago that boot was."""

NOTE_EACH = 60.0
TOLERANCE = timedelta(minutes=1)
"""What a time server may correct at once."""
OUTAGE = timedelta(days=1)
"""How long a machine may have been off without its time being in doubt."""
_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(days=1)


def wait_for(jump: timedelta) -> timedelta:
    """How long a time must stay as it is until it is right: the longer, the farther it jumped.

    >>> str(wait_for(timedelta(hours=1))), str(wait_for(timedelta(days=-2))), str(wait_for(timedelta(days=60)))
    ('0:15:00', '2:00:00', '1 day, 0:00:00')
    """
    return min(max(abs(jump) / 24, _SHORTEST), _LONGEST)


class _Pair(NamedTuple):
    """A time of day that was right, and the time since the machine's boot at that moment."""

    wall: datetime
    since_boot: timedelta


class _Doubt(NamedTuple):
    jump: timedelta
    begun: timedelta
    """By the time since boot."""


class CheckedClock:
    """`wall`: the machine's time; `since_boot`: also counts while it sleeps; `boot`: names the boot."""

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        since_boot: Callable[[], timedelta] = lambda: timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME)),
        boot: str | None = None,
    ) -> None:
        self._wall, self._since_boot = wall, since_boot
        self._boot = _boot_id() if boot is None else boot
        self._lock = threading.Lock()
        self._right = _Pair(wall(), since_boot())
        self._doubt: _Doubt | None = None
        self._was_off = False
        """Whether the doubt is of a start: then nothing shows that the machine's time is wrong."""

    def now(self) -> datetime:
        """The time, UTC: the machine's, or while that is in doubt, the last right one and what has passed since."""
        with self._lock:
            return self._check()

    def doubt(self) -> str | None:
        """One line for the operator while the machine's time is in doubt: nothing may be done by a date; else null."""
        with self._lock:
            self._check()
            if self._doubt is None:
                return None
            left = wait_for(self._doubt.jump) - (self._since_boot() - self._doubt.begun)
            return (
                f"the clock {_told(self._doubt.jump)}: deadlines, scheduled releases and deletions wait until it is "
                f"back, or has stayed so for {_rounded(left)} more"
            )

    def jump(self) -> float:
        """By how many seconds the machine's time is ahead of the one that it should be; 0 if it is not in doubt."""
        with self._lock:
            self._check()
            return 0.0 if self._doubt is None else self._doubt.jump.total_seconds()

    def compare(self, engine: Engine) -> None:
        """Compare the time with the one that this database saw last."""
        with snapshot(engine) as session:
            seen = session.execute(select(SEEN)).first()
            last = seen.at if seen else session.scalar(select(func.max(INBOX.c.claimed_at)))
        with self._lock:
            now, at = self._check(), self._since_boot()
            if last is None or self._doubt is not None:
                return
            if seen and seen.boot == self._boot:
                expected = seen.at + at - timedelta(microseconds=seen.since_boot)
                self._was_off = False
            elif -TOLERANCE <= now - last <= OUTAGE:
                return
            else:
                expected, self._was_off = last, now > last
            self._right = _Pair(expected, at)
            self._check()

    def note(self, session: Session, now: datetime) -> None:
        """Note in the table `seen` that the time is right, for the next start."""
        if self.doubt() is None:
            micros = round(self._since_boot() / timedelta(microseconds=1))
            session.execute(delete(SEEN))
            session.execute(insert(SEEN).values(id=1, at=now, boot=self._boot, since_boot=micros))

    def _check(self) -> datetime:
        wall, at = self._wall(), self._since_boot()
        expected = self._right.wall + (at - self._right.since_boot)
        jump = wall - expected
        if abs(jump) <= TOLERANCE:
            self._settle(wall, at, "the clock is right again")
            return wall
        if self._doubt is None or abs(jump - self._doubt.jump) > TOLERANCE:
            self._doubt = _Doubt(jump, at)
            wait = _rounded(wait_for(jump))
            logger.warning("the clock %s; deadlines wait until it is back, or has stayed so for %s", _told(jump), wait)
        elif at - self._doubt.begun >= wait_for(jump):
            self._settle(wall, at, "the clock has stayed as it is, and is taken to be right")
            return wall
        return wall if self._was_off else expected

    def _settle(self, wall: datetime, at: timedelta, told: str) -> None:
        if self._doubt is not None:
            logger.warning(told)
        self._right, self._doubt, self._was_off = _Pair(wall, at), None, False


def now() -> datetime:
    """The time by this process's clock, UTC."""
    return PROCESS.now()


def _told(jump: timedelta) -> str:
    return f"jumped {'forward' if jump > timedelta(0) else 'back'} by {_rounded(abs(jump))}"


def _rounded(span: timedelta) -> str:
    minutes = max(1, round(span / timedelta(minutes=1)))
    if minutes >= 2 * 1440:
        return f"{round(minutes / 1440)} days"
    return f"{round(minutes / 60)} hours" if minutes >= 120 else f"{minutes} minutes"


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


PROCESS = CheckedClock()
telemetry.CLOCK_JUMP.set_function(PROCESS.jump)
