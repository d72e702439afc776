"""Loads a region's folder: reads every file, checks them against each other, and raises all faults at once."""

from pathlib import Path

from contracts.region.check import check
from contracts.region.faults import RegionFault
from contracts.region.files import read_files
from contracts.region.models import Region


def load_region(path: Path) -> Region:
    """The region in the folder `path`.

    Raises `RegionFault` with every fault of every file.
    """
    files = read_files(path)
    check(files)
    faults = files.faults()
    if faults or files.government is None or files.holidays is None or files.words is None:
        raise RegionFault(faults)
    return Region(
        **dict(files.government),
        agencies=files.agencies.of,
        categories=files.categories.of,
        places=files.places.of,
        clocks=files.clocks.of,
        holidays=files.holidays,
        slang=files.words.slang,
        stopwords=frozenset(files.words.stopwords),
        common_names=frozenset(files.words.common_names),
        words=files.words,
    )
