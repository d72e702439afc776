"""`pendapa import --dry-run`: what would become of each row, by the code that decides on the server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import orjson
from fastapi.exceptions import RequestValidationError

from contracts.region import Region
from pendapa.defaults import defaults_taken, left_out
from pendapa.importing import delimiter_of
from pendapa.importmap import ImportMap, RowFault
from pendapa.sending import read_row
from pendapa.table import Row, read_rows
from services.intake import rest
from services.intake.handlers import received
from services.routing import holding
from services.routing.domain import State
from services.routing.reading.linear import Model
from services.routing.receive import ReportReader, receive
from services.routing.rules import Rules
from services.routing.tables import Case

EXAMPLES = 10
_BEGINNING = 60


@dataclass
class _Group:
    """The rows of one fate, and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


@dataclass
class Outlook:
    """What would become of a table's rows: under each heading its groups, by what they have in common."""

    rows: int = 0
    fates: dict[str, _Group] = field(default_factory=dict)
    defaults: dict[str, _Group] = field(default_factory=dict)
    left_out: dict[str, _Group] = field(default_factory=dict)
    categories: dict[str, _Group] = field(default_factory=dict)
    because: dict[str, _Group] = field(default_factory=dict)
    refusals: dict[str, _Group] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        return sum(group.count for group in self.refusals.values())

    def lines(self) -> Iterator[str]:
        """The whole, to be read on a screen."""
        yield f"Nothing was sent. Of {self.rows} rows, as new reports:"
        for heading, groups in (
            ("", self.fates),
            ("Values that the map does not name took its default:", self.defaults),
            ("Values that say nothing to us, so that they are left out:", self.left_out),
            ("By category:", self.categories),
            ("Held, because (a row may have several reasons):", self.because),
            ("Refused, because:", self.refusals),
        ):
            if groups and heading:
                yield f"\n{heading}"
            for name, group in sorted(groups.items(), key=lambda each: -each[1].count):
                yield f"  {group.count:>7}  {name}"
                for example in group.examples:
                    yield f"             {example}"
        yield "\nOnly the server knows which rows came before, or repeat what somebody else reported."


def foresee(path: Path, mapping: ImportMap, region: Region, now: datetime, model: Model | None = None) -> Outlook:
    """What would become of each row of the table if its import began now. Raises `MapFault`.

    `model`: the one that the region comes with; a server may have made another one since.
    """
    mapping.know({"category": frozenset(region.categories), "agency": frozenset(region.agencies)})
    columns, rows = read_rows(path, delimiter_of(path, mapping), mapping.encoding, mapping.columns())
    mapping.check_columns(columns)
    outlook, rules, reader, ids = Outlook(), Rules(region), ReportReader(region, model), set[str]()
    for row in rows:
        outlook.rows += 1
        body = read_row(row, mapping, ids)
        reason = str(body) if isinstance(body, RowFault) else None
        example = _example(row, mapping, body)
        if isinstance(body, bytes):
            try:
                case = _case(body, region, reader, rules, now)
            except RequestValidationError as error:
                reason = "; ".join(_fault(each) for each in error.errors())
        if reason is not None:
            _add(outlook.refusals, reason, example)
            continue
        _sort(outlook, case, example)
        report = mapping.report(row.cells)
        for taken in defaults_taken(mapping, row.cells, report):
            _add(outlook.defaults, f"{taken.member}: {taken.default}", f"{taken.value!r} in {example}")
        for member, value in left_out(mapping, row.cells, report):
            _add(outlook.left_out, member, f"{value!r} in {example}")
        if (place := report.get("place")) and case.place is None:
            _add(outlook.left_out, "place: no certain place has this name or code", f"{place!r} in {example}")
    return outlook


def _case(body: bytes, region: Region, reader: ReportReader, rules: Rules, now: datetime) -> Case:
    """The case that routing would make of the body, by intake's and routing's own code."""
    draft = rest.read(body, official=True, region=region, now=now)
    return receive(received(str(uuid4()), draft, region.phone_country, codes=()), reader, rules, now).case


def _sort(outlook: Outlook, case: Case, example: str) -> None:
    held = case.status == State.held
    shown = "held for an official" if held else "public, its words withheld" if case.confidential else "public"
    over = "" if held else ", closed" if case.status == State.closed else ", open"
    _add(outlook.fates, shown + over, example)
    _add(outlook.categories, f"{case.category}: {shown}{over}", example)
    for because in holding.reasons(case):
        _add(outlook.because, because.value, example)


def _add(groups: dict[str, _Group], name: str, example: str) -> None:
    groups.setdefault(name, _Group()).add(example)


def _fault(error: dict[str, object]) -> str:
    where = error.get("loc")
    members = where[1:] if isinstance(where, tuple) else ()
    return f"/{'/'.join(map(str, members))}: {error.get('msg')}"


def _example(row: Row, mapping: ImportMap, body: bytes | RowFault) -> str:
    """The row's line and id, and the beginning of its words if they could be read."""
    words = "" if isinstance(body, RowFault) else " ".join(orjson.loads(body)["text"].split())
    return f"line {row.line}, {mapping.id} {row.cells.get(mapping.id, '').strip()}  {words[:_BEGINNING]}".rstrip()
