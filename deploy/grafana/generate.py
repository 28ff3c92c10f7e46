"""Writes the dashboard and the alert rules that Grafana is provisioned with, out of panels.py.

Run `python -m deploy.grafana.generate` after a change; a test compares what lies in the tree.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.grafana.alerts import ALERTS, Alert
from deploy.grafana.panels import PANELS, Panel

FOLDER = Path(__file__).resolve().parent
DASHBOARD = FOLDER / "dashboards" / "leadflow.json"
RULES = FOLDER / "provisioning" / "alerting" / "rules.yml"
SOURCE_UID = "leadflow-prometheus"  # the alerts' data source; dashboards choose theirs by variable
COLUMNS = 24


def dashboard() -> dict[str, Any]:
    """The classic JSON model: stats in a row of four, charts in rows of two."""
    panels: list[dict[str, Any]] = []
    x = y = 0
    height = 0
    for number, panel in enumerate(PANELS, start=1):
        width = 6 if panel.kind == "stat" else COLUMNS if panel.wide else 12
        if x + width > COLUMNS:
            x, y = 0, y + height
        height = 5 if panel.kind == "stat" else 8
        panels.append(_panel(panel, number=number, place=(x, y, width, height)))
        x += width
    return {
        "uid": "leadflow",
        "title": "Leadflow",
        "tags": ["leadflow"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "timezone": "browser",
        "refresh": "15s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_data_source_variable(), _service_variable()]},
        "annotations": {"list": []},
        "panels": panels,
    }


def _data_source_variable() -> dict[str, Any]:
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
    }


def _service_variable() -> dict[str, Any]:
    return {
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": "label_values(leadflow_loop_restarts, service)", "refId": "service"},
        "refresh": 2,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _panel(panel: Panel, *, number: int, place: tuple[int, int, int, int]) -> dict[str, Any]:
    x, y, width, height = place
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": source,
                "expr": expr,
                "legendFormat": legend,
                "instant": panel.kind == "stat",
                "range": panel.kind != "stat",
            }
            for index, (expr, legend) in enumerate(panel.questions)
        ],
    }


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "stat":
        return {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "textMode": "value_and_name",
        }
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def rules() -> dict[str, Any]:
    """The alert rules as Grafana's provisioning reads them."""
    return {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": "leadflow",
                "folder": "Leadflow",
                "interval": "1m",
                "rules": [_rule(alert) for alert in ALERTS],
            }
        ],
    }


def _rule(alert: Alert) -> dict[str, Any]:
    return {
        "uid": alert.uid,
        "title": alert.title,
        "condition": "C",
        "for": f"{alert.minutes}m",
        # A metric nobody has set yet is not an alarm; a process that is down has its own rule.
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": {"severity": alert.severity},
        "annotations": {"summary": alert.title, "description": alert.help},
        "data": [
            {
                "refId": "A",
                "relativeTimeRange": {"from": 600, "to": 0},
                "datasourceUid": SOURCE_UID,
                "model": {"refId": "A", "expr": alert.expr, "instant": True, "range": False},
            },
            {
                "refId": "C",
                "relativeTimeRange": {"from": 0, "to": 0},
                "datasourceUid": "__expr__",
                "model": _threshold(alert),
            },
        ],
    }


def _threshold(alert: Alert) -> dict[str, Any]:
    return {
        "refId": "C",
        "type": "threshold",
        "expression": "A",
        "conditions": [
            {"type": "query", "evaluator": {"type": "gt", "params": [alert.above]}},
        ],
    }


def texts() -> Mapping[Path, str]:
    """What each generated file must hold."""
    return {
        DASHBOARD: json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n",
        RULES: "# Written by `python -m deploy.grafana.generate`.\n"
        + yaml.safe_dump(rules(), sort_keys=False, allow_unicode=True, width=100),
    }


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
