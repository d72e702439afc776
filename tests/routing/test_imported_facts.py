"""docs/imports.md says which imported facts make events, and which do not; its table is true."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.events import Closure, Elsewhere, Location, ReportUndone, ReportUpdated, ResponseElsewhere
from kit.db import snapshot
from services.routing.feed_tables import AGENCY_EVENT
from tests.routing.conftest import NOW, UNSURE, Routing, about

DOCUMENT = Path(__file__).parents[2] / "docs" / "imports.md"
LONG_AGO = NOW - timedelta(days=90)
ANSWER = ResponseElsewhere(text="Ditambal", at=LONG_AGO + timedelta(days=2), acted=True)
ENDED: dict[str, Any] = {"closed_at": LONG_AGO + timedelta(days=3), "closure": Closure.done}


def bring(routing: Routing, text: str = "Jalan rusak di desa Sumberarum Dander", **elsewhere: Any) -> str:
    brought = Elsewhere(**elsewhere)
    return routing.report(text, at=LONG_AGO, official=True, confidential=False, elsewhere=brought)


def after(begin: Callable[[Routing], str], *kinds: type, **members: Any) -> Callable[[Routing], str]:
    """What an update or an undoing causes, without what the report itself did."""

    def happen(routing: Routing) -> str:
        report = begin(routing)
        for kind in kinds:
            routing.take(about(report, kind, **members))
        return report

    happen.begin = begin  # type: ignore[attr-defined]
    return happen


def held(routing: Routing) -> str:
    return bring(routing, UNSURE)


CASES: Mapping[str, Callable[[Routing], str]] = {
    "an open report": bring,
    "a closed report": lambda routing: bring(routing, **ENDED),
    "a row that is held": held,
    "a held row that is closed in its source": lambda routing: bring(routing, UNSURE, **ENDED),
    "later: an answer, each": after(bring, ReportUpdated, response=ANSWER),
    "later: another agency or category": after(bring, ReportUpdated, agency="dinkes"),
    "later: another place": after(bring, ReportUpdated, location=Location(place="Kedungadem")),
    "later: an end": after(bring, ReportUpdated, **ENDED),
    "an import that is undone: a public report": after(bring, ReportUndone, number=1),
    "an import that is undone: a held report": after(held, ReportUndone, number=1),
}


def rows() -> dict[str, tuple[list[str], list[str]]]:
    """Of each row of the table: the events on the bus, and the agency events."""
    lines = DOCUMENT.read_text().partition("| imported | bus")[2].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: (re.findall(r"`([^`]+)`", bus), re.findall(r"`([^`]+)`", feed)) for name, bus, feed, _ in cells}


def told(routing: Routing, report: str) -> tuple[list[str], list[str]]:
    with snapshot(routing.engine) as session:
        feed = session.execute(AGENCY_EVENT.select().where(AGENCY_EVENT.c.report == report)).all()
    return [f"{type}.v1" for type in routing.types(report)], list(dict.fromkeys(row.type for row in feed))


def test_the_table_of_imported_facts_is_true(routing: Routing) -> None:
    table = rows()
    assert table.pop("an answer in it, each") == (["case.responded.v1"], [])
    assert table.keys() == CASES.keys()
    for name, happen in CASES.items():
        begin = getattr(happen, "begin", None)
        before = told(routing, begin(routing)) if begin else ([], [])
        bus, feed = told(routing, happen(routing))
        new = ([each for each in bus if each not in before[0]], [each for each in feed if each not in before[1]])
        if name == "later: another agency or category":  # the same types as before, so they are counted
            new = (bus[len(before[0]) :], ["report.disposed"])
        assert new == table[name], name


def test_each_answer_of_an_imported_report_is_a_fact_and_no_news_for_its_agency(routing: Routing) -> None:
    later = ANSWER.model_copy(update={"at": ANSWER.at + timedelta(hours=1), "text": "Selesai"})
    plain = told(routing, bring(routing))
    answered = told(routing, bring(routing, response=later, responses=(ANSWER, later)))
    assert answered == ([*plain[0], "case.responded.v1", "case.responded.v1"], plain[1])
