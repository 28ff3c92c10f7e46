"""The parts of a card in SQL: each gives one row of a person `p` with `contact_ids`.

They stand side by side in one statement. No part joins contacts with rows: whatever a planner takes
the tables for, it can only look the contacts up in an index.
"""

from collections.abc import Mapping

# An inquiry as it was corrected; tests of the set-up are nobody's approach. Corrections are of the
# inquiry's own contact: where it has none, which is usual, no month is looked through for them.
_ENTRIES = """
SELECT count(*) AS entry_count,
    count(*) FILTER (WHERE is_inquiry) AS inquiry_count,
    min(at) FILTER (WHERE is_inquiry OR kind = 'purchase.recorded') AS first_seen_at,
    max(at) FILTER (WHERE is_inquiry OR kind = 'purchase.recorded') AS last_seen_at,
    max(at) FILTER (WHERE kind = 'call.observed'
        AND facts #>> '{call,direction}' = 'outgoing') AS last_call_at,
    {channels}, {source_ids}, {regions}, {cities}, {products}, {campaigns}, {languages},
    coalesce(array_agg(DISTINCT stage ORDER BY stage) FILTER (WHERE stage IS NOT NULL), '{}')
        AS stages_reached
FROM (
    SELECT e.kind, e.at, e.facts, i.inquiry,
        e.kind = 'inquiry.received' AND i.inquiry ->> 'is_test' IS DISTINCT FROM 'true'
            AS is_inquiry,
        CASE e.kind WHEN 'lead.opened' THEN e.facts ->> 'stage'
            WHEN 'lead.stage_changed' THEN e.facts ->> 'to_stage' END AS stage
    FROM mine AS e
    LEFT JOIN LATERAL (
        SELECT e.facts || coalesce((
            SELECT jsonb_object_agg(c.key, c.value ORDER BY u.learned_at, u.event_id)
            FROM timeline_entry AS u CROSS JOIN LATERAL jsonb_each(u.facts -> 'changes') AS c
            WHERE u.inquiry_id = e.inquiry_id AND u.kind = 'inquiry.updated'
                AND EXISTS (SELECT FROM mine WHERE kind = 'inquiry.updated')
        ), '{}') AS inquiry
    ) AS i ON e.kind = 'inquiry.received'
) AS entry
"""
_OF_INQUIRIES: Mapping[str, str] = {
    "channels": "inquiry ->> 'channel'",
    "source_ids": "CAST(facts ->> 'source_id' AS uuid)",
    "regions": "inquiry ->> 'region'",
    "cities": "inquiry ->> 'city'",
    "products": "inquiry ->> 'product_interest'",
    "campaigns": "inquiry #>> '{campaign,utm_campaign}'",
    "languages": "inquiry ->> 'language'",
}


def _distinct(name: str, value: str) -> str:
    return (
        f"coalesce(array_agg(DISTINCT {value} ORDER BY {value})"
        f" FILTER (WHERE is_inquiry AND {value} IS NOT NULL), '{{}}') AS {name}"
    )


def _entries() -> str:
    # The braces of the text are JSON paths and empty arrays, so that `format` is of no use.
    text = _ENTRIES
    for name, value in _OF_INQUIRIES.items():
        text = text.replace(f"{{{name}}}", _distinct(name, value))
    return text


