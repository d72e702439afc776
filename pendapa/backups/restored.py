"""What a restore is asked for, and what it did."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pendapa.backups.contents import Contents
from pendapa.home import Secrets


class Wanted(NamedTuple):
    """What the operator knows of the log, and where the server's region is."""

    witnesses: Sequence[str] = ()
    nothing_since: bool = False
    new_log: bool = False
    region: Path | None = None
    """Read only if reports have to be hidden again."""


class Restored(NamedTuple):
    """What was brought back."""

    contents: Contents
    aside: Path | str | None
    """Where what was there before is: a folder, or the schema in each database."""
    lost: int
    """How many facts of the log were taken back without their words and salts."""
    began: Secrets | None
    """Of the new log, if one was begun."""
    withdrawn: Sequence[int]
    """The releases that were withdrawn after the backup, and stay so."""
    hidden: Sequence[str] | None
    """The reports that were hidden after the backup, and were hidden again, as far as the stores of before tell.

    Null if these could not be read: what was hidden after the backup is public again from the next start on."""
