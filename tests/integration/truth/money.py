"""What sources and campaigns have cost and brought, and what sales came to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.integration.truth.asked import UNITS, Asked, percentile
from tests.integration.truth.credited import DIGITS, chosen, credits_of, path, rounded
from tests.integration.truth.inquiries import ToldInquiry
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.sold import ToldSale, sales

Key = tuple[Any, ...]
SPEND_DIMENSIONS = {"source", "ad_channel", "campaign", *UNITS}
LOOKBACK_DAYS = 90


@dataclass(frozen=True)
class Spent:
    """A version of a line of spend, which is in no row of history; without an amount: deleted."""

    day: date
    source: str
    ad_channel: str
    campaign: str
    amount: Decimal | None
    currency: str
    known_at: datetime

    def names(self) -> tuple[Any, ...]:
        return self.day, self.source, self.ad_channel, self.campaign


@dataclass
class Group:
    """What a group of inquiries came to."""

    inquiries: int = 0
    people: set[UUID] = field(default_factory=set)
    target: int = 0
    leads: int = 0
    sales: Fraction = Fraction(0)
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    spend: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def inquiry_values(inquiry: ToldInquiry | None) -> dict[str, Any]:
    if inquiry is None:
        names = ("source", "channel", "ad_channel", "campaign", "region", "product")
        return dict.fromkeys(names)
    ad_channel, campaign = inquiry.advertised
    return {
        "source": str(inquiry.source_id),
        "channel": inquiry.channel,
        "ad_channel": ad_channel,
        "campaign": campaign,
        "region": inquiry.region,
        "product": inquiry.product,
    }


def key_of(asked: Asked, values: dict[str, Any], day: date, dimensions: Sequence[str]) -> Key:
    return tuple(
        str(asked.part_of(day, name)) if name in UNITS else values[name] for name in dimensions
    )


def returns(
    knowledge: Knowledge,
    asked: Asked,
    spent: Sequence[Spent],
    dimensions: Sequence[str],
    model: str,
) -> dict[Key, dict[str, Any]]:
    """`GET /v1/sources` by group."""
    groups: dict[Key, Group] = defaultdict(Group)
    opening_ids = {lead.inquiry_id for lead in knowledge.real_leads()}
    for inquiry in knowledge.real_inquiries():
        if asked.covers(inquiry.received_at):
            day = asked.day_of(inquiry.received_at)
            group = groups[key_of(asked, inquiry_values(inquiry), day, dimensions)]
            group.inquiries += 1
            group.people.add(knowledge.who(inquiry.contact_id))
            group.target += not inquiry.is_repeat and not inquiry.is_spam
            group.leads += inquiry.inquiry_id in opening_ids
    for sale in sales(knowledge):
        if not sale.taken_back and asked.covers(sale.at):
            touched = path(knowledge, sale, LOOKBACK_DAYS)
            for touch_point, share, amount in credits_of(sale, touched, model):
                day = asked.day_of(sale.at)
                group = groups[key_of(asked, inquiry_values(touch_point), day, dimensions)]
                group.sales += share
                if amount is not None and sale.currency is not None:
                    group.amounts[sale.currency] += amount
    is_told = SPEND_DIMENSIONS.issuperset(dimensions)
    if is_told:
        _spend(knowledge, asked, spent, dimensions, groups)
    return {key: returns_figures(group, is_told=is_told) for key, group in groups.items()}


def _spend(
    knowledge: Knowledge,
    asked: Asked,
    spent: Sequence[Spent],
    dimensions: Sequence[str],
    groups: dict[Key, Group],
) -> None:
    keys = {key: str(source_id) for key, source_id in knowledge.source_ids.items()}
    latest = {
        line.names(): line
        for line in sorted(spent, key=lambda line: line.known_at)
        if asked.known_on is None or line.known_at.date() <= asked.known_on
    }
    for line in latest.values():
        if line.amount is not None and asked.first <= line.day < asked.end:
            values = {
                "source": keys.get(line.source),
                "ad_channel": line.ad_channel or None,
                "campaign": line.campaign or None,
            }
            group = groups[key_of(asked, values, line.day, dimensions)]
            group.spend[line.currency] += line.amount


def returns_figures(group: Group, *, is_told: bool = True) -> dict[str, Any]:
    """The row's figures as the API shows them; quotients as (value, why there is none)."""
    return {
        "inquiries": group.inquiries,
        "contacts": len(group.people),
        "target": group.target,
        "leads": group.leads,
        "sales": round(float(group.sales), 4),
        "amounts": {name: float(amount) for name, amount in group.amounts.items()},
        "spend": {name: float(sum_) for name, sum_ in group.spend.items()} if is_told else None,
        "target_share": _quotient(group.target, group.inquiries, "no_inquiries", 4),
        "cost_per_inquiry": _cost(group, group.inquiries, "no_inquiries", is_told=is_told),
        "cost_per_target": _cost(group, group.target, "no_target_inquiries", is_told=is_told),
        "cost_per_lead": _cost(group, group.leads, "no_leads", is_told=is_told),
        "cost_per_sale": _cost(group, group.sales, "no_sales", is_told=is_told),
        "romi": _romi(group, is_told=is_told),
    }


