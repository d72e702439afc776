"""Loads a region's folder: reads every file, checks them against each other, and raises all faults at once."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.region.check import check
from contracts.region.faults import RegionFault
from contracts.region.files import RegionFiles, read_files
from contracts.region.models import Region
from contracts.region.today import contradictions


def load_region(path: Path, now: datetime | None = None) -> Region:
    """The region in the folder `path`; with `now`, its agencies and categories must also exist on that day.

    Raises `RegionFault` with every fault of every file.
    """
    return load_files(read_files(path), now)


def load_files(files: RegionFiles, now: datetime | None = None) -> Region:
    """As `load_region`, of files that were read."""
    check(files)
    faults = files.faults()
    if now is not None and files.government is not None:
        faults += contradictions(files, now.astimezone(ZoneInfo(files.government.timezone)).date())
    if faults or files.government is None or files.holidays is None or files.words is None:
        raise RegionFault(faults)
    return Region(
        **dict(files.government),
        agencies=files.agencies.of,
        contacts=files.contacts.contacts,
        officials=files.officials.officials,
        categories=files.categories.of,
        places=files.places.of,
        outlines=files.outlines.of,
        known_extents=files.extents,
        clocks=files.clocks.of,
        holidays=files.holidays,
        slang=files.words.slang,
        stopwords=frozenset(files.words.stopwords),
        common_names=frozenset(files.words.common_names),
        words=files.words,
        signals=files.signals,
    )
