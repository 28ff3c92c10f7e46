"""Why revenue differs from the plan in the months that are over, for a node and its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.kpi.domain.months import later
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.bridge import Bridge, Leads, Side, bridge
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.past import Month
from services.kpi.repository.plan.sold import Fact, count_leads, leads_tell, list_facts
from services.kpi.use_cases.plan.control import ByMonth, Sides, Wish, sides_of, told_apart
from services.kpi.use_cases.plan.naming import labels_of
from shared.database import Session

_YEAR = 12
LeadCounts = Mapping[str, Leads]


@dataclass(frozen=True, slots=True)
class BridgeRow:
    value: str
    label: str | None
    bridge: Bridge


@dataclass(frozen=True, slots=True)
class BridgeView:
    """The whole node, in which the mix is that of the axis, and each value by itself; the numbers
    of the months.
    """

    months: Sequence[int]
    whole: Bridge
    rows: Sequence[BridgeRow]


async def show_bridge(session: Session, terms: Terms, wish: Wish) -> BridgeView:
    """Raises NotFoundError, InvalidError."""
    revenue = await _sides(session, terms, wish, "revenue")
    quantity = await _sides(session, terms, wish, "quantity", revenue.sold)
    months = [number for number, over in zip(revenue.months, revenue.is_over, strict=True) if over]
    if not months:
        return BridgeView([], Bridge(0, 0, 0, None, 0, 0, 0), [])
    places = [revenue.months.index(number) for number in months]
    plan = Side(_only(revenue.plan, places), _only(quantity.plan, places))
    fact = Side(_only(revenue.fact, places), _only(quantity.fact, places))
    leads = await _leads(session, terms, wish, months)
    labels = await labels_of(session, wish.axis)
    rows = [
        BridgeRow(
            value,
            labels.get(value),
            bridge(_of(plan, value), _of(fact, value), leads.get(value)),
        )
        for value in sorted({*plan.revenue, *plan.quantity, *fact.quantity})
    ]
    return BridgeView(
        months, bridge(plan, fact, _together(leads)), rows if wish.axis is not None else []
    )


async def _sides(
    session: Session,
    terms: Terms,
    wish: Wish,
    measure: str,
    facts: Sequence[Fact] | None = None,
) -> Sides:
    place = wish.place._replace(measure="revenue" if measure == "revenue" else "quantity")
    return await sides_of(session, terms, replace(wish, place=place), facts)


def _only(amounts: ByMonth, places: Sequence[int]) -> dict[str, list[int]]:
    return {value: [each[place] for place in places] for value, each in amounts.items()}


def _of(side: Side, value: str) -> Side:
    return Side(
        {value: side.revenue[value]} if value in side.revenue else {},
        {value: side.quantity[value]} if value in side.quantity else {},
    )


async def _leads(
    session: Session, terms: Terms, wish: Wish, months: Sequence[int]
) -> dict[str, Leads]:
    """By value of the axis; nothing where leads are not told apart so."""
    axis = told_apart(wish)
    if not leads_tell(terms, wish.names, axis):
        return {}
    now = await count_leads(session, _spans(terms, wish, months, 0), wish.names, axis, wish.zone)
    spans = _spans(terms, wish, months, _YEAR)
    before = await count_leads(session, spans, wish.names, axis, wish.zone)
    facts = await list_facts(session, terms, spans, wish.names, axis, zone=wish.zone.key)
    sales: dict[str, int] = {}
    for fact in facts:
        sales[fact.value] = sales.get(fact.value, 0) + fact.quantity
    return {
        value: Leads(now.get(value, 0), before.get(value, 0), sales.get(value, 0))
        for value in {*now, *before, *sales}
    }


def _spans(terms: Terms, wish: Wish, months: Sequence[int], earlier: int) -> list[Month]:
    firsts = [later(terms.month_of(number), -earlier) for number in months]
    return [
        Month(day_begin(first, wish.zone), day_begin(later(first, 1), wish.zone), number)
        for first, number in zip(firsts, months, strict=True)
    ]


def _together(leads: LeadCounts) -> Leads | None:
    if not leads:
        return None
    return Leads(*(sum(each) for each in zip(*leads.values(), strict=True)))
