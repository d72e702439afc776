"""What the commands do once their words are understood; loaded only by the command that needs it."""

import asyncio
import csv
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pendapa import anew, importing, importmap, imports
from pendapa.demo import file_demo
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.foreseeing import foresee
from pendapa.home import Keys
from pendapa.region import load
from pendapa.replay import replay
from pendapa.screen import err, out
from pendapa.sending import ImportStopped
from pendapa.up import address
from services.publish.log.checkpoint import read_signers
from services.routing.reading.model import BadModel
from services.routing.reading.prior import load_prior

SHOWN_REASONS = 10


def read_keys(data: Path) -> Keys:
    """The running server's keys. Raises `Fault` where there are none."""
    file = data / "keys.json"
    try:
        return Keys.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise Fault(
            f"{file} is not there: start the server first (make run), or give its folder with --data"
        ) from error
    except ValueError as error:
        raise Fault(f"{file} is not what Pendapa wrote") from error


def check_writable(refused: Path) -> None:
    """Make sure that refused rows can be written there; what is there stays. Raises `Fault`."""
    try:
        there = refused.exists()
        with refused.open("a"):
            pass
        if not there:
            refused.unlink()
    except OSError as error:
        raise Fault(f"refused rows cannot be written to {refused}: {error.strerror}") from error


def demo(url: str, data: Path, region: Path) -> None:
    file_demo(address(url), read_keys(data), load(region))


def send_again(service: str, footing: Footing, data: Path, report: UUID | None, since: datetime | None) -> None:
    count = replay(service, footing, data, str(report) if report else None, since and since.replace(tzinfo=UTC))
    out.print(f"Events that {service} lacks, queued to be sent again: {count}")


def undo_import(number: int, url: str, key: str | None, data: Path) -> None:
    """Take back what an import brought."""
    key = key or os.environ.get("PENDAPA_KEY") or read_keys(data).official
    try:
        undone = asyncio.run(imports.undo(address(url), key, number))
    except ImportStopped as error:
        raise Fault(str(error), 1) from error
    out.print(f"Import {number} ({undone['name'] or undone['source'] or 'without a name'}) is undone.")
    counts = {name: undone[name] for name in ("reports", "opened", "held", "rejected")}
    out.print(
        "Of its {reports} reports, {opened} became public and are hidden, {held} are held and will be rejected in a "
        "moment, {rejected} are rejected.".format(**counts)
    )
    out.print("Its rows count as new: once the table or the map is corrected, import it again.")


def dry_run(file: Path, map: Path, region: Path) -> int:
    """Say what would become of each row; 0 when every row would be taken, 1 when some would be refused."""
    try:
        mapping = importmap.load(map)
        outlook = foresee(file, mapping, load(region), datetime.now(UTC), load_prior(region))
    except (importmap.MapFault, BadModel) as error:
        raise Fault(str(error)) from error
    except (UnicodeError, csv.Error) as error:
        raise Fault(f"{file} cannot be read as the map says: {error}", 1) from error
    for line in outlook.lines():
        out.print(line, markup=False)
    return 1 if outlook.refused else 0


def import_reports(
    file: Path, map: Path, url: str, key: str | None, data: Path, refused: Path | None, at_once: int
) -> int:
    """0 when every row was taken, 1 when some were refused."""
    try:
        mapping = importmap.load(map)
        key = key or os.environ.get("PENDAPA_KEY") or read_keys(data).official
        into = refused or file.with_name(f"{file.stem}.refused.csv")
        if into.resolve() == file.resolve():
            raise Fault(f"{into} is the table itself: the refused rows want a file of their own")
        check_writable(into)
        outcome = asyncio.run(importing.run(file, mapping, address(url), key, into, at_once))
    except importmap.MapFault as error:
        raise Fault(str(error)) from error
    except (UnicodeError, csv.Error) as error:
        raise Fault(f"{file} cannot be read as the map says ({mapping.encoding}): {error}", 1) from error
    except ImportStopped as error:
        raise Fault(str(error), 1) from error
    counts = f"{outcome.new} new, {outcome.changed} changed, {outcome.unchanged} unchanged, {outcome.refused} refused"
    out.print(counts)
    if outcome.number is not None:
        out.print(
            f"This is import {outcome.number}; to take back what it brought: pendapa import --undo {outcome.number}"
        )
    if not outcome.refused:
        return 0
    by_count = sorted(outcome.reasons.items(), key=lambda each: -each[1])
    for reason, count in by_count[:SHOWN_REASONS]:
        err.print(f"  {count} times: {reason}", markup=False)
    err.print(f"The refused rows, with their reasons: {into}", markup=False)
    return 1


def begin_anew(data: Path, *, yes: bool) -> None:
    if not yes:
        raise Fault(
            "The log so far would end, and its releases would no longer be served. If what it lacks can be had from "
            "nobody (docs/stores.md), say --yes"
        )
    begun = anew.begin_anew(data)
    out.print("A new log begins. Say so where the old key was published; from now on releases verify with\n")
    out.print(f"  {read_signers(begun.log_key).newest}\n", markup=False)
