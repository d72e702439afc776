"""What an operator relies on names things that exist: metrics, alerts, files, pages."""

import importlib
import json
import re
from collections.abc import Iterator

import yaml

from deploy.compose import ROOT
from kit.telemetry import REGISTRY

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "pendapa.json"
OPERATING = ROOT / "docs" / "operating.md"
PAGES = sorted((ROOT / "docs" / "operating").glob("*.md"))
SEVERITIES = {"page", "ticket"}
_METRIC = re.compile(r"\bpendapa_\w+")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def metric_names(text: str) -> set[str]:
    """The metrics of ours that a query names, as the `# TYPE` lines of /metrics do."""
    return set(_METRIC.findall(text))


def dashboard_queries(text: str) -> list[str]:
    return [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]


def served() -> Iterator[str]:
    """The metrics of all processes: each module that has one is imported for it."""
    for file in (file for room in ("gateway", "kit", "services") for file in (ROOT / room).rglob("*.py")):
        if "registry=REGISTRY" in file.read_text():
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    for family in REGISTRY.collect():
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        yield family.name + suffix


def alerts() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def test_each_alert_and_each_panel_names_a_metric_that_is_served() -> None:
    known = set(served())
    assert known >= {"pendapa_sent_total", "pendapa_parked", "pendapa_version_info"}
    for query in [*(str(rule["expr"]) for rule in alerts()), *dashboard_queries(DASHBOARD.read_text())]:
        assert metric_names(query) <= known, query
        assert metric_names(query) or query.count("up{"), query


def test_each_gauge_and_counter_is_in_a_panel() -> None:
    shown = {name for query in dashboard_queries(DASHBOARD.read_text()) for name in metric_names(query)}
    assert set(served()) - shown == set()


def test_each_alert_says_whom_it_wakes_and_has_a_paragraph_that_says_what_to_do() -> None:
    text = (ROOT / "docs" / "operating" / "alerts.md").read_text()
    sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    assert list(sections) == [rule["alert"] for rule in alerts()]
    for rule in alerts():
        assert rule["labels"]["severity"] in SEVERITIES  # type: ignore[index]
        for part in ("**Means.**", "**Do.**"):
            assert part in sections[str(rule["alert"])]


def test_each_panel_has_a_place_of_its_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_each_page_for_operators_is_in_the_index_and_each_link_leads_somewhere() -> None:
    index = OPERATING.read_text()
    assert [page.name for page in PAGES if f"(operating/{page.name})" not in index] == []
    documents = [OPERATING, *PAGES, *(ROOT / name for name in ("SECURITY.md", "CHANGELOG.md", "docs/compatibility.md"))]
    for document in documents:
        lost = [link for link in _LINK.findall(document.read_text()) if not (document.parent / link).exists()]
        assert lost == [], document.name
