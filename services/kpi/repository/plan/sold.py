"""What was sold in the months of a plan, by the values of one axis, in one node."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from services.kpi.domain.periods import Period, period
from services.kpi.domain.plan.nodes import AxisName
from services.kpi.domain.plan.terms import Terms
from services.kpi.domain.sale_columns.counting import sum_by_manager
from services.kpi.domain.stories.contributions import LONGEST_VALUE
from services.kpi.repository.money.day_columns import SELLERS
from services.kpi.repository.money.held_sales import size_of_sums, sum_once
from services.kpi.repository.money.paths import chosen
from services.kpi.repository.money.relations import View, named
from services.kpi.repository.money.sold_sums import sold
from services.kpi.repository.plan.natures import sum_natures
from services.kpi.repository.plan.past import (
    CAME,
    IS_GUARANTEED,
    LOOKBACK_DAYS,
    MONTHS,
    NATURE,
    PARTIES,
    PLACES,
    REVENUE,
    STANDING,
    Month,
    params_of,
)
from services.kpi.repository.reports.counted import sum_counters
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

_OF_SEGMENT: Final = frozenset({"region", "product", "party"})
# Dimensions of the sums by axis, and what they are asked for.
_SUMMED: Final[Mapping[str, str]] = {"region": "region", "product": "product", "party": "channel"}
_NUMBERS: Final = ("firsts", "repeats", "first_amount", "repeat_amount")
_NATURE: Final = f"CASE WHEN {IS_GUARANTEED} THEN 'guaranteed' ELSE 'planned' END"


class Fact(NamedTuple):
    """What a value of the axis came to in a month of the plan; the value is empty without an axis,
    and for the axis of months.
    """

    value: str
    month: int
    revenue: Decimal
    quantity: int


async def list_facts(
    session: Session,
    terms: Terms,
    months: Sequence[Month],
    names: Mapping[str, str | None],
    axis: AxisName | None,
    *,
    zone: str,
) -> list[Fact]:
    """Sales that stand, as they are known now. `names` are a node's values, without its month. Only
    what the axis and the node need is looked for, in sums if these tell it.
    """
    if sums_tell(terms, names, axis):
        return await _list_summed(session, terms, months, names, axis, zone=zone)
    if days_tell("seller", names, axis):
        return await _list_by_seller(session, terms, months, names, axis, zone=zone)
    if days_tell("nature", names, axis):
        return await _list_by_nature(session, terms, months, names, axis, zone=zone)
    sql = {**PLACES, "party": PARTIES[terms.party], "nature": _NATURE}
    conditions = [name for name in sql if names.get(name) is not None]
    used = {*conditions, axis}
    clauses, joins = [STANDING], ""
    if "nature" in used:
        clauses.append(NATURE)
    if used & _OF_SEGMENT:
        clauses.append(CAME)
        joins = "LEFT JOIN came USING (sale_id) LEFT JOIN segment USING (segment_id)"
    where = " AND ".join(f"{sql[name]} = :of_{name}" for name in conditions) or "true"
    statement = f"""
WITH {", ".join(clauses)}
SELECT {sql.get(axis or "", "''")} AS value, m.month, {REVENUE} AS revenue, count(*) AS quantity
FROM {MONTHS} {joins} WHERE {where} GROUP BY 1, 2
"""
    params = params_of(months, currency=terms.currency, rule=terms.rule, zone=zone)
    params |= {f"of_{name}": names[name] for name in conditions}
    return [Fact(**row) for row in await session.execute(statement, params)]


def sums_tell(terms: Terms, names: Mapping[str, str | None], axis: AxisName | None) -> bool:
    """Whether the sums of reports on sales are told apart by all that the node and axis name."""
    party = {"party"} if terms.party == "channel" else set()
    return _used(names, axis) <= {None, "region", "product", *party}


def days_tell(name: str, names: Mapping[str, str | None], axis: AxisName | None) -> bool:
    """Whether nothing but this is asked for."""
    return _used(names, axis) <= {None, name}


def _used(names: Mapping[str, str | None], axis: AxisName | None) -> set[str | None]:
    return {name for name, value in names.items() if value is not None} | {axis}


async def _list_by_nature(
    session: Session,
    terms: Terms,
    months: Sequence[Month],
    names: Mapping[str, str | None],
    axis: AxisName | None,
    *,
    zone: str,
) -> list[Fact]:
    numbers = {month.begins_at: month.number for month in months}
    span = _span(months, ZoneInfo(zone))
    return [
        Fact(nature if axis else "", numbers[begins_at], revenue, quantity)
        for nature, begins_at, revenue, quantity in await sum_natures(session, terms, span)
        if begins_at in numbers and names.get("nature") in {None, nature}
    ]


async def _list_by_seller(
    session: Session,
    terms: Terms,
    months: Sequence[Month],
    names: Mapping[str, str | None],
    axis: AxisName | None,
    *,
    zone: str,
) -> list[Fact]:
    view = View(_span(months, ZoneInfo(zone)))
    bounds = tuple(view.bounds(["month"]))
    deed = partial(sum_by_manager, span=view.period, bounds=bounds, currency=terms.currency)
    sums = await sum_once(session, SELLERS, bounds, deed, size_of_sums, by_day=True)
    numbers = {month.begins_at: month.number for month in months}
    return [
        Fact(manager if axis else "", numbers[bounds[part - 1]], revenue, quantity)
        for manager, part, revenue, quantity in sums
        if bounds[part - 1] in numbers and names.get("seller") in {None, manager}
    ]


async def _list_summed(
    session: Session,
    terms: Terms,
    months: Sequence[Month],
    names: Mapping[str, str | None],
    axis: AxisName | None,
    *,
    zone: str,
) -> list[Fact]:
    conditions = [name for name in _SUMMED if names.get(name) is not None]
    used = [_SUMMED[name] for name in _SUMMED if name in {*conditions, axis}]
    dimensions = ["month", *used]
    view = View(_span(months, ZoneInfo(zone)))
    value = f"coalesce(segment.{_SUMMED[axis]}, '')" if axis else "''"
    where = " AND ".join(f"coalesce(segment.{_SUMMED[n]}, '') = :of_{n}" for n in conditions)
    statement = f"""
