"""The dashboard, the alerts and the guide speak of what `/metrics` really serves.

Queries are read by a parser of PromQL. For the files themselves no package has a schema, so what
Grafana and Prometheus would refuse is checked as far as it is known here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import promql_parser as promql
import pytest
import yaml
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families as parsed

from tests.support.api import Api
from todoapp.settings import ROOT

DASHBOARD = json.loads((ROOT / "deploy/grafana/todoapp.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
SCRAPING = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
#: What Prometheus adds to every target.
TARGET = {"job", "instance"}
#: What it says of each target itself.
OWN = {"up": TARGET}
BEARER = {"Authorization": "Bearer t0ken-0f-the-scraper"}

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def queries() -> Iterator[tuple[str, str]]:
    """Yield every query, after where it stands."""
    for panel in PANELS:
        for target in panel["targets"]:
            yield f"panel {panel['title']} {target['refId']}", _filled(target["expr"])
    for rule in RULES:
        yield f"alert {rule['alert']}", rule["expr"]


def _filled(query: str) -> str:
    """Return the query as Grafana sends it."""
    return re.sub(r"\$(job|instance)\b", ".*", query.replace("$__rate_interval", "1m"))


QUERIES = dict(queries())


@pytest.fixture
def served(configured: Callable[..., Flask], alice: Api) -> Mapping[str, set[str]]:
    """Return the labels of every sample that the page has after some use, by its name."""
    app = configured(metrics_token=BEARER["Authorization"].split()[1], backup_at="02:30")
    Api(app, alice.key).todo()
    page = Api(app).get("/metrics", headers=BEARER).text
    labels: dict[str, set[str]] = {}
    for family in parsed(page):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@one_engine
def test_queries_ask_for_what_is_served(served: Mapping[str, set[str]]) -> None:
    for where, query in QUERIES.items():
        asked = selectors(query)
        assert asked, where
        for selector in asked:
            assert selector.name in {**served, **OWN}, where
            known = {**served, **OWN}[selector.name] | TARGET
            assert {matcher.name for matcher in selector.matchers.matchers} <= known, where


@one_engine
def test_what_is_kept_apart_is_a_label_there(served: Mapping[str, set[str]]) -> None:
    for where, query in QUERIES.items():
        known = set().union(*({**served, **OWN}[one.name] for one in selectors(query))) | TARGET
        for labels in groupings(query):
            assert labels <= known, where


@one_engine
def test_everything_that_is_served_is_in_the_guide(served: Mapping[str, set[str]]) -> None:
    guide = (ROOT / "docs/operations.md").read_text()
    told = {
        name: set(re.findall(r"`(\w+)`", labels))
        for names, labels in re.findall(r"^\|( `todoapp_[^|]*)\|([^|]*)\|", guide, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    families = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in served}
    assert {name.removesuffix("_total") for name in told} == {
        name.removesuffix("_total") for name in families
    }
    for name, labels in told.items():
        found = served.get(name) or served.get(f"{name}_count", set())
        assert labels == found, name


def selectors(query: str) -> list[Any]:
    return _visited(query, promql.VectorSelector)


def groupings(query: str) -> list[set[str]]:
    modifiers = [one.modifier for one in _visited(query, promql.AggregateExpr)]
    return [set(modifier.labels) for modifier in modifiers if modifier]


def _visited(query: str, kind: type) -> list[Any]:
    found: list[Any] = []

    def visit(node: Any) -> None:
        if isinstance(node, kind):
            found.append(node)

    promql.walk(promql.parse(query), visit)
    return found


@pytest.mark.parametrize("query", ["todoapp_nothing", "sum by (colour) (up)", "rate(up["])
def test_a_query_that_is_wrong_is_noticed(query: str) -> None:
    try:
        names = {one.name for one in selectors(query)}
    except ValueError:
        return
    assert not names <= set(OWN) or any(not labels <= TARGET for labels in groupings(query))


def test_a_legend_names_labels_that_the_query_keeps() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            kept = set().union(*groupings(_filled(target["expr"])))
            assert named <= kept, panel["title"]


def test_the_dashboard_can_be_imported_wherever_it_is() -> None:
    assert DASHBOARD["uid"] == "todoapp"
    assert DASHBOARD["schemaVersion"] >= 39
    assert "id" not in DASHBOARD  # Grafana gives it
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert set(variables) == {"datasource", *TARGET}
    own = [panel["datasource"] for panel in PANELS] + [
        target["datasource"] for panel in PANELS for target in panel["targets"]
    ]
    assert all(one == {"type": "prometheus", "uid": "${datasource}"} for one in own)
    assert {panel["type"] for panel in PANELS} <= {"stat", "timeseries"}


def test_no_panel_lies_upon_another() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)
    assert all(one["gridPos"]["x"] + one["gridPos"]["w"] <= 24 for one in panels)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_what_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Todoapp[A-Za-z]+", rule["alert"])
    assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
    assert set(rule["annotations"]) == {"summary", "description"}
    assert promql.parse_duration(rule.get("for", "1m")).total_seconds() > 0
    templates = re.findall(r"{{(.*?)}}", rule["annotations"]["summary"])
    assert all(
        re.fullmatch(r" \$(labels\.instance|value( \| humanize\w*)?) ", one) for one in templates
    )
    if any("instance" in one for one in templates):
        assert not groupings(rule["expr"])  # else the label is gone


def test_alerts_are_named_once() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_the_scrape_is_one_that_is_answered() -> None:
    [job] = SCRAPING["scrape_configs"]
    assert SCRAPING["rule_files"] == ["alerts.yml"]
    assert (job["job_name"], job["metrics_path"]) == ("todoapp", "/metrics")
    assert job["authorization"]["type"] == "Bearer"
