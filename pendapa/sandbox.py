"""A sandbox: a Pendapa for trying things, with keys, a record and a log of its own, which is emptied each night."""

import os
import shutil
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from kit import clock
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import SANDBOX, Home


def folder(data: Path, footing: Footing, *, sandbox: bool) -> Path:
    """The data folder. Raises `Fault` for a sandbox on a footing that has none, or one that is not called so."""
    if not sandbox and data.resolve().name == SANDBOX:
        raise Fault(f"{data} is the folder of a sandbox, which is emptied each night: say --sandbox, or give another")
    if sandbox and footing is not Footing.embedded:
        raise Fault("A sandbox runs on the embedded footing only: leave --footing out")
    return data / SANDBOX if sandbox else data


def until_night(now: datetime, zone: ZoneInfo) -> float:
    """The seconds until the next midnight of the region.

    >>> until_night(datetime.fromisoformat("2026-11-29T16:59:00+00:00"), ZoneInfo("Asia/Jakarta"))
    60.0
    """
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def empty_if_of_another_day(home: Home, zone: ZoneInfo) -> None:
    """Delete what was filed before today, and the log with its key; the keys of callers stay."""
    mark = home.store / "secrets.json"  # made at the first start of a day, and never changed
    if not mark.exists():
        return
    made = datetime.fromtimestamp(mark.stat().st_mtime, UTC).astimezone(zone).date()
    if made >= clock.now().astimezone(zone).date():
        return
    for each in home.store.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each != home.hashes_file:
            each.unlink()


class Night:
    """Calls `end` at the region's midnight; `came` tells whether it did."""

    def __init__(self, zone: ZoneInfo, end: Callable[[], None]) -> None:
        self.came = False
        self._end = end
        self._timer = threading.Timer(until_night(clock.now(), zone), self._come)
        self._timer.daemon = True
        self._timer.start()

    def _come(self) -> None:
        self.came = True
        self._end()

    def cancel(self) -> None:
        self._timer.cancel()


def start_again() -> NoReturn:
    """Run this command anew in this process, which lets go of the port and the folder."""
    os.execv(sys.executable, [sys.executable, "-m", "pendapa.main", *sys.argv[1:]])  # noqa: S606  # our own command