SELECT {value} AS value, part, coalesce(sum(first_amount + repeat_amount)
        FILTER (WHERE currency = CAST(:currency AS text)), 0) AS revenue,
    CAST(sum(firsts + repeats) AS bigint) AS quantity
FROM ({sold(view, dimensions, _NUMBERS)}) AS sold {named(dimensions)} WHERE {where or "true"}
GROUP BY 1, 2 HAVING sum(firsts + repeats) <> 0
"""
    params = {f"of_{name}": names[name] for name in conditions} | {"currency": terms.currency}
    params |= view.pieces(dimensions) | chosen("last_non_direct", LOOKBACK_DAYS)
    numbers = {month.begins_at: month.number for month in months}
    begins = view.bounds(dimensions)
    return [
        Fact(value, numbers[begins[part - 1]], revenue, quantity)
        for value, part, revenue, quantity in await session.execute(statement, params)
        if begins[part - 1] in numbers
    ]


def _span(months: Sequence[Month], zone: ZoneInfo) -> Period:
    """From the first of the months to the end of the last."""
    begin = min(month.begins_at for month in months).astimezone(zone).date()
    return period(begin, max(month.ends_at for month in months).astimezone(zone).date(), zone)


_LEADS: Final = """
SELECT {value} AS value, count(*) AS leads
FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[])) AS m (begins_at, ends_at)
    JOIN lead_story AS s ON s.received_at >= m.begins_at AND s.received_at < m.ends_at
WHERE s.known_until = 'infinity' AND NOT s.is_test AND {where} GROUP BY 1
"""
# The axes of counters by those of plans.
_COUNTED: Final[Mapping[str | None, str]] = {
    None: COMPANY, "region": "region", "product": "product", "party": "channel",
    "seller": "manager",
}  # fmt: skip
_OF_LEAD: Final[Mapping[str, str]] = {
    "region": "coalesce(s.region, '')",
    "product": "coalesce(s.product, '')",
    "party": "s.channel",
    "seller": "coalesce(CAST(s.owner_id AS text), '')",
}


def leads_tell(terms: Terms, names: Mapping[str, str | None], axis: AxisName | None = None) -> bool:
    """Whether leads are told apart by all that the node and the axis name."""
    used = _used(names, axis)
    return "nature" not in used and (terms.party == "channel" or "party" not in used)


async def count_leads(
    session: Session,
    months: Sequence[Month],
    names: Mapping[str, str | None],
    axis: AxisName | None,
    zone: ZoneInfo,
) -> dict[str, int]:
    """Leads received in the months, without tests and those merged into others, by value of the
    axis. `leads_tell` has said that they can be told apart so.
    """
    if not any(names.get(name) is not None for name in _OF_LEAD):
        counts = await _count_by_counters(session, _span(months, zone), axis)
        if counts is not None:
            return counts
    conditions = [name for name in _OF_LEAD if names.get(name) is not None]
    where = " AND ".join(f"{_OF_LEAD[name]} = :of_{name}" for name in conditions) or "true"
    statement = _LEADS.format(value=_OF_LEAD.get(axis or "", "''"), where=where)
    params: dict[str, object] = {f"of_{name}": names[name] for name in conditions}
    params |= {
        "begins": [month.begins_at for month in months],
        "ends": [month.ends_at for month in months],
    }
    return {row.value: row.leads for row in await session.execute(statement, params)}


async def _count_by_counters(
    session: Session, span: Period, axis: AxisName | None
) -> dict[str, int] | None:
    """None where counters do not tell it: in a zone whose days begin within a quarter of an hour,
    and where a value may be longer than they keep.
    """
    if not span.is_even:
        return None
    sums = await sum_counters(session, span, _COUNTED[axis], None, ("leads",))
    counts = {value: int(each.counts["leads"]) for value, each in sums.items()}
    if any(len(value) >= LONGEST_VALUE for value in counts):
        return None
    return {value: leads for value, leads in counts.items() if leads}
