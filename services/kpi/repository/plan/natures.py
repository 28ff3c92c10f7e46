"""What was sold by nature, from days of sales."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from services.kpi.domain.loyalty.counting import tell_natures
from services.kpi.domain.loyalty.stretches import UsualSales
from services.kpi.domain.periods import Period
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import NATURES, apart, read_stretches
from shared.database import Session

_AT: Final = "TIMESTAMPTZ '2000-01-01T00:00Z' + {0} * interval '1 microsecond' AS {0}"
_LIST: Final = "CAST(string_to_array(:{0}, ',') AS {1}[])"
# Nobody of ours may have called, written or met the person since the sale before. Lists are texts:
# the driver looks at each member of a list several times.
_TOUCHED: Final = f"""
WITH usual AS MATERIALIZED (
    SELECT number, person_id, {_AT.format("before")}, {_AT.format("at")} FROM unnest(
        {_LIST.format("people", "uuid")}, {_LIST.format("befores", "bigint")},
        {_LIST.format("ats", "bigint")}) WITH ORDINALITY AS u (person_id, before, at, number)
)
SELECT number FROM usual AS u WHERE EXISTS (SELECT FROM touch AS t
    WHERE t.contact_id = u.person_id AND t.at > u.before AND t.at <= u.at)
UNION ALL
SELECT number FROM usual AS u WHERE EXISTS (
    SELECT FROM contact_link AS l JOIN touch AS t USING (contact_id)
    WHERE l.canonical_id = u.person_id AND t.at > u.before AND t.at <= u.at)
"""


async def sum_natures(
    session: Session, terms: Terms, span: Period
) -> list[tuple[str, datetime, Decimal, int]]:
    """By nature and the beginning of each month of the span: revenue and sales. What is in neither
    is no row.
    """
    view = View(span)
    bounds = view.bounds(["month"])
    stretches = await read_stretches(session, view, NATURES)
    natures = await apart(partial(tell_natures, span=span, rule=terms.rule), stretches)
    touched = await _touched(session, natures.usual)
    sum_up = partial(natures.sums, bounds=bounds, currency=terms.currency, zone=span.zone)
    sums = await apart(sum_up, touched)
    return [
        (nature, bounds[part - 1], revenue, quantity) for nature, part, revenue, quantity in sums
    ]


async def _touched(session: Session, usual: UsualSales) -> set[int]:
    """The places of those that were not untouched."""
    if not usual.places:
        return set()
    lists = {
        name: ",".join(map(str, getattr(usual, name))) for name in ("people", "befores", "ats")
    }
    rows = await session.execute(_TOUCHED, lists)
    return {usual.places[number - 1] for number in rows.scalars()}
