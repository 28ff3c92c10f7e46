"""The SQL from which all figures are composed: cohort, contact, arrivals, groups.

A number and the list behind it are composed of the same parts, so that they agree.
"""

from collections.abc import Collection, Mapping

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
    FROM lead LEFT JOIN contact USING (contact_id)
    WHERE received_at >= :begins_at AND received_at < :ends_at
        AND NOT is_test AND merged_into IS NULL
)"""

# A lead's parts are itself and all leads that were merged into it.
_PARTS = f"""
part AS (
    SELECT {_LEAD}, lead_id AS part_id FROM cohort
    UNION ALL
    SELECT {_of("part")}, folded.lead_id
    FROM part JOIN lead AS folded ON folded.merged_into = part.part_id
),
birth AS (
    SELECT {_LEAD}, closed_at, person AS birth_id FROM cohort
    UNION
    SELECT {_LEAD}, closed_at, contact_id FROM cohort JOIN contact ON canonical_id = person
)"""

# When each lead's customer was first contacted. An activity on the lead counts if it was reported
# after the assignment (and if it happened before, it counts at the assignment); an activity on the
# person alone counts while the lead is assigned and not closed; an answered incoming call counts
# always.
_WORK = f"""
reached AS (
    SELECT {_LEAD}, CAST(NULL AS timestamptz) AS reached_at FROM cohort
    UNION ALL
    SELECT {_of("part")}, greatest(at, assigned_at)
    FROM part JOIN touch ON touch.lead_id = part.part_id AND touch.reaches
    WHERE touch.learned_at >= assigned_at
    UNION ALL
    SELECT {_of("birth")}, at
    FROM birth JOIN touch ON touch.contact_id = birth_id AND reaches AND touch.lead_id IS NULL
    WHERE at >= assigned_at AND (closed_at IS NULL OR at <= closed_at)
    UNION ALL
    SELECT {_of("part")}, min(answered_at)
    FROM part JOIN link ON link.lead_id = part.part_id
    JOIN inquiry ON inquiry.inquiry_id = link.inquiry_id AND answered_at IS NOT NULL
    GROUP BY {_of("part")}, link.inquiry_id
    HAVING sum(sign) > 0
),
work AS (
    SELECT {_LEAD}, min(reached_at) AS contacted_at,
        greatest(0, extract(epoch FROM min(reached_at) - received_at)) AS seconds
    FROM reached GROUP BY {_LEAD}
)"""

_ARRIVAL = """
arrival AS (
    SELECT inquiry_id, source_id, channel, received_at,
        CAST(NULL AS uuid) AS lead_id, CAST(NULL AS uuid) AS owner_id
    FROM inquiry
    WHERE received_at >= :begins_at AND received_at < :ends_at AND NOT is_test
)"""
# An inquiry is in the lead whose links of it have a positive sum, followed through all merges.
_LAST_LEAD = """
coalesce((
    WITH RECURSIVE up (lead_id, merged_into) AS (
        SELECT linked.lead_id, linked.merged_into
        UNION
        SELECT lead.lead_id, lead.merged_into FROM up JOIN lead ON lead.lead_id = up.merged_into
    )
    SELECT lead_id FROM up WHERE merged_into IS NULL
), linked.merged_into, link.lead_id)"""
_OWNED_ARRIVAL = f"""
linked AS (
    SELECT inquiry.inquiry_id, inquiry.source_id, inquiry.channel, inquiry.received_at, link.sign,
        CASE WHEN linked.merged_into IS NULL THEN link.lead_id ELSE {_LAST_LEAD} END AS root
    FROM inquiry
    LEFT JOIN link ON link.inquiry_id = inquiry.inquiry_id
    LEFT JOIN lead AS linked ON linked.lead_id = link.lead_id
    WHERE inquiry.received_at >= :begins_at AND inquiry.received_at < :ends_at
        AND NOT inquiry.is_test
),
placed AS (
    SELECT DISTINCT ON (inquiry_id) inquiry_id, source_id, channel, received_at,
        CASE WHEN sum(sign) > 0 THEN root END AS root
    FROM linked GROUP BY inquiry_id, source_id, channel, received_at, root
    ORDER BY inquiry_id, sum(sign) > 0 DESC NULLS LAST, root
),
arrival AS (
    SELECT inquiry_id, placed.source_id, placed.channel, placed.received_at,
        holder.lead_id, holder.owner_id
    FROM placed LEFT JOIN lead AS holder ON holder.lead_id = placed.root
)"""

# The expression of each dimension over a row of `work` or `arrival`.
GROUPS: Mapping[str, str] = {
    "source": "CAST(source_id AS text)",
    "channel": "channel",
    "manager": "CAST(owner_id AS text)",
    "day": "width_bucket(received_at, CAST(:bounds AS timestamptz[]))",
}
# The condition for the rows of `work` that a measure counts.
MEASURES: Mapping[str, str] = {
    "assigned": "assigned_at IS NOT NULL",
    "accepted": "accepted_at IS NOT NULL",
    "contacted": "contacted_at IS NOT NULL",
    "won": "won_at IS NOT NULL",
    "lost": "lost_at IS NOT NULL",
}
FILTERS: Mapping[str, str] = {
    "source": "source_id = CAST(:source AS uuid)",
    "channel": "channel = :channel",
    "manager": "owner_id = CAST(:manager AS uuid)",
    "no_manager": "owner_id IS NULL",
}


def work_sql() -> str:
    """WITH-clauses that end in `work`: every lead of the period with its moments."""
    return f"WITH RECURSIVE {_COHORT}, {_PARTS}, {_WORK}"


def arrival_sql(*, owned: bool) -> str:
    """The clause `arrival`: every inquiry of the period, with its lead and owner if `owned`."""
    return _OWNED_ARRIVAL if owned else _ARRIVAL


def keys(dimensions: Collection[str]) -> str:
    """The group's expressions as columns g0, g1, … with a comma behind each."""
    return "".join(f"{GROUPS[name]} AS g{place}, " for place, name in enumerate(dimensions))


def where(filters: Collection[str]) -> str:
    return " AND ".join(["TRUE", *(FILTERS[name] for name in filters)])
