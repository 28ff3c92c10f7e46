"""What was sold by nature, from days of sales."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from services.kpi.domain.loyalty.counting import tell_natures
from services.kpi.domain.periods import Period
from services.kpi.domain.plan.terms import Terms
from services.kpi.domain.sale_columns.stretches import EPOCH, MICROSECOND, Touches
from services.kpi.repository.money.held_sales import count_once
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import NATURES, apart
from shared.database import Session

# Ids are one text, which is read once when it is asked, and not also when the question is planned.
_TOUCHES: Final = """
WITH usual AS MATERIALIZED (
    SELECT person_id FROM unnest((SELECT CAST(CAST(:people AS text) AS uuid[]))) AS u (person_id)
)
SELECT coalesce(string_agg(uuid_send(person_id), ''), '') AS people,
    coalesce(string_agg(timestamptz_send(at), ''), '') AS ats
FROM (
    SELECT u.person_id, t.at FROM usual AS u JOIN touch AS t ON t.contact_id = u.person_id
    WHERE t.at > :since AND t.at < :ends_at
    UNION ALL
    SELECT u.person_id, t.at
    FROM usual AS u JOIN contact_link AS l ON l.canonical_id = u.person_id
        JOIN touch AS t ON t.contact_id = l.contact_id
    WHERE t.at > :since AND t.at < :ends_at
) AS touched
"""


# Of everybody, where touches are fewer than such ids.
_ALL_TOUCHES: Final = """
SELECT coalesce(string_agg(uuid_send(person_id), ''), '') AS people,
    coalesce(string_agg(timestamptz_send(at), ''), '') AS ats
FROM (
    SELECT contact_id AS person_id, at FROM touch WHERE at > :since AND at < :ends_at
    UNION ALL
    SELECT l.canonical_id, t.at FROM contact_link AS l JOIN touch AS t USING (contact_id)
    WHERE t.at > :since AND t.at < :ends_at
) AS touched
"""
# As the statistics have it, -1 where there are none.
_TOUCHES_IN_ALL: Final = "SELECT reltuples FROM pg_class WHERE oid = CAST('touch' AS regclass)"
_ID_BYTES: Final = 16


async def sum_natures(
    session: Session, terms: Terms, span: Period
) -> list[tuple[str, datetime, Decimal, int]]:
    """By nature and the beginning of each month of the span: revenue and sales. What is in neither
    is no row.
    """
    view = View(span)
    bounds = tuple(view.bounds(["month"]))
    tell = partial(tell_natures, span=span, rule=terms.rule, bounds=bounds, currency=terms.currency)
    natures = await count_once(session, view, NATURES, tell, lambda natures: natures.size())
    touches = await _touches_of(session, natures.people, natures.since, span.ends_at)
    sums = await apart(natures.sums, touches)
    return [
        (nature, bounds[part - 1], revenue, quantity) for nature, part, revenue, quantity in sums
    ]


async def _touches_of(session: Session, people: bytes, since: int, ends_at: datetime) -> Touches:
    """When somebody of ours called, wrote to or met these people between the two; perhaps others
    as well.
    """
    if not people:
        return Touches()
    params: dict[str, Any] = {"since": EPOCH + since * MICROSECOND, "ends_at": ends_at}
    if await _are_few(session, len(people) // _ID_BYTES):
        (row,) = await session.execute(_ALL_TOUCHES, params)
    else:
        params["people"] = f"{{{people.hex(',', _ID_BYTES)}}}"
        (row,) = await session.execute(_TOUCHES, params)
    return Touches(row.people, row.ats)


async def _are_few(session: Session, people: int) -> bool:
    """Whether all touches are fewer than so many people: they are read sooner than looked up."""
    touches = float(await session.scalar(_TOUCHES_IN_ALL))
    return 0 <= touches < people
