"""Nothing grows without end unnoticed: each table has a retention, ends by itself, or is kept for ever on purpose."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

import services.intake.worker
import services.routing.worker
from kit import retention
from kit.db import KIT
from services.intake.settings import Settings as IntakeSettings
from services.routing.settings import Settings as RoutingSettings

STORES = Path(__file__).parents[2] / "docs" / "stores.md"
_TOLD: dict[str, Any] = {
    "database_url": SecretStr("sqlite://"),
    "bus_url": "",
    "region": Path(),
    "gateway_secret": SecretStr("x"),
}

FOR_EVER = {
    "report": "the reports themselves",
    "contact": "with its report",
    "attachment": "with its report",
    "standing": "with its report",
    "token": "with its report",
    "step": "with its report",
    "import": "a row for each import, by which it can be undone",
    "case": "the reports themselves",
    "disposition": "with its report",
    "action": "with its report",
    "agency_reference": "with its report",
    "decision": "what a model learns from, with its report",
    "model": "a row for each model that took over",
    "record": "the public record",
    "face": "the public record",
    "facet": "the public record",
    "hidden": "the public record",
    "tally": "the public record",
    "leaf": "the public log",
    "tile": "the public log",
    "release": "the releases",
    "taken": "a row for each report",
}
ENDS_BY_ITSELF = {
    "outbox": "a row goes when its event is sent",
    "waiting": "a row goes when its event is handled",
    "joining": "a row goes within minutes",
    "webhook": "a row for each recipient",
    "log_state": "one row",
    "touched": "a row for each agency, category, status and place of reports",
    "position": "a row for each partition",
    "seen": "one row",
    "contract": "a row for some migrations",
}


def retentions() -> list[retention.Retention]:
    return [
        *retention.of_kit(retention.Keeping(sent=60)),
        *services.intake.worker.retentions(IntakeSettings(**_TOLD, follow_secret=SecretStr("x" * 16))),
        *services.routing.worker.retentions(RoutingSettings(**_TOLD)),
    ]


def tables() -> list[Table]:
    importlib.import_module("kit.worker")  # it loads all modules that declare tables of the kit
    modules = ("services.intake.tables", "services.routing.feed_tables", "services.publish.tables")
    kept: list[MetaData] = [KIT, *(importlib.import_module(module).Base.metadata for module in modules)]
    return [table for metadata in kept for table in metadata.sorted_tables]


def growing() -> str:
    return STORES.read_text().partition("## What grows")[2].partition("\n## ")[0]


def test_each_table_has_a_retention_or_a_reason_to_have_none() -> None:
    forgotten = {each.table.name for each in retentions()}
    names = [table.name for table in tables()]
    counted = {name: (name in FOR_EVER) + (name in ENDS_BY_ITSELF) + (name in forgotten) for name in names}
    assert {name: count for name, count in counted.items() if count != 1} == {}
    assert (FOR_EVER.keys() | ENDS_BY_ITSELF.keys() | forgotten) - set(names) == set()
    assert not SQLModel.metadata.tables  # no table is declared outside the services' own


def test_the_documentation_has_a_line_for_each_table() -> None:
    assert {table.name for table in tables()} - set(re.findall(r"`([a-z_]+)`", growing())) == set()


@pytest.mark.parametrize("each", retentions(), ids=lambda each: each.table.name)
def test_the_documentation_names_what_decides_on_each_retention(each: retention.Retention) -> None:
    assert each.setting.upper() in growing().upper()