def _quotient(part: Any, whole: Any, missing: str, digits: int) -> tuple[float | None, str | None]:
    return (rounded(Fraction(part) / Fraction(whole), digits), None) if whole else (None, missing)


def _no_cost(group: Group, *, is_told: bool) -> str | None:
    """Why nothing can be divided by or compared with what was spent."""
    if not is_told:
        return "spend_is_not_told_by_this"
    if len(group.spend) > 1:
        return "several_currencies"
    return None if any(group.spend.values()) else "no_spend"


def _cost(group: Group, count: Any, missing: str, *, is_told: bool) -> tuple[Any, Any]:
    if (reason := _no_cost(group, is_told=is_told)) is not None:
        return None, reason
    ((currency, amount),) = group.spend.items()
    return _quotient(amount, count, missing, DIGITS[currency])


def _romi(group: Group, *, is_told: bool) -> tuple[Any, Any]:
    if (reason := _no_cost(group, is_told=is_told)) is not None:
        return None, reason
    ((currency, spend),) = group.spend.items()
    if set(group.amounts) - {currency}:
        return None, "several_currencies"
    if group.sales and not group.amounts:
        return None, "no_amounts"
    earned = group.amounts.get(currency, Decimal(0))
    return _quotient(earned - spend, spend, "no_spend", 4)


def sales_report(
    knowledge: Knowledge, asked: Asked, dimensions: Sequence[str], model: str
) -> dict[Key, dict[str, Any]]:
    """`GET /v1/sales` by group."""
    groups: dict[Key, list[ToldSale]] = defaultdict(list)
    for sale in sales(knowledge):
        if asked.covers(sale.at):
            values = inquiry_values(chosen(path(knowledge, sale, LOOKBACK_DAYS), model))
            values["region"] = sale.region or values["region"]
            values["product"] = sale.product or values["product"]
            values["manager"] = None if sale.manager_id is None else str(sale.manager_id)
            groups[key_of(asked, values, asked.day_of(sale.at), dimensions)].append(sale)
    return {key: sales_figures(own) for key, own in groups.items()}


def sales_figures(own: Sequence[ToldSale]) -> dict[str, Any]:
    stand = [sale for sale in own if not sale.taken_back]
    again = [sale for sale in stand if sale.number != 1]
    customers, returning = ({sale.person_id for sale in some} for some in (stand, again))
    gaps = [(s.at - s.previous_at).total_seconds() for s in again if s.previous_at]
    money = {
        currency: _money(
            [sale for sale in own if sale.currency == currency and sale.amount is not None]
        )
        for currency in {sale.currency for sale in own if sale.amount is not None}
    }
    return {
        "sales": len(stand),
        "new": len(stand) - len(again),
        "returning": len(again),
        "cancelled": len(own) - len(stand),
        "joined": sum(sale.joined_by is not None for sale in stand),
        "customers": len(customers),
        "returning_customers": len(returning),
        "repeat_rate": _quotient(len(returning), len(customers), "no_customers", 4),
        "gap_p50_seconds": percentile(gaps, 0.5),
        "gap_p90_seconds": percentile(gaps, 0.9),
        "money": money,
    }


def _money(own: Sequence[ToldSale]) -> dict[str, Any]:
    stand = [sale for sale in own if not sale.taken_back]
    digits = DIGITS[own[0].currency or ""]
    return {
        "priced": len(stand),
        "amount": _sum(stand),
        "average_check": rounded(Fraction(_sum(stand)) / len(stand), digits) if stand else None,
        "new_amount": _sum(sale for sale in stand if sale.number == 1),
        "returning_amount": _sum(sale for sale in stand if sale.number != 1),
        "cancelled_amount": _sum(sale for sale in own if sale.taken_back),
    }


def _sum(own: Iterable[ToldSale]) -> Decimal:
    return sum((sale.amount for sale in own if sale.amount is not None), Decimal(0))