# What intake keeps of a contact is whole in its latest event; before any, what inquiries say.
_DETAILS = """
WITH detail AS MATERIALIZED (
    SELECT contact_id, details, learned_at, event_id FROM (
        SELECT e.contact_id, e.learned_at, e.event_id, e.kind,
            CASE e.kind WHEN 'contact.changed' THEN e.facts -> 'details'
                ELSE e.facts -> 'contact' END AS details,
            bool_or(e.kind = 'contact.changed') OVER (PARTITION BY e.contact_id) AS is_told,
            row_number() OVER (PARTITION BY e.contact_id, e.kind
                ORDER BY e.learned_at DESC, e.event_id DESC) AS place
        FROM mine AS e WHERE e.kind IN ('contact.changed', 'inquiry.received')
    ) AS source
    WHERE CASE WHEN is_told THEN kind = 'contact.changed' AND place = 1 ELSE true END
), named AS MATERIALIZED (
    SELECT coalesce(details ->> 'name', nullif(concat_ws(' ', details ->> 'first_name',
        details ->> 'middle_name', details ->> 'last_name'), '')) AS name,
        details ->> 'company' AS company, learned_at, event_id
    FROM detail
)
SELECT
    (SELECT n.name FROM named AS n WHERE n.name IS NOT NULL
        ORDER BY n.learned_at DESC, n.event_id DESC LIMIT 1) AS name,
    (SELECT coalesce(array_agg(DISTINCT n.name ORDER BY n.name), '{}') FROM named AS n
        WHERE n.name IS NOT NULL) AS names,
    (SELECT n.company FROM named AS n WHERE n.company IS NOT NULL
        ORDER BY n.learned_at DESC, n.event_id DESC LIMIT 1) AS company,
    (SELECT coalesce(array_agg(DISTINCT v ORDER BY v), '{}')
        FROM detail AS d CROSS JOIN LATERAL jsonb_array_elements_text(d.details -> 'phones') AS v
    ) AS phones,
    (SELECT coalesce(array_agg(DISTINCT v ORDER BY v), '{}')
        FROM detail AS d CROSS JOIN LATERAL jsonb_array_elements_text(d.details -> 'emails') AS v
    ) AS emails,
    (SELECT coalesce(jsonb_object_agg(o.key, o.value ORDER BY d.learned_at, d.event_id), '{}')
        FROM detail AS d CROSS JOIN LATERAL jsonb_each(d.details -> 'other') AS o) AS other
"""
# A withdrawal without a purpose withdraws every use that was agreed to before it.
_CONSENTS = """
SELECT coalesce(jsonb_object_agg(purpose, jsonb_build_object('given', is_given, 'at', at,
        'channels', channels)), '{}') AS consents,
    coalesce(array_agg(purpose ORDER BY purpose) FILTER (WHERE is_given), '{}') AS purposes
FROM (
    SELECT purpose, at, channels,
        given AND NOT coalesce(at < max(at) FILTER (WHERE NOT given AND purpose = 'any') OVER (),
            false) AS is_given
    FROM (
        SELECT DISTINCT ON (coalesce(e.facts ->> 'purpose', 'any'))
            coalesce(e.facts ->> 'purpose', 'any') AS purpose, e.at,
            coalesce(e.facts -> 'channels', '[]') AS channels,
            coalesce(e.facts ->> 'given' = 'true', false) AS given
        FROM mine AS e WHERE e.kind = 'consent.recorded'
        ORDER BY coalesce(e.facts ->> 'purpose', 'any'), e.at DESC, e.learned_at DESC,
            e.event_id DESC
    ) AS latest
) AS consent
"""
_REFUSALS = """
SELECT coalesce(array_agg(DISTINCT v ORDER BY v), '{}') AS do_not_contact
FROM (
    SELECT DISTINCT ON (e.contact_id) e.facts -> 'do_not_contact' AS refusals
    FROM mine AS e WHERE e.kind = 'contact.changed' AND jsonb_exists(e.facts, 'do_not_contact')
    ORDER BY e.contact_id, e.learned_at DESC, e.event_id DESC
) AS latest CROSS JOIN LATERAL jsonb_array_elements_text(refusals) AS v
"""
_LEADS = """
SELECT coalesce(array_agg(DISTINCT owner_id ORDER BY owner_id)
        FILTER (WHERE owner_id IS NOT NULL), '{}') AS owner_ids,
    coalesce(array_agg(DISTINCT place ORDER BY place)
        FILTER (WHERE state = 'open' AND place IS NOT NULL), '{}') AS open_stages,
    count(*) FILTER (WHERE state = 'open') AS open_lead_count,
    count(*) FILTER (WHERE state = 'won') AS won_lead_count,
    count(*) FILTER (WHERE state = 'lost') AS lost_lead_count
FROM (
    SELECT lead.owner_id, lead.state, lead.pipeline || '/' || lead.stage AS place
    FROM lead
    WHERE lead.contact_id = ANY(p.contact_ids)
) AS own
"""
_PURCHASES = """
SELECT coalesce(sum(number), 0) AS purchase_count, min(first_at) AS first_purchase_at,
    max(last_at) AS last_purchase_at,
    coalesce(jsonb_object_agg(currency, CAST(trim_scale(total) AS text))
        FILTER (WHERE currency IS NOT NULL AND total IS NOT NULL), '{}') AS sums
FROM (
    SELECT b.currency, count(*) AS number, sum(b.amount) AS total, min(b.at) AS first_at,
        max(b.at) AS last_at
    FROM card_purchase AS b
    WHERE b.contact_id = ANY(p.contact_ids) GROUP BY b.currency
) AS bought
"""
_ACTIVITIES = """
SELECT count(*) AS activity_count, max(a.at) FILTER (WHERE a.kind = 'meeting'
    OR (a.kind IN ('call', 'mail', 'message') AND a.direction = 'outgoing')) AS last_activity_at
FROM activity AS a
WHERE a.contact_id = ANY(p.contact_ids) AND a.recorded_at IS NOT NULL
"""
_LABELS = """
SELECT
    (SELECT coalesce(array_agg(DISTINCT t.tag ORDER BY t.tag), '{}')
        FROM contact_tag AS t
        WHERE t.contact_id = ANY(p.contact_ids)) AS tags,
    (SELECT coalesce(jsonb_object_agg(f.field, f.value ORDER BY f.set_at, f.contact_id), '{}')
        FROM contact_field AS f
        WHERE f.contact_id = ANY(p.contact_ids)) AS fields
"""
# The person's entries are read once for all parts that are about them.
_TOLD = f"""
WITH mine AS MATERIALIZED (
    SELECT event_id, kind, at, learned_at, contact_id, inquiry_id, facts FROM timeline_entry
    WHERE timeline_entry.contact_id = ANY(p.contact_ids)
)
SELECT * FROM ({_entries()}) AS entry, ({_DETAILS}) AS detail, ({_CONSENTS}) AS consent,
    ({_REFUSALS}) AS refusal
"""
PARTS: Mapping[str, str] = {
    "told": _TOLD,
    "own": _LEADS,
    "bought": _PURCHASES,
    "deed": _ACTIVITIES,
    "touch": "SELECT greatest(told.last_call_at, deed.last_activity_at) AS last_touch_at",
    "label": _LABELS,
}
COLUMNS = (
    *("contact_ids", "name", "names", "company", "phones", "emails", "other"),
    *_OF_INQUIRIES,
    *("first_seen_at", "last_seen_at", "last_touch_at"),
    *("entry_count", "inquiry_count", "activity_count", "owner_ids", "open_stages"),
    *("stages_reached", "open_lead_count", "won_lead_count", "lost_lead_count"),
    *("purchase_count", "sums", "first_purchase_at", "last_purchase_at"),
    *("consents", "purposes", "do_not_contact", "tags", "fields"),
)
