"""What came in a period: its leads with their moments, and its inquiries.

All figures are computed from these two, so that a number and its drill-down agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Float,
    Subquery,
    bindparam,
    column,
    func,
    text,
    true,
)

from services.kpi.domain.periods import Period
from services.kpi.tables.facts import inquiry, lead

# The columns of a lead that reports need.
_LEAD = (
    "lead_id, source_id, channel, owner_id, received_at, assigned_at, accepted_at, won_at, lost_at,"
    " amount, currency"
)


def _of(clause: str) -> str:
    return ", ".join(f"{clause}.{name}" for name in _LEAD.split(", "))


# The unmerged leads of the period, placed at their first inquiry's time of receipt.
#
# These clauses are never joined to each other, only to tables with an index on the joined column:
# the planner cannot estimate the rows of a clause, and a wrong estimate would make it quadratic.
_COHORT = f"""
cohort AS (
    SELECT {_LEAD}, coalesce(canonical_id, contact_id) AS person,
        coalesce(won_at, lost_at) AS closed_at
    FROM lead LEFT JOIN contact_link USING (contact_id)
    WHERE received_at >= :begins_at AND received_at < :ends_at
        AND NOT is_test AND merged_into IS NULL
)"""

# A lead's parts are itself and all leads that were merged into it.
_PARTS = f"""
part AS (
    SELECT {_LEAD}, lead_id AS part_id FROM cohort
    UNION ALL
    SELECT {_of("part")}, merged.lead_id
    FROM part JOIN lead AS merged ON merged.merged_into = part.part_id
),
birth AS (
    SELECT {_LEAD}, closed_at, person AS birth_id FROM cohort
    UNION
    SELECT {_LEAD}, closed_at, contact_id FROM cohort JOIN contact_link ON canonical_id = person
)"""

# When each lead's customer was first contacted. An activity on the lead counts if it was reported
# after the assignment (and if it happened before, it counts at the assignment); an activity on the
# person alone counts while the lead is assigned and not closed; an answered incoming call counts
# always.
_REACHED = f"""
reached AS (
    SELECT {_LEAD}, CAST(NULL AS timestamptz) AS reached_at FROM cohort
    UNION ALL
    SELECT {_of("part")}, greatest(at, assigned_at)
    FROM part JOIN touch ON touch.lead_id = part.part_id
    WHERE touch.learned_at >= assigned_at
    UNION ALL
    SELECT {_of("birth")}, at
    FROM birth JOIN touch ON touch.contact_id = birth_id AND touch.lead_id IS NULL
    WHERE at >= assigned_at AND (closed_at IS NULL OR at <= closed_at)
    UNION ALL
    SELECT {_of("part")}, min(answered_at)
    FROM part JOIN inquiry_link ON inquiry_link.lead_id = part.part_id
    JOIN inquiry ON inquiry.inquiry_id = inquiry_link.inquiry_id AND answered_at IS NOT NULL
    GROUP BY {_of("part")}, inquiry_link.inquiry_id
    HAVING sum(sign) > 0
)"""
_LEADS = f"""
WITH RECURSIVE {_COHORT}, {_PARTS}, {_REACHED}
SELECT {_LEAD}, min(reached_at) AS contacted_at,
    CAST(greatest(0, extract(epoch FROM min(reached_at) - received_at)) AS double precision)
        AS seconds
