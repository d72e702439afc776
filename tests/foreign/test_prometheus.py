"""Prometheus' own tool reads our rules, configurations and queries; a running server serves the metrics they name."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.deploy.test_operating import ALERTS, DASHBOARD, dashboard_queries, metric_names
from tests.foreign.conftest import run, tool
from tests.journey.system import ROOT, System

pytestmark = pytest.mark.foreign
FOLDER = ALERTS.parent


@pytest.fixture(scope="module")
def promtool() -> str:
    return tool("promtool", "prometheus")


def test_each_fault_raises_its_alert_and_a_well_system_none(promtool: str, tmp_path: Path) -> None:
    run(promtool, "check", "rules", ALERTS)
    for file in (ALERTS, ROOT / "tests" / "deploy" / "alerts.test.yaml"):
        shutil.copy(file, tmp_path)
    assert "SUCCESS" in run(promtool, "test", "rules", "alerts.test.yaml", folder=tmp_path)
    tested = (tmp_path / "alerts.test.yaml").read_text()
    names = [rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    assert [name for name in names if f'alertname="{name}"' not in tested] == []


@pytest.mark.parametrize("name", ["embedded.yaml", "compose.yaml"])
def test_the_configurations_are_ones_that_prometheus_reads(promtool: str, name: str) -> None:
    run(promtool, "check", "config", "--syntax-only", FOLDER / name)


def test_the_queries_of_the_dashboard_are_ones_that_prometheus_reads(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(dashboard_queries(DASHBOARD.read_text()))]
    file = tmp_path / "dashboard.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    run(promtool, "check", "rules", file)


def test_a_running_server_serves_each_metric_that_an_alert_or_a_panel_names(system: System) -> None:
    text = system.http.get("/metrics", headers=system.bearer("official")).raise_for_status().text
    served = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    queries = [*dashboard_queries(DASHBOARD.read_text()), ALERTS.read_text()]
    assert {name for query in queries for name in metric_names(query)} - served == set()
    assert 'pendapa_failing{check="publish"} 0.0' in text
    assert 'pendapa_sent_total{service="intake"}' in text
