"""The rules for every act that is declared in `services/routing/actions`, also for acts added later."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import String

from kit.db import transaction
from services.routing import feed
from services.routing.act import Act
from services.routing.actions import ACTS
from services.routing.domain import BY_THEMSELVES, MOVES, Move, State
from services.routing.feed_tables import AGENCY_EVENT
from services.routing.tables import ACTION
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing

BY_NAME = {str(act.move): act for act in ACTS}
OF_AN_AGENCY = [name for name, act in BY_NAME.items() if "agency" in act.by]
FOLDER = Path(__file__).parent / "actions"


def module_of(name: str) -> ModuleType:
    return import_module(f"tests.routing.actions.test_{name}")


def body(name: str) -> dict[str, Any]:
    """A body that the act takes, from the act's own test."""
    fields: dict[str, Any] = module_of(name).BODY
    return fields


def whole_body(routing: Routing, name: str) -> dict[str, Any]:
    """As `body`, with what names another report that is there."""
    return {**body(name), **getattr(module_of(name), "further", lambda _: {})(routing)}


def prepared(routing: Routing, name: str, report: str) -> dict[str, Any]:
    """The whole body, once the report is such that the act can be done."""
    getattr(module_of(name), "prepare", lambda *_: None)(routing, report)
    return whole_body(routing, name)


def who(act: Act[Any]) -> str:
    return "dpu" if "agency" in act.by else "official"


def acts_done(source: str) -> Iterator[str]:
    """The acts that the tests in some code do, by `routing.do(who, report, "act")`."""
    tests = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    for call in (node for test in tests if test.name.startswith("test_") for node in ast.walk(test)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "do":
            yield from (each.value for each in call.args[2:3] if isinstance(each, ast.Constant))  # type: ignore[misc]


@pytest.mark.parametrize("name", BY_NAME)
def test_every_act_has_a_test_of_its_own(name: str) -> None:
    file = FOLDER / f"test_{name}.py"
    assert file.exists(), f"{file} is missing"
    assert name in acts_done(file.read_text())


def test_every_move_is_an_act_or_happens_by_itself() -> None:
    assert {act.move for act in ACTS} == set(Move) - BY_THEMSELVES


def test_a_move_and_its_past_are_short_enough_for_their_columns() -> None:
    for values, column in ((Move, ACTION.c.move), (feed.TYPES.values(), AGENCY_EVENT.c.type)):
        assert isinstance(column.type, String)
        assert max(map(len, values)) <= (column.type.length or 0)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_act_takes_its_move_and_tells_the_agency(routing: Routing, name: str) -> None:
    act = BY_NAME[name]
    before = getattr(module_of(name), "BEFORE", ())
    report = routing.report(ROAD if before or (State.disposed, act.move) in MOVES else UNSURE)
    for earlier, fields in before:
        routing.do("dpu", report, earlier, **fields)
    answer = routing.do(who(act), report, name, **prepared(routing, name, report))
    assert answer.status_code == 200, answer.text
    assert act.move.past in [action["what"] for action in answer.json()["history"]]
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
        types = [row.type for who in ("dpu", "dinkes", "official") for row in feed.after(session, who, 0, 100)]
    assert f"report.{act.move.past}" in types


@pytest.mark.parametrize("name", OF_AN_AGENCY)
def test_another_agencys_report_and_none_at_all_look_the_same(routing: Routing, name: str) -> None:
    report = routing.report(ROAD)
    theirs, none = (routing.do("dinkes", id, name, **body(name)) for id in (report, str(uuid4())))
    assert theirs.status_code == none.status_code == 404
    assert theirs.json()["detail"] == none.json()["detail"]
    assert routing.types(report) == ["case.opened", "case.disposed"]


@pytest.mark.parametrize("name", BY_NAME)
def test_an_act_needs_a_key_of_those_that_its_test_names(routing: Routing, name: str) -> None:
    report = routing.report(ROAD)
    assert BY_NAME[name].by == module_of(name).BY
    others = [role for role in ("agency", "official", "filing", "channel") if role not in module_of(name).BY]
    for role, status in (*((role, 403) for role in others), ("anonymous", 401)):
        answer = routing.do("dpu" if role == "agency" else role, report, name, **body(name))
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    assert routing.types(report) == ["case.opened", "case.disposed"]


def report_that(routing: Routing, state: State) -> str:
    """A report in one of three states; in the latter two dpu has it."""
    report = routing.report(UNSURE if state == State.held else ROAD)
    if state == State.closed:
        routing.do("dpu", report, "close", closure="explained")
    return report


@pytest.mark.parametrize("name", BY_NAME)
def test_an_act_in_a_state_that_does_not_take_it_is_refused(routing: Routing, name: str) -> None:
    act = BY_NAME[name]
    caller = "official" if "official" in act.by else "dpu"
    states = (State.disposed, State.closed) if caller == "dpu" else (State.held, State.disposed, State.closed)
    refusing = [state for state in states if (state, act.move) not in MOVES]
    assert refusing
    for state in refusing:
        report = report_that(routing, state)
        before = routing.facts(report)
        answer = routing.do(caller, report, name, **body(name))
        assert answer.status_code == 409
        assert answer.json()["type"] in ("/problems/not-now", "/problems/done-already")
        assert routing.facts(report) == before


@pytest.mark.parametrize("name", BY_NAME)
def test_an_act_is_described_with_the_body_that_it_takes(routing: Routing, name: str) -> None:
    act, document = BY_NAME[name], routing.client.get("/openapi.json").json()
    operation = document["paths"][f"/agency/v1/reports/{{id}}/{name}"]["post"]
    assert operation["description"]
    assert ("requestBody" in operation) == bool(act.body.model_fields)
    assert all(field in document["components"]["schemas"][act.body.__name__]["properties"] for field in body(name))
