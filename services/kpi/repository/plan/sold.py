"""What was sold in the months of a plan, by the values of one axis, in one node."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from services.kpi.domain.plan.nodes import AxisName
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.past import (
    CAME,
    IS_GUARANTEED,
    MONTHS,
    NATURE,
    PARTIES,
    PLACES,
    REVENUE,
    STANDING,
    Month,
    params_of,
)
from shared.database import Session

_OF_SEGMENT: Final = frozenset({"region", "product", "party"})
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
    what the axis and the node need is looked for.
    """
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


_LEADS: Final = """
SELECT {value} AS value, count(*) AS leads
FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[])) AS m (begins_at, ends_at)
    JOIN lead_story AS s ON s.received_at >= m.begins_at AND s.received_at < m.ends_at
WHERE s.known_until = 'infinity' AND NOT s.is_test AND {where} GROUP BY 1
"""
_OF_LEAD: Final[Mapping[str, str]] = {
    "region": "coalesce(s.region, '')",
    "product": "coalesce(s.product, '')",
    "party": "s.channel",
    "seller": "coalesce(CAST(s.owner_id AS text), '')",
}


def leads_tell(terms: Terms, names: Mapping[str, str | None], axis: AxisName | None = None) -> bool:
    """Whether leads are told apart by all that the node and the axis name."""
    used = {name for name, value in names.items() if value is not None} | {axis}
    return "nature" not in used and (terms.party == "channel" or "party" not in used)


async def count_leads(
    session: Session,
    months: Sequence[Month],
    names: Mapping[str, str | None],
    axis: AxisName | None,
) -> dict[str, int]:
    """Leads received in the months, without tests and those merged into others, by value of the
    axis. `leads_tell` has said that they can be told apart so.
    """
    conditions = [name for name in _OF_LEAD if names.get(name) is not None]
    where = " AND ".join(f"{_OF_LEAD[name]} = :of_{name}" for name in conditions) or "true"
    statement = _LEADS.format(value=_OF_LEAD.get(axis or "", "''"), where=where)
    params: dict[str, object] = {f"of_{name}": names[name] for name in conditions}
    params |= {
        "begins": [month.begins_at for month in months],
        "ends": [month.ends_at for month in months],
    }
    return {row.value: row.leads for row in await session.execute(statement, params)}
