"""Hides again, before restored stores serve it, what was hidden after the backup: as the stores of before tell."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from contracts.events import CaseHidden
from contracts.region import Region
from kit import clock
from kit.db import transaction
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.region import load
from pendapa.replay import opened
from services.publish import handlers
from services.publish.settings import Settings
from services.routing import hiding
from services.routing.actions.hide import HIDDEN
from services.routing.rules import Rules

Ask = Callable[[str, str], Sequence[Sequence[Any]]]
"""Asks the stores: a service and a query, and their rows. Raises `Fault` if they cannot be read."""

_PUBLIC = "SELECT id, reason FROM hidden"
_CASES = (
    'SELECT "case".id, action."by", action.reason, action.public_reason '
    'FROM "case" JOIN action ON action.report = "case".id '
    "WHERE \"case\".hidden AND action.move = 'hide' ORDER BY action.number"
)


class KnownHiding(NamedTuple):
    """A report that was hidden, as the stores of before have it."""

    report: str
    by: str
    """Who hid it, as routing's history names them."""
    reason: str | None
    public: str | None
    """The reason that the public reads; null if it was not kept."""


def in_folder(store: Path) -> Ask:
    """Asks the SQLite files in this folder, and changes nothing in them."""

    def ask(service: str, query: str) -> Sequence[Sequence[Any]]:
        file = store.absolute() / f"{service}.sqlite"
        try:
            with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as database:
                return database.execute(query).fetchall()
        except sqlite3.DatabaseError as error:
            raise Fault(f"{file} cannot be read: {error}", 1) from error

    return ask


def hidden_since(before: Ask, restored: Ask) -> list[KnownHiding] | None:
    """The reports that the stores of before have as hidden, and the restored publish has not, in the order of ids.

    Null if those of before cannot be read, which may be why they are replaced. One of its two services is enough: a
    report is hidden in routing, which tells publish.
    """
    public, cases = _rows(before, "publish", _PUBLIC), _rows(before, "routing", _CASES)
    if public is None and cases is None:
        return None
    found = {id: KnownHiding(id, "official", reason, reason) for id, reason in public or ()}
    for id, by, reason, said in cases or ():
        found[id] = KnownHiding(id, by, reason, found[id].public if id in found else said)
    there = {id for id, _ in restored("publish", _PUBLIC)}
    return [found[id] for id in sorted(found.keys() - there)]


def region_of(path: Path | None, id: str) -> Region:
    """The region in this folder, which must be `id` where that is not empty. Raises `Fault`."""
    if path is None:
        raise Fault("Reports were hidden after the backup: to hide them again, say the server's --region")
    region = load(path)
    if id and region.id != id:
        raise Fault(
            f"Reports were hidden after the backup. To hide them again, the restore needs the region {id}, and {path} "
            f"is {region.id}: say the server's --region"
        )
    return region


def hide_again(home: Home, footing: Footing, settings: Settings, region: Region, found: Sequence[KnownHiding]) -> None:
    """Hide these reports in the restored stores; no server runs on these, and the log has caught up.

    Publish takes them out at once, as if routing had told it, and also keeps back what it does not know yet. Routing
    gets the act of before, and tells of it after the start; publish has handled that then.
    """
    now, unsaid = clock.now(), Rules(region).say(HIDDEN)
    told = [CaseHidden(time=now, subject=UUID(each.report), reason=each.public or unsaid) for each in found]
    with opened("publish", footing, home.folder) as engine, transaction(engine) as session:
        handlers.publish(session, told, region=region, signer=settings.signer(), now=now)
    with opened("routing", footing, home.folder) as engine, transaction(engine) as session:
        for each, event in zip(found, told, strict=True):
            hiding.hide_again(session, each.report, each.by, each.reason or event.reason, event.reason, now)


def _rows(ask: Ask, service: str, query: str) -> Sequence[Sequence[Any]] | None:
    try:
        return ask(service, query)
    except Fault:
        return None
