"""Reads the region for a start and for `pendapa region check`: its faults, warnings, and what reports still need."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from contracts.region import FileFault, Region, RegionFault
from contracts.region.drawn import Drawn
from contracts.region.files import RegionFiles, read_files
from contracts.region.load import load_files
from contracts.region.today import warnings
from kit.db import open_engine, snapshot
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.replay import database_url
from pendapa.screen import err, out
from services.publish.query import kept
from services.publish.query.kept import Column

_SOURCES: dict[Column, tuple[str, str, str]] = {
    "agency": ("agency", "agencies.csv", "add its row again, with its last day in valid_to"),
    "category": ("category", "categories.yaml", "add it again, with its last day in valid_to"),
    "place_code": ("place", "places.csv", "add its row again"),
}


def load(path: Path) -> Region:
    """The region in the folder. Raises `Fault` with every fault of it."""
    return _load(path, _read(path))


def load_to_serve(path: Path, drawn: Drawn | None = None) -> tuple[Region, list[FileFault]]:
    """As `load`, for a start: the channels are checked, too; with what needs a person soon.

    `drawn`: what is kept of the outlines, and notes them.
    """
    files = _read(path, drawn)
    region = _load(path, files)
    _check_channels(files, region)
    _check_model(path)
    if drawn is not None:
        drawn.note(region, files.outlines.line)
    return region, _warnings(files, region)


def check_kept(path: Path, region: Region, publish_url: str, routing_url: str) -> None:
    """Raise `Fault` if public or held reports have an agency, a category or a place that the files have no more."""
    faults = _all_missing(path, region, publish_url, routing_url)
    if faults:
        raise Fault(_contradicts(path, faults))


def check(path: Path, footing: Footing, data: Path | None) -> int:
    """Print what is wrong, what needs a person soon, and what the files would change; 1 if anything is wrong."""
    try:
        region, found = load_to_serve(path)
    except Fault as fault:
        err.print(str(fault), markup=False)
        return 1
    for warning in found:
        out.print(f"Warning: {warning}", markup=False)
    urls = _databases(region, footing, data)
    if urls is None:
        out.print("There are no reports to compare with: only the files were checked")
        return 0
    missing = _all_missing(path, region, urls["publish"], urls["routing"])
    for each in missing:
        err.print(str(each), markup=False)
    with _opened(urls["routing"]) as engine:
        _print_preview(region, engine)
    return 1 if missing else 0


def _read(path: Path, drawn: Drawn | None = None) -> RegionFiles:
    if not (path / "region.yaml").is_file():
        raise Fault(f"{path} is not a region: it has no region.yaml")
    return read_files(path, drawn)


def _load(path: Path, files: RegionFiles) -> Region:
    try:
        return load_files(files, datetime.now(UTC))
    except RegionFault as error:
        raise Fault(_contradicts(path, error.faults)) from error


def _contradicts(path: Path, faults: tuple[FileFault, ...] | list[FileFault]) -> str:
    return "\n".join([f"The region {path} contradicts itself:", *map(str, faults)])


def _warnings(files: RegionFiles, region: Region) -> list[FileFault]:
    return warnings(files, region.day_of(datetime.now(UTC)))


def _check_channels(files: RegionFiles, region: Region) -> None:
    from services.intake import channels  # slow to load

    unknown = sorted(set(region.channels) - channels.PROVIDERS.keys())
    line, names = files.region.line("channels"), ", ".join(sorted(channels.PROVIDERS))
    faults = [
        FileFault(str(files.region.path), line, f"there is no channel {each}; there are {names}") for each in unknown
    ]
    if faults:
        raise Fault(_contradicts(files.region.path.parent, faults))


def _check_model(path: Path) -> None:
    from services.routing.reading.model import BadModel  # numpy is slow to load
    from services.routing.reading.prior import load_prior

    try:
        load_prior(path)
    except BadModel as error:
        raise Fault(f"The region {path} contradicts itself:\n{error}") from error


def _all_missing(path: Path, region: Region, publish_url: str, routing_url: str) -> list[FileFault]:
    with _opened(publish_url) as engine:
        public = _missing(path, region, engine)
    with _opened(routing_url) as engine:
        return public + _missing_of_held(path, region, engine)


def _missing_of_held(path: Path, region: Region, engine: Engine) -> list[FileFault]:
    from services.routing.preview import lacking_of_held

    if not inspect(engine).has_table("case"):
        return []
    with snapshot(engine) as session:
        return [
            _fault(path, column, value, "held reports have", str(reports))
            for column, value, reports in lacking_of_held(session, region)
        ]


def _missing(path: Path, region: Region, engine: Engine) -> list[FileFault]:
    """What public reports have and the files lack; a new database has no reports."""
    if not inspect(engine).has_table("record"):
        return []
    with snapshot(engine) as session:
        return [
            _fault(path, column, each.value, "public reports have", f"{each.reports}, of them {each.open} open")
            for column, each in kept.missing(session, region)
        ]


def _fault(path: Path, column: Column, value: str, who: str, count: str) -> FileFault:
    """The fault of a value that is missing, on the last line of its file."""
    kind, name, write = _SOURCES[column]
    file = path / name
    what = f"{who} the {kind} {value!r}, which is not here: {count}"
    return FileFault(str(file), len(file.read_text("utf-8-sig").splitlines()), f"{what}; {write}")


def _print_preview(region: Region, engine: Engine) -> None:
    from services.routing.preview import preview
    from services.routing.rules import Rules

    with snapshot(engine) as session:
        found = preview(session, Rules(region), datetime.now(UTC))
    for agency, reports in sorted(found.ended.items()):
        out.print(f"Open reports with {agency!r}, which does not exist today; give them to another agency: {reports}")
    for category, agency, new, reports in found.other:
        out.print(f"Open reports of {category!r} that stay with {agency!r}, while new ones go to {new!r}: {reports}")
    for (before, after), reports in sorted(found.moved.items()):
        out.print(f"Open reports due on {before} that will be due on {after} from the next start on: {reports}")
    if not any(found):
        out.print("No open report is touched")


def _databases(region: Region, footing: Footing, data: Path | None) -> dict[str, str] | None:
    """The databases of publish and routing; null if the default folder has none of this region."""
    folder = data or Path("var")
    owner = folder / "region"
    if owner.exists() and owner.read_text() != region.id:
        if data is None:
            return None
        raise Fault(f"{folder} holds the data of {owner.read_text()}, not of {region.id}")
    try:
        return {service: database_url(service, footing, folder) for service in ("publish", "routing")}
    except Fault:
        if data is None:
            return None
        raise


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    except DBAPIError as error:
        raise Fault(f"The database cannot be read, or is of an older version: {error.orig}", 1) from error
    finally:
        engine.dispose()
