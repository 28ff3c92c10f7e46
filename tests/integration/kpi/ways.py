"""From each number of each report to what it counts, as `docs/kpi/figures.md` tells it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

FUNNEL, ACTIVITY = "/v1/funnel/leads", "/v1/funnel/activity/leads"
MONEY, SALES = "/v1/sources/items", "/v1/sales/items"
Params = dict[str, str]
Way = tuple[str, Params]
# Every report, with what else it may be asked for.
REPORTS: tuple[tuple[str, Params], ...] = (
    *(
        ("/v1/funnel", {"group_by": group_by})
        for group_by in ("campaign", "manager", "week", "source,pipeline")
    ),
    *(("/v1/response-times", {"group_by": group_by}) for group_by in ("manager", "month,product")),
    *(("/v1/response-times/steps", {"time": time}) for time in ("clock", "working")),
    *(
        ("/v1/conversions", {"group_by": group_by})
        for group_by in ("company", "campaign", "manager", "week")
    ),
    ("/v1/conversions/stages", {}),
    ("/v1/conversions/loss-reasons", {}),
    ("/v1/conversions/curve", {}),
    ("/v1/conversions/curve", {"stage": "talks"}),
    ("/v1/managers", {}),
    ("/v1/sources", {}),
    ("/v1/sources", {"group_by": "week", "attribution": "linear"}),
    ("/v1/campaigns", {}),
    *(("/v1/sales", {"group_by": group_by}) for group_by in ("week", "source,manager", "")),
)
_ASIDE = {"group", "labels", "previous", "changes", "trend"}
_NO_COUNTS = {"p50_seconds", "p90_seconds", "p99_seconds", "time", "surviving", "error", "more"}


def numbers(report: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, float]]:
    """Each count of a report: its row, the name of the count, and the count."""
    rows = [*report.get("rows", []), *report.get("points", [])]
    for row in [*rows, report["totals"]] if "totals" in report else rows:
        for name, number in _counts(row):
            yield row, name, number
    if "leads" in report:
        yield {}, "leads", report["leads"]


def _counts(members: dict[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for name, value in members.items():
        if name in _ASIDE | _NO_COUNTS:
            continue
        if isinstance(value, dict):
            yield from _counts(value, f"{path}{name}.")
        elif isinstance(value, int) or (path == "figures." and name == "sales"):
            yield f"{path}{name}", value


def way(path: str, asked: Params, row: dict[str, Any], name: str) -> Way:
    """The request whose `total` is the number."""
    span = _some(asked, "from", "to", "tz")
    *sections, measure = name.split(".")
    if path in {"/v1/sources", "/v1/campaigns"}:
        models = _some(asked, "attribution")
        return MONEY, {**span, **models, **_group(row, span, none="none"), "measure": measure}
    if path == "/v1/sales":
        currency = {"currency": sections[-1]} if sections[-1] != "figures" else {}
        return SALES, {**span, **_group(row, span, none="none"), **currency, "measure": measure}
    if path == "/v1/conversions/stages":
        stage = {"pipeline": row["pipeline"], "stage": row["stage"]}
        return f"{path}/leads", {**span, **stage, "measure": measure}
    if path == "/v1/conversions/loss-reasons":
        reason = {"loss_reason": row["reason"] or "", "measure": "lost"}
        return (FUNNEL if measure == "lost" else ACTIVITY), {**span, **reason}
    if path == "/v1/conversions/curve":
        target = _some(asked, "target", "stage")
        point = {"time": str(row["time"])} if row else {}
        return f"{path}/leads", {**span, **target, **point, "measure": measure}
    if path == "/v1/response-times/steps":
        step = {"step": row["step"], "time": asked["time"]}
        return f"{path}/leads", {**span, **step, "measure": measure}
    group = _place(path, asked, row, span)
    if measure == "count":
        measure = "contacted"
    return (ACTIVITY if "activity" in sections else FUNNEL), {**span, **group, "measure": measure}


def _some(asked: Params, *names: str) -> Params:
    return {name: asked[name] for name in names if name in asked}


def _place(path: str, asked: Params, row: dict[str, Any], span: Params) -> Params:
    if path == "/v1/managers":
        return {"manager": row["manager_id"]}
    if path == "/v1/conversions":
        axis = asked["group_by"]
        return {} if axis == "company" else _group({"group": {axis: row["value"]}}, span)
    return _group(row, span)


def _group(row: dict[str, Any], span: Params, none: str = "") -> Params:
    """The row's group as parameters: a part of the period as its days, what has none as nothing."""
    params: Params = {}
    for name, value in row.get("group", {}).items():
        if name in {"day", "week", "month"}:
            if value is not None:
                params |= _part(name, date.fromisoformat(value), span)
        elif name == "manager" or (name == "source" and none):
            params[name] = value or "none"
        else:
            params[name] = value or ""
    return params


def _part(step: str, first: date, span: Params) -> Params:
    end = first + timedelta(days={"day": 1, "week": 7, "month": 32}[step])
    if step == "month":
        end = end.replace(day=1)
    return {"from": max(str(first), span["from"]), "to": min(str(end), span["to"])}
