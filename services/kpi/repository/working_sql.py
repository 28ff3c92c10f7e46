"""The SQL from which every figure is put together: cohort, contact, arrivals, groups.
Its law: a number and the list behind it are made of the same parts.
"""

from collections.abc import Collection, Mapping

# A lead's parts are itself and what was folded into it. Chains of folds end at the last lead, also
# while that one has not been heard of.
FOLDED = """
fold (lead_id, root) AS (
    SELECT lead_id, merged_into FROM lead WHERE merged_into IS NOT NULL
    UNION
    SELECT fold.lead_id, lead.merged_into
    FROM fold JOIN lead ON lead.lead_id = fold.root WHERE lead.merged_into IS NOT NULL
),
folded AS (
    SELECT fold.lead_id, fold.root FROM fold
    WHERE NOT EXISTS (
        SELECT FROM lead WHERE lead.lead_id = fold.root AND lead.merged_into IS NOT NULL)
)"""

# The unmerged leads of the period, placed at their first inquiry's time of receipt.
COHORT = """
cohort AS (
    SELECT lead.*, coalesce(contact.canonical_id, lead.contact_id) AS person,
        coalesce(lead.won_at, lead.lost_at) AS closed_at
    FROM lead LEFT JOIN contact USING (contact_id)
    WHERE received_at >= :begins_at AND received_at < :ends_at
        AND NOT is_test AND merged_into IS NULL
)"""

# When each lead's customer was first contacted. What is reported on a lead counts from its
# assignment on, by when it was reported (a moment before the assignment counts as the assignment);
# what is known of the person only counts while the lead was assigned and not yet closed; an
# answered incoming call counts in any case.
CONTACTED = """
part AS (
    SELECT lead_id, lead_id AS root FROM cohort
    UNION ALL
    SELECT folded.lead_id, folded.root FROM folded JOIN cohort ON cohort.lead_id = folded.root
),
birth AS (
    SELECT person AS contact_id, person FROM cohort
    UNION
    SELECT contact.contact_id, person FROM cohort JOIN contact ON contact.canonical_id = person
),
reached AS (
    SELECT cohort.lead_id, greatest(touch.at, cohort.assigned_at) AS at
    FROM part JOIN cohort ON cohort.lead_id = part.root
    JOIN touch ON touch.lead_id = part.lead_id AND touch.reaches
    WHERE touch.learned_at >= cohort.assigned_at
    UNION ALL
    SELECT cohort.lead_id, touch.at
    FROM cohort JOIN birth ON birth.person = cohort.person
    JOIN touch ON touch.contact_id = birth.contact_id AND touch.reaches AND touch.lead_id IS NULL
    WHERE touch.at >= cohort.assigned_at
        AND (cohort.closed_at IS NULL OR touch.at <= cohort.closed_at)
    UNION ALL
    SELECT part.root, min(inquiry.answered_at)
    FROM part JOIN link USING (lead_id) JOIN inquiry USING (inquiry_id)
    WHERE inquiry.answered_at IS NOT NULL
    GROUP BY part.root, link.inquiry_id HAVING sum(link.sign) > 0
),
answer AS (SELECT lead_id, min(at) AS contacted_at FROM reached GROUP BY lead_id),
work AS (
    SELECT cohort.*, answer.contacted_at,
        greatest(0, extract(epoch FROM answer.contacted_at - cohort.received_at)) AS seconds
    FROM cohort LEFT JOIN answer USING (lead_id)
)"""

_ARRIVAL = """
arrival AS (
    SELECT inquiry_id, source_id, channel, received_at,
        CAST(NULL AS uuid) AS lead_id, CAST(NULL AS uuid) AS owner_id
    FROM inquiry
    WHERE received_at >= :begins_at AND received_at < :ends_at AND NOT is_test
)"""
_OWNED_ARRIVAL = """
place AS (
    SELECT DISTINCT ON (inquiry_id) inquiry_id, root FROM (
        SELECT inquiry.inquiry_id, coalesce(folded.root, link.lead_id) AS root
        FROM inquiry JOIN link USING (inquiry_id) LEFT JOIN folded USING (lead_id)
        WHERE received_at >= :begins_at AND received_at < :ends_at AND NOT is_test
        GROUP BY 1, 2 HAVING sum(link.sign) > 0
    ) AS found ORDER BY inquiry_id, root
),
arrival AS (
    SELECT inquiry.inquiry_id, inquiry.source_id, inquiry.channel, inquiry.received_at,
        lead.lead_id, lead.owner_id
    FROM inquiry LEFT JOIN place USING (inquiry_id) LEFT JOIN lead ON lead.lead_id = place.root
    WHERE inquiry.received_at >= :begins_at AND inquiry.received_at < :ends_at
        AND NOT inquiry.is_test
)"""

# How a row of `work` or `arrival` tells its group.
GROUPS: Mapping[str, str] = {
    "source": "CAST(source_id AS text)",
    "channel": "channel",
    "manager": "CAST(owner_id AS text)",
    "day": "width_bucket(received_at, CAST(:bounds AS timestamptz[]))",
}
# Which rows of `work` a measure counts.
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
    return f"WITH RECURSIVE {FOLDED}, {COHORT}, {CONTACTED}"


def arrival_sql(*, owned: bool) -> str:
    """The clause `arrival`: every inquiry of the period, with its lead and owner if `owned`."""
    return _OWNED_ARRIVAL if owned else _ARRIVAL


def keys(dimensions: Collection[str]) -> str:
    """The group's expressions as columns g0, g1, … with a comma behind each."""
    return "".join(f"{GROUPS[name]} AS g{place}, " for place, name in enumerate(dimensions))


def where(filters: Collection[str]) -> str:
    return " AND ".join(["TRUE", *(FILTERS[name] for name in filters)])
