"""The files of a region's folder, each read into its shapes as far as it can be."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from contracts.region.contacts import NAME as CONTACTS
from contracts.region.contacts import ContactTable, read_contacts
from contracts.region.drawn import BOUNDARIES, Drawn
from contracts.region.extents import Extent
from contracts.region.faults import FileFault
from contracts.region.models import Agency, Category, Clock, Government, Holidays, Outline, RegionPlace
from contracts.region.officials import NAME as OFFICIALS
from contracts.region.officials import OfficialTable, read_officials
from contracts.region.outlines import read_outlines
from contracts.region.read import YamlFile, read_csv, read_yaml
from contracts.region.signals import NAME as SIGNALS
from contracts.region.signals import RegionSignals
from contracts.region.table import Table
from contracts.region.words import RegionWords

M = TypeVar("M", bound=BaseModel)

AGENCY_COLUMNS = ("id", "name", "kind", "parent", "valid_from", "valid_to")
OPTIONAL_AGENCY_COLUMNS = ("short_name", "place", "name_lapor", "aliases", "oversees", "duties")
PLACE_COLUMNS = ("code", "name", "type", "kecamatan_code", "kecamatan")


@dataclass
class RegionFiles:
    region: YamlFile
    government: Government | None
    agencies: Table[Agency]
    contacts: ContactTable
    officials: OfficialTable
    catalogue: YamlFile
    categories: Table[Category]
    places: Table[RegionPlace]
    outlines: Table[Outline]
    clocks: Table[Clock]
    calendar: YamlFile
    holidays: Holidays | None
    speech: YamlFile
    words: RegionWords | None
    signalling: YamlFile
    signals: RegionSignals
    extents: Mapping[str, Extent] | None = None
    """As they were kept; null: to be computed."""

    def faults(self) -> list[FileFault]:
        tables = (self.agencies, self.categories, self.places, self.outlines, self.clocks)
        sources = (
            self.region,
            self.calendar,
            self.speech,
            self.signalling,
            self.contacts.source,
            self.officials.source,
            *(table.source for table in tables),
        )
        return [fault for source in sources for fault in source.faults]


def read_files(path: Path, drawn: Drawn | None = None) -> RegionFiles:
    """Every file of the folder. `drawn`: what is kept of its outlines."""
    names = ("region", "holidays", "words", "categories")
    region, calendar, speech, catalogue = (read_yaml(path / f"{name}.yaml") for name in names)
    signalling = read_yaml(path / SIGNALS) if (path / SIGNALS).exists() else YamlFile(path / SIGNALS, value={})
    return RegionFiles(
        region=region,
        government=_whole(region, Government),
        agencies=_agencies(path / "agencies.csv"),
        contacts=read_contacts(path / CONTACTS),
        officials=read_officials(path / OFFICIALS),
        catalogue=catalogue,
        categories=_categories(catalogue),
        places=_places(path / "places.csv"),
        outlines=(drawn and drawn.outlines()) or read_outlines(path / BOUNDARIES),
        clocks=_clocks(path / "clocks.yaml"),
        calendar=calendar,
        holidays=_whole(calendar, Holidays),
        speech=speech,
        words=_whole(speech, RegionWords),
        signalling=signalling,
        signals=_whole(signalling, RegionSignals) or RegionSignals(),
        extents=drawn.extents() if drawn else None,
    )


def _whole(document: YamlFile, model: type[M]) -> M | None:
    if document.value is None:
        if not document.faults:
            document.fault(1, "the file is empty")
        return None
    return document.parse(model, document.value)


def _agencies(path: Path) -> Table[Agency]:
    source, rows = read_csv(path, AGENCY_COLUMNS, OPTIONAL_AGENCY_COLUMNS)
    table = Table[Agency](source)
    for row in rows:
        lists = {name: _listed(row.cells.get(name, "")) for name in ("aliases", "oversees")}
        table.add(row.cells.get("id", ""), row.line, row.parse(source, Agency, **lists))
    return table


def _places(path: Path) -> Table[RegionPlace]:
    source, rows = read_csv(path, PLACE_COLUMNS, ("lat", "long", "postcode", "aliases"))
    table = Table[RegionPlace](source)
    for row in rows:
        aliases = _listed(row.cells.get("aliases", ""))
        table.add(row.cells.get("code", ""), row.line, row.parse(source, RegionPlace, aliases=aliases))
    return table


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _categories(document: YamlFile) -> Table[Category]:
    table = Table[Category](document)
    if not isinstance(document.value, list):
        if not document.faults:
            document.fault(1, "a list of categories is expected")
        return table
    for n, item in enumerate(document.value):
        code = str(item.get("code", "")) if isinstance(item, dict) else ""
        table.add(code, document.line(n, "code"), document.parse(Category, item, n))
        table.nth.setdefault(code, n)
    return table


def _clocks(path: Path) -> Table[Clock]:
    document = read_yaml(path)
    table = Table[Clock](document)
    if not isinstance(document.value, dict):
        if not document.faults:
            document.fault(1, "clocks by name are expected")
        return table
    for name, item in document.value.items():
        table.add(str(name), document.line(name), document.parse(Clock, item, str(name)))
    return table
