"""Finds out how far a log was, for stores that are brought back from a backup: before that they must not sign."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select, update

from kit import clock, migrate
from kit.db import open_engine, transaction
from pendapa.backups.contents import Contents
from pendapa.fault import Fault
from pendapa.home import Home
from services.publish.log.behind import Behind
from services.publish.releases import restored, withdrawal
from services.publish.releases.files import Files
from services.publish.releases.restored import Known, ReleaseCopy
from services.publish.settings import Settings
from services.publish.tables import RELEASE

_WAYS = (
    "With --witness give a copy of the log that has them: the URL of a mirror, or a folder such as a release that "
    "somebody downloaded. If nobody has one, --new-log ends this log and begins another (docs/stores.md)"
)


class _Undo(Exception):
    """Nothing of the transaction is to be kept."""


def settings_of(home: Home, copies: Path, witnesses: Sequence[str], database_url: str | None = None) -> Settings:
    """The settings by which the log of the publish in this folder is asked for; `copies`: where logs are copied to."""
    secrets = home.secrets()
    return Settings(
        database_url=SecretStr(database_url or f"sqlite:///{home.store / 'publish.sqlite'}"),
        bus_url="",
        region=home.folder,
        gateway_secret=SecretStr(secrets.gateway_secret),
        files_url=(home.store / "files").as_uri(),
        log_key=SecretStr(secrets.log_key),
        origin=secrets.origin,
        log_copy=str(copies),
        witnesses=" ".join(witnesses),
    )


def check(settings: Settings, kept: Contents, *, nothing_since: bool, new_log: bool) -> None:
    """Raise `Fault` unless the log of these stores can go on as the operator says. Signs and changes nothing.

    It can go on where somebody apart from the backup knows how far it was, and all commitments up to there can be had;
    or where the operator knows that nothing was published since. A log that can go on is not ended.
    """
    migrate.upgrade(settings.database_url.get_secret_value(), "publish")
    heads = restored.known(settings.signer(), Files(settings.files_url), settings.witnesses.split())
    behind = _lacking(settings, heads)
    if behind is not None:
        if not new_log:
            raise Fault(f"Nothing was changed. After the restore {behind}. {_WAYS}", 1)
    elif any(_knows(each, kept) for each in heads) or nothing_since:
        if new_log:
            raise Fault("Nothing was changed. The log can go on, so it is not ended: leave --new-log out", 1)
    elif not new_log:
        raise Fault(
            f"Nothing was changed. Nobody here knows how far the log was after {kept.made_at:%Y-%m-%d %H:%M} UTC: "
            f"{settings.log_copy} has no copy of it. If the server published nothing after the backup, say "
            f"--nothing-since. {_WAYS}",
            1,
        )


def withdraw(settings: Settings, numbers: Sequence[int]) -> list[int]:
    """Note as withdrawn those of these releases that were withdrawn after the backup; return them."""
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        with transaction(engine) as session:
            stand = RELEASE.c.number.in_(numbers) & RELEASE.c.withdrawn_at.is_(None)
            found = list(session.scalars(select(RELEASE.c.number).where(stand).order_by(RELEASE.c.number)))
            values = {"withdrawn_at": clock.now(), "reason": withdrawal.REASON, "removed": True}
            session.execute(update(RELEASE).where(RELEASE.c.number.in_(found)).values(values))
            return found
    finally:
        engine.dispose()


def hidden_since(before: Path, store: Path) -> list[str]:
    """The ids of the reports that the stores of before have as hidden, and these stores have not.

    None if those of before cannot be read, which may be why they are replaced.
    """
    hidden = []
    for folder in (before, store):
        file = folder / "publish.sqlite"
        try:
            with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as publish:
                hidden.append({id for [id] in publish.execute("SELECT id FROM hidden")})
        except sqlite3.DatabaseError:
            return []
    return sorted(hidden[0] - hidden[1])


def _knows(each: Known, kept: Contents) -> bool:
    """Releases do not tell: they came with the backup, or ended before the log did."""
    return not isinstance(each.source, ReleaseCopy) and each.size >= kept.log.size


def _lacking(settings: Settings, heads: Sequence[Known]) -> Behind | None:
    """Why these stores cannot catch up with what was published; null if they can."""
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        with transaction(engine) as session:
            restored.catch_up(session, settings.signer(), heads, clock.now())
            raise _Undo
    except _Undo:
        return None
    except Behind as behind:
        return behind
    finally:
        engine.dispose()