FROM reached GROUP BY {_LEAD}
"""

_INQUIRIES = """
SELECT inquiry_id, source_id, channel, received_at FROM inquiry
WHERE received_at >= :begins_at AND received_at < :ends_at AND NOT is_test
"""
# An inquiry is in the lead whose links of it have a positive sum, followed through all merges.
_SURVIVING_LEAD = """
coalesce((
    WITH RECURSIVE up (lead_id, merged_into) AS (
        SELECT linked.lead_id, linked.merged_into
        UNION
        SELECT lead.lead_id, lead.merged_into FROM up JOIN lead ON lead.lead_id = up.merged_into
    )
    SELECT lead_id FROM up WHERE merged_into IS NULL
), linked.merged_into, link.lead_id)"""
_INQUIRIES_WITH_LEADS = f"""
WITH linked AS (
    SELECT inquiry.inquiry_id, inquiry.source_id, inquiry.channel, inquiry.received_at, link.sign,
        CASE WHEN linked.merged_into IS NULL THEN link.lead_id ELSE {_SURVIVING_LEAD} END AS root
    FROM inquiry
    LEFT JOIN inquiry_link AS link ON link.inquiry_id = inquiry.inquiry_id
    LEFT JOIN lead AS linked ON linked.lead_id = link.lead_id
    WHERE inquiry.received_at >= :begins_at AND inquiry.received_at < :ends_at
        AND NOT inquiry.is_test
),
placed AS (
    SELECT DISTINCT ON (inquiry_id) inquiry_id, source_id, channel, received_at,
        CASE WHEN sum(sign) > 0 THEN root END AS root
    FROM linked GROUP BY inquiry_id, source_id, channel, received_at, root
    ORDER BY inquiry_id, sum(sign) > 0 DESC NULLS LAST, root
)
SELECT inquiry_id, placed.source_id, placed.channel, placed.received_at,
    owned.lead_id, owned.owner_id
FROM placed LEFT JOIN lead AS owned ON owned.lead_id = placed.root
"""

# How far a lead can get, and the moment that it has if it got so far.
MEASURES = {
    "assigned": "assigned_at",
    "accepted": "accepted_at",
    "contacted": "contacted_at",
    "won": "won_at",
    "lost": "lost_at",
}
_COLUMN_OF = {"source": "source_id", "channel": "channel", "manager": "owner_id"}
DIMENSIONS = (*_COLUMN_OF, "day")
_MOMENT = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class FunnelFilter:
    """`unassigned`: what nobody owns; it goes with no `manager_id`."""

    source_id: UUID | None = None
    channel: str | None = None
    manager_id: UUID | None = None
    unassigned: bool = False


def leads_of(period: Period) -> Subquery:
    """The unmerged leads received in the period; `contacted_at` is when the customer was first
    contacted, `seconds` how long after receipt.
    """
    columns = [lead.c[name] for name in _LEAD.split(", ")]
    query = text(_LEADS).bindparams(*_bounds(period))
    return query.columns(
        *columns, column("contacted_at", _MOMENT), column("seconds", Float)
    ).subquery("leads")


def inquiries_of(period: Period, *, with_leads: bool) -> Subquery:
    """The inquiries received in the period, each with its lead and owner if `with_leads`."""
    query = text(_INQUIRIES_WITH_LEADS if with_leads else _INQUIRIES).bindparams(*_bounds(period))
    columns = [inquiry.c[name] for name in ("inquiry_id", "source_id", "channel", "received_at")]
    owned = [lead.c.lead_id, lead.c.owner_id] if with_leads else []
    return query.columns(*columns, *owned).subquery("inquiries")


def groups(facts: Subquery, period: Period, dimensions: Sequence[str]) -> list[ColumnElement[Any]]:
    """A column for each dimension; that of `day` is the number of the day, from 1."""
    # One parameter for all days of a statement: else its groups would not be equal expressions.
    bounds = bindparam("days", list(period.bounds), ARRAY(_MOMENT))
    return [
        func.width_bucket(facts.c.received_at, bounds)
        if name == "day"
        else facts.c[_COLUMN_OF[name]]
        for name in dimensions
    ]


def matches(facts: Subquery, criteria: FunnelFilter) -> ColumnElement[bool]:
    """Whether a lead or an inquiry with its lead passes the filter."""
    condition: ColumnElement[bool] = true()
    if criteria.source_id is not None:
        condition &= facts.c.source_id == criteria.source_id
    if criteria.channel is not None:
        condition &= facts.c.channel == criteria.channel
    if criteria.manager_id is not None:
        condition &= facts.c.owner_id == criteria.manager_id
    if criteria.unassigned:
        condition &= facts.c.owner_id.is_(None)
    return condition


def _bounds(period: Period) -> list[Any]:
    return [
        bindparam("begins_at", period.begins_at, _MOMENT),
        bindparam("ends_at", period.ends_at, _MOMENT),
    ]
