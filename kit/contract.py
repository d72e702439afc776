"""The table `contract`: from which of its migrations on a process knows how to write to this database.

A migration only adds, so processes of the version before go on beside it. One that adds rows which every writer must
keep, such as those of a feed, says so with `require`: an older process would leave gaps in them, and must not write.
"""

from sqlalchemy import Column, Engine, String, Table, func, inspect, select

from kit.db import KIT
from kit.health import NotReady

CONTRACT = Table("contract", KIT, Column("migration", String(32), primary_key=True))


class TooOld(NotReady):
    """This process is older than its database requires."""


def check(engine: Engine, newest: str) -> None:
    """Raise `TooOld` if the database wants writers of a later migration than `newest`, which this code knows."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(CONTRACT.name):
            return
        wanted = connection.scalar(select(func.max(CONTRACT.c.migration)))
    if wanted is not None and str(wanted) > newest:
        raise TooOld(
            f"the database wants processes that know its migration {wanted}, and this one knows {newest}: update it"
        )
