"""Dashboards, alert rules and scaling speak only of metrics that the services really have."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.catalogue import EVENT_TYPES
from madoguchi.settings_table import MODULES, SERVICES
from runtime import metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\bmadoguchi_[a-z0-9_]+")
TYPES = re.compile(r'type=~?"([^"]+)"')
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Every sample name of the registry, once each service's wiring is loaded."""
    for service in SERVICES:
        importlib.import_module(f"{MODULES[service]}.wiring")
    families = metrics.REGISTRY.collect()
    return {family.name + suffix for family in families for suffix in SUFFIXES.get(family.type, ())}


def panels() -> list[dict[str, Any]]:
    board = json.loads((DEPLOY / "grafana/dashboards/madoguchi.json").read_text("utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for panel in panels():
        yield from ((f"panel {panel['title']}", target["expr"]) for target in panel["targets"])
    yield from ((f"alert {rule['alert']}", rule["expr"]) for rule in rules())
    for scaled in yaml.safe_load_all((DEPLOY / "k8s/keda/scaled-objects.yaml").read_text("utf-8")):
        yield scaled["metadata"]["name"], scaled["spec"]["triggers"][0]["metadata"]["query"]


def unknown(said: Iterator[tuple[str, str]], known: set[str]) -> list[str]:
    return [f"{where}: {name}" for where, text in said for name in METRIC.findall(text) if name not in known]


def test_every_metric_that_is_named_exists(known: set[str]) -> None:
    assert unknown(expressions(), known) == []
    assert sum(len(METRIC.findall(text)) for _, text in expressions()) > 30


def test_a_misspelt_metric_is_found(known: set[str]) -> None:
    assert unknown(iter([("panel", "rate(madoguchi_consumd_total[5m])")]), known) == ["panel: madoguchi_consumd_total"]


def test_every_event_type_that_is_named_matches_one(known: set[str]) -> None:
    patterns = [pattern for _, text in expressions() for found in TYPES.findall(text) for pattern in found.split("|")]
    assert patterns
    names = list(EVENT_TYPES)
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in names)] == []


def test_each_alert_says_what_happened_and_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert {"summary", "action"} <= rule["annotations"].keys(), rule["alert"]


def test_panels_have_their_own_places() -> None:
    board = json.loads((DEPLOY / "grafana/dashboards/madoguchi.json").read_text("utf-8"))
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_asks_every_service() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text("utf-8"))
    targets = [target for one in config["scrape_configs"][0]["static_configs"] for target in one["targets"]]
    assert targets == [f"{service}:9090" for service in SERVICES]


@pytest.mark.parametrize("file", ["otel/collector.yaml", "jaeger/config.yaml"])
def test_pipelines_name_parts_that_are_defined(file: str) -> None:
    config = yaml.safe_load((DEPLOY / file).read_text("utf-8"))
    for pipeline in config["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= config[part].keys()


def test_the_processes_behind_profiles_are_watched_where_they_run() -> None:
    """By name, so that one that nobody started is no target that is down."""
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text("utf-8"))
    (found,) = config["scrape_configs"][0]["dns_sd_configs"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    behind = {name for name, one in compose["services"].items() if name.startswith("ingest-") and one["profiles"]}
    assert (set(found["names"]), found["type"], found["port"]) == (behind, "A", 9090)
