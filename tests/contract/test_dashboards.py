"""Dashboards and alerts ask questions that Prometheus can answer, about metrics that exist."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from deploy.grafana import generate
from deploy.grafana.alerts import ALERTS
from deploy.grafana.panels import PANELS
from shared.observability.metrics import Metrics
from tests.contract.compose_file import load

PROVISIONING = generate.FOLDER / "provisioning"
# `up` is Prometheus's own word for whether a process could be asked.
OF_PROMETHEUS = {"up": {"job", "instance"}}
LABELS_OF_PROMETHEUS = {"job", "instance"}


def _declared() -> dict[str, set[str]]:
    """Sample name → its labels, for everything declared in the registry."""
    found = dict(OF_PROMETHEUS)
    for metric in vars(Metrics()).values():
        if isinstance(metric, MetricWrapperBase):
            labels = set(metric._labelnames) | LABELS_OF_PROMETHEUS
            for ending in _endings(metric):
                found[metric._name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return found


def _endings(metric: MetricWrapperBase) -> tuple[str, ...]:
    if isinstance(metric, Histogram):
        return ("_bucket", "_sum", "_count")
    if isinstance(metric, Counter):
        return ("_total",)
    assert isinstance(metric, Gauge)
    return ("",)


def _without_macros(expr: str) -> str:
    return re.sub(r"\$\w+", ".*", expr.replace("$__rate_interval", "1m"))


def _dashboards() -> list[dict[str, Any]]:
    files = sorted((generate.FOLDER / "dashboards").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in files]


def _rules() -> list[dict[str, Any]]:
    found = yaml.load(generate.RULES.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [rule for group in found["groups"] for rule in group["rules"]]


def _questions() -> list[str]:
    charts = [
        target["expr"]
        for dashboard in _dashboards()
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]
    return charts + [rule["data"][0]["model"]["expr"] for rule in _rules()]


def _selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from _selectors(inner)
    for inner in getattr(node, "args", None) or ():
        yield from _selectors(inner)


def _grouped_by(expr: str) -> set[str]:
    groups = re.findall(r"\bby\s*\(([^)]*)\)", expr)
    return {name.strip() for group in groups for name in group.split(",")}


@pytest.mark.parametrize("path", generate.texts(), ids=lambda path: path.name)
def test_the_files_in_the_tree_are_the_generated_ones(path: Any) -> None:
    assert path.read_text(encoding="utf-8") == generate.texts()[path], (
        "run python -m deploy.grafana.generate"
    )


@pytest.mark.parametrize("expr", _questions())
def test_every_question_can_be_asked(expr: str) -> None:
    declared = _declared()

    selectors = list(_selectors(promql_parser.parse(_without_macros(expr))))

    assert selectors
    allowed: set[str] = set()
    for selector in selectors:
        assert selector.name in declared, f"{selector.name} is nobody's metric"
        matched = {matcher.name for matcher in selector.matchers.matchers}
        assert matched <= declared[selector.name], expr
        allowed |= declared[selector.name]
    assert _grouped_by(expr) <= allowed, expr


@pytest.mark.parametrize(
    "expr", ["sum(leadflow_reqests_total)", "rate(leadflow_requests_total)", "sum(((up)"]
)
def test_a_wrong_question_is_seen(expr: str) -> None:
    with pytest.raises((ValueError, AssertionError, AttributeError)):
        test_every_question_can_be_asked(expr)


def test_legends_name_labels_that_are_left() -> None:
    for panel in PANELS:
        for expr, legend in panel.questions:
            assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= _grouped_by(expr), panel.title


def test_identities_are_unique_and_data_sources_are_chosen_by_variable() -> None:
    dashboards = _dashboards()
    uids = [dashboard["uid"] for dashboard in dashboards] + [rule["uid"] for rule in _rules()]

    assert len(uids) == len(set(uids))
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", uid) for uid in uids)
    for dashboard in dashboards:
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids))
        for panel in dashboard["panels"]:
            sources = [panel["datasource"], *(one["datasource"] for one in panel["targets"])]
            assert {source["uid"] for source in sources} == {"${datasource}"}
        variables = {one["name"] for one in dashboard["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard["panels"])))
        assert used - {"__rate_interval"} <= variables


def test_panels_do_not_lie_upon_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in generate.dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= generate.COLUMNS
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_alerts_watch_what_must_not_happen() -> None:
    watched = " ".join(alert.expr for alert in ALERTS)

    for name in (
        "leadflow_pending_age_seconds",
        "leadflow_held_events",
        "leadflow_unreconciled_inquiries",
        "leadflow_loop_stalled",
        "leadflow_outbox_closed",
        "leadflow_counted_timestamp_seconds",
        "leadflow_lag_seconds",
        'status=~"5.."',
    ):
        assert name in watched
    for rule in _rules():
        assert rule["condition"] in {step["refId"] for step in rule["data"]}
        assert rule["annotations"]["description"]
        assert rule["labels"]["severity"] in {"warning", "critical"}


def test_grafana_finds_its_source_and_its_dashboards() -> None:
    source = yaml.safe_load((PROVISIONING / "datasources/prometheus.yml").read_text())
    provider = yaml.safe_load((PROVISIONING / "dashboards/leadflow.yml").read_text())
    compose = load()["services"]
    mounts = dict(
        volume.split(":")[:2] for volume in compose["grafana"]["volumes"] if volume[0] == "."
    )

    (found,) = source["datasources"]
    assert found["uid"] == generate.SOURCE_UID
    assert found["url"] == "http://prometheus:9090"
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    path = provider["providers"][0]["options"]["path"]
    assert mounts["./deploy/grafana/dashboards"] == path
    home = compose["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{path}/{generate.DASHBOARD.name}"
