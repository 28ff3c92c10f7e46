"""Whether a number leads to as many things as it counts, and to the money that it says."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.truth.asked import Asked
from tests.integration.truth.comparing import Comparison

FILTERS = {"source", "channel", "campaign", "region", "product", "pipeline", "manager", "day"}
MONEY_FILTERS = {"source", "channel", "ad_channel", "campaign", "region", "product"}


def _narrowed(group: Mapping[str, Any]) -> dict[str, str]:
    """A group as parameters: what is not known is empty, and `none` of ids."""
    return {
        name: ("none" if name in {"manager", "source"} else "") if value is None else value
        for name, value in group.items()
    }


async def lead_from_funnel(
    comparison: Comparison, asked: Asked, rows: Sequence[Mapping[str, Any]]
) -> None:
    """From one number of one row, of each side that the report has."""
    if not rows or not FILTERS.issuperset(rows[0]["group"]):
        return
    row = comparison.choice.choice(rows)
    if row["group"].get("source", "") is None:
        return
    for path, counts in (("", row), ("/activity", row.get("activity"))):
        if counts is None:
            continue
        names = (
            "assigned",
            "accepted",
            "contacted",
            "won",
            "lost",
            "opened" if path else "received",
        )
        measure = comparison.choice.choice(names)
        params = {**asked.params(), **_narrowed(row["group"]), "measure": measure, "limit": "200"}
        page = await comparison.ask(f"/v1/funnel{path}/leads", params)
        question = f"{asked} funnel{path} {row['group']} leads to {measure}"
        comparison.agree(question, len(page["items"]), counts[measure])


async def lead_from_returns(
    comparison: Comparison, asked: Asked, rows: Sequence[Mapping[str, Any]], model: str
) -> None:
    """From the numbers of one row of sources and campaigns."""
    if not rows or not MONEY_FILTERS.issuperset(rows[0]["group"]):
        return
    row = comparison.choice.choice(rows)
    figures, narrow = row["figures"], _narrowed(row["group"])
    for measure in comparison.some(("inquiries", "target", "leads", "sales", "spend")):
        if measure == "spend" and figures["spend"] is None:
            continue
        params = {**asked.params(), **narrow, "attribution": model, "measure": measure}
        items = (await comparison.ask("/v1/sources/items", {**params, "limit": "200"}))["items"]
        question = f"{asked} returns {row['group']} lead to {measure}"
        if measure in {"inquiries", "target", "leads"}:
            comparison.agree(question, len(items), figures[measure])
        else:
            sums = figures["spend" if measure == "spend" else "amounts"]
            comparison.agree(question, _by_currency(items), sums)
        if measure == "sales":
            shares = sum(item["share"] for item in items)
            # Each share is shown with four digits.
            comparison.agree(question, round(shares, 2), round(figures["sales"], 2))


async def lead_from_sales(
    comparison: Comparison, asked: Asked, rows: Sequence[Mapping[str, Any]], model: str
) -> None:
    if not rows or not (MONEY_FILTERS | {"manager"}).issuperset(rows[0]["group"]):
        return
    row = comparison.choice.choice(rows)
    for measure in comparison.some(("sales", "new", "returning", "cancelled", "joined")):
        params = {**asked.params(), **_narrowed(row["group"]), "attribution": model}
        page = await comparison.ask(
            "/v1/sales/items", {**params, "measure": measure, "limit": "200"}
        )
        question = f"{asked} sales {row['group']} lead to {measure}"
        comparison.agree(question, len(page["items"]), row["figures"][measure])
        names = {"sales": "amount", "cancelled": "cancelled_amount", "new": "new_amount"}
        if measure in names:
            money = row["figures"]["money"]
            sums = {name: own[names[measure]] for name, own in money.items() if own[names[measure]]}
            shown = {name: sum_ for name, sum_ in _by_currency(page["items"]).items() if sum_}
            comparison.agree(question, shown, sums)


def _by_currency(items: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for item in items:
        if item["amount"] is not None and item["currency"] is not None:
            sums[item["currency"]] = sums.get(item["currency"], 0.0) + item["amount"]
    return {currency: round(amount, 4) for currency, amount in sums.items()}
