"""Every report on money, asked in one view, and the same told by the story."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.truth.asked import Asked
from tests.integration.truth.comparing import Comparison, by_group
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leading import lead_from_returns, lead_from_sales
from tests.integration.truth.money import (
    Group,
    Spent,
    returns,
    returns_figures,
    sales_figures,
    sales_report,
)

RETURNS = (
    *(("source", "last_non_direct"), ("ad_channel,campaign", "position"), ("channel", "first")),
    *(("campaign,day", "linear"), ("region,product", "last"), ("month", "linear"), ("", "last")),
)
SALES = (
    *(("month", "first"), ("day", "last"), ("source", "first"), ("region,product", "last")),
    *(("ad_channel,campaign", "last_non_direct"), ("manager,week", "last"), ("", "first")),
)
QUOTIENTS = (
    *("target_share", "cost_per_inquiry", "cost_per_target", "cost_per_lead", "cost_per_sale"),
    *("romi", "repeat_rate"),
)


async def ask_about_money(
    comparison: Comparison, knowledge: Knowledge, asked: Asked, spent: Sequence[Spent]
) -> None:
    for group_by, model in comparison.some(RETURNS):
        names = group_by.split(",") if group_by else []
        params = {
            **asked.params(),
            "group_by": group_by,
            "attribution": model,
            "compare": "previous",
        }
        page = await comparison.ask("/v1/sources", params)
        shown = {key: _figures(row) for key, row in by_group(page["rows"], names).items()}
        await lead_from_returns(comparison, asked, page["rows"], model)
        question = f"{asked} returns {group_by} {model}"
        told = returns(knowledge, asked, spent, names, model)
        comparison.agree(question, _some(shown), _some(told) if names else {})
        if not {"day", "week", "month", ""} & {*names, group_by}:
            shown = {
                key: _figures(row, "previous") for key, row in by_group(page["rows"], names).items()
            }
            told = returns(knowledge, asked.previous(), spent, names, model)
            comparison.agree(f"{question} previous", _some(shown), _some(told))
        for part, period in (("figures", asked), ("previous", asked.previous())):
            whole = returns(knowledge, period, spent, [], model).get((), returns_figures(Group()))
            comparison.agree(f"{question} totals {part}", _figures(page["totals"], part), whole)
    for group_by, model in comparison.some(SALES):
        names = group_by.split(",") if group_by else []
        params = {
            **asked.params(),
            "group_by": group_by,
            "attribution": model,
            "compare": "previous",
        }
        page = await comparison.ask("/v1/sales", params)
        shown = {key: _figures(row) for key, row in by_group(page["rows"], names).items()}
        await lead_from_sales(comparison, asked, page["rows"], model)
        told, question = sales_report(knowledge, asked, names, model), f"{asked} sales {group_by}"
        comparison.agree(question, _some(shown), _some(told) if names else {})
        for part, period in (("figures", asked), ("previous", asked.previous())):
            whole = sales_report(knowledge, period, [], model).get((), sales_figures([]))
            comparison.agree(f"{question} totals {part}", _figures(page["totals"], part), whole)


def _some(rows: Mapping[Any, Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    """The groups that have anything."""
    names = ("inquiries", "sales", "spend", "cancelled")
    return {key: row for key, row in rows.items() if any(row.get(name) for name in names)}


def _figures(row: Mapping[str, Any], part: str = "figures") -> dict[str, Any]:
    figures = dict(row[part])
    for name in QUOTIENTS:
        if name in figures:
            figures[name] = (figures[name]["value"], figures[name]["missing"])
    return figures
