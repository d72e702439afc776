"""Finds out how far a log was, for stores that are brought back from a backup: before that they must not sign."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import SecretStr, ValidationError
from sqlalchemy import select, update

from kit import clock
from kit.db import open_engine, transaction
from pendapa.backups import contents
from pendapa.backups.contents import Contents
from pendapa.fault import Fault
from pendapa.home import Home
from services.publish.log import behind, merkle
from services.publish.log.behind import Behind
from services.publish.log.copies import LEAF_BYTES, LogCopy
from services.publish.releases import restored, withdrawal
from services.publish.releases.files import Files
from services.publish.releases.restored import Known, ReleaseCopy
from services.publish.settings import Settings
from services.publish.tables import RELEASE

_WAYS = (
    "With --witness give a copy of the log that has them: the URL of a mirror, or a folder such as a release that "
    "somebody downloaded. If nobody has one, --new-log ends this log and begins another (docs/stores.md)"
)


LOG = "log"
"""The folder of a backup with how far the log was."""


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


def of_server(home: Home, copies: Path, database_url: str) -> Settings:
    """The settings of publish: those of the environment where it has the log's key, else those of the data folder."""
    if "PUBLISH_LOG_KEY" not in os.environ:
        return settings_of(home, copies, (), database_url)
    try:
        return Settings()
    except ValidationError as error:  # its own words would show the values
        names = ", ".join(f"PUBLISH_{'_'.join(map(str, each['loc']))}".upper() for each in error.errors())
        raise Fault(f"Not right in the environment: {names}") from error


def keep_log(part: Path, checkpoint: str, commitments: Iterable[bytes]) -> None:
    """Keep in a backup how far the log was, in the form of a log's copy."""
    with contents.new_file(part / LOG / "leaves.bin").open("wb") as file:
        for commitment in commitments:
            file.write(commitment)
    contents.new_file(part / LOG / "checkpoint").write_text(checkpoint)


def check(settings: Settings, backup: Path, kept: Contents, *, nothing_since: bool, new_log: bool) -> None:
    """Raise `Fault` unless the log of the backup can go on as the operator says. Signs and changes nothing.

    It can go on where somebody apart from the backup knows how far it was, and all commitments up to there can be had;
    or where the operator knows that nothing was published since. A log that can go on is not ended.
    """
    heads = restored.known(settings.signer(), Files(settings.files_url), settings.witnesses.split())
    lacking = _lacking(LogCopy(backup / LOG), kept.log.size, heads)
    if lacking is not None:
        if not new_log:
            raise Fault(f"Nothing was changed. After the restore {lacking}. {_WAYS}", 1)
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


def _knows(each: Known, kept: Contents) -> bool:
    """Releases do not tell: they came with the backup, or ended before the log did."""
    return not isinstance(each.source, ReleaseCopy) and each.size >= kept.log.size


def _lacking(copy: LogCopy, size: int, heads: Sequence[Known]) -> Behind | None:
    """Why a log that has this copy cannot catch up with what was published; null if it can."""
    own = copy.commitments(0, size)
    if own is None:
        raise Fault(f"{copy} has not the {size} facts of the log", 1)
    for each in heads:
        have = len(own) // LEAF_BYTES
        if each.size > have:
            further = (known.source.commitments(have, each.size) for known in heads if known.size >= each.size)
            grown = (own + more for more in further if more is not None)
            whole = next((data for data in grown if _root(data) == each.published.head.root), None)
            if whole is None:
                return behind.older(have, each.published.head, str(each.source))
            own = whole
        elif _root(own[: each.size * LEAF_BYTES]) != each.published.head.root:
            return Behind(f"publish signs nothing: {each.source} has another history of this log")
    return None


def _root(commitments: bytes) -> bytes:
    cut = (commitments[at : at + LEAF_BYTES] for at in range(0, len(commitments), LEAF_BYTES))
    return merkle.root_of(map(merkle.leaf_hash, cut))


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
