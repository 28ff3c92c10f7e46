"""SQL that stores rows of leads as history and kpi keep them, from lead :begin to lead :end.

They came evenly over a quarter of a year of :days, so that keys grow as they do in life.
"""

from typing import Final

from services.kpi.domain.stories.contributions import MEASURES

_LEADS: Final = """
WITH moment AS (
    SELECT n, :days * interval '1 day' * (1 - n / CAST(:total AS float)) AS ago
    FROM generate_series(CAST(:begin AS bigint), CAST(:end AS bigint)) AS n
), new AS MATERIALIZED (
    SELECT n, uuidv7(-ago) AS lead_id, uuidv7(-ago) AS inquiry_id, uuidv7(-ago) AS contact_id,
        uuidv7(-ago) AS opened_id, now() - ago AS at, ago,
        CAST(md5('source' || n % 20) AS uuid) AS source_id,
        CAST(md5('manager' || n % 50) AS uuid) AS manager_id, 'c' || n % 100 AS campaign
    FROM moment
), of_inquiries AS (
    INSERT INTO seen (topic, key, version, before, holding)
    SELECT 'inquiries', CAST(contact_id AS text), 1, 0, false FROM new
), of_leads AS (
    INSERT INTO seen (topic, key, version, before, holding)
    SELECT 'leads', CAST(lead_id AS text), 2, 1, false FROM new
)"""
KPI: Final = f"""{_LEADS}, inquiries AS (
    INSERT INTO inquiry (inquiry_id, contact_id, known_at, received_at, source_id, channel, is_test,
        is_repeat, priority_class, utm_campaign, click_kinds)
    SELECT inquiry_id, contact_id, at, at, source_id, 'form', false, false, 'normal', campaign, ''
    FROM new
), leads AS (
    INSERT INTO lead (lead_id, contact_id, inquiry_id, known_at, opened_at, received_at, source_id,
        channel, pool, pipeline, stage, priority_class, is_test, units_milli)
    SELECT lead_id, contact_id, inquiry_id, at, at, at, source_id, 'form', 'default', 'sales',
        'new', 'normal', false, 1000
    FROM new
), steps AS (
    INSERT INTO lead_event (lead_id, version, known_at, at, kind, manager_id, accept_by,
        first_touch_by, is_listed)
    SELECT lead_id, 2, at, at, 'assigned', manager_id, at + interval '5 minutes',
        at + interval '30 minutes', false
    FROM new
), links AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign, known_at)
    SELECT opened_id, lead_id, inquiry_id, 1, at FROM new
), placements AS (
    INSERT INTO placement (inquiry_id, known_on, known_until, lead_id)
    SELECT inquiry_id, CAST(at AS date), 'infinity', lead_id FROM new
)
INSERT INTO lead_story (lead_id, known_on, known_until, contact_id, inquiry_id, opened_at,
    received_at, is_test, source_id, channel, campaign, priority_class, pool, pipeline, stage,
    owner_id, assigned_at, accept_by, first_touch_by, reopened, arrivals, visits, holdings)
SELECT lead_id, CAST(at AS date), 'infinity', contact_id, inquiry_id, at, at, false, source_id,
    'form', campaign, 'normal', 'default', 'sales', 'new', manager_id, at,
    at + interval '5 minutes', at + interval '30 minutes', 0, jsonb_build_array(at),
    jsonb_build_array(jsonb_build_array('new', at, 0.0, at)),
    jsonb_build_array(jsonb_build_array(manager_id, at, null, null, null, null,
        at + interval '5 minutes', at + interval '30 minutes', 1000))
FROM new
"""
_COUNTED: Final = ("received", "leads", "cohort_assigned", "opened", "assigned")
COUNTERS: Final = tuple(
    f"""
INSERT INTO {table} (axis, {bucket}, value, currency, known_on, {", ".join(MEASURES)})
SELECT axis, {moment}, value, '', CAST(received_at AS date),
    {", ".join("count(*)" if name in _COUNTED else "0" for name in MEASURES)}
FROM lead_story CROSS JOIN LATERAL (VALUES ('company', ''), ('source', CAST(source_id AS text)),
    ('channel', channel), ('campaign', campaign), ('region', ''), ('product', ''),
    ('pipeline', pipeline), ('manager', CAST(owner_id AS text))) AS scope (axis, value)
GROUP BY axis, {moment}, value, CAST(received_at AS date)
"""
    for table, bucket, moment in (
        ("counter", "bucket", "date_bin('15 minutes', received_at, timestamptz '2000-01-01Z')"),
        ("day_counter", "day", "CAST(received_at AS date)"),
    )
)
_FACTS: Final = """jsonb_build_object('pipeline', 'sales', 'stage', 'new', 'source_id', source_id,
    'received_at', at, 'channel', 'form', 'is_test', false, 'priority_class', 'normal')"""
HISTORY: Final = f"""{_LEADS}, leads AS (
    INSERT INTO lead (lead_id, contact_id, owner_id, state, pipeline, stage, opened_at)
    SELECT lead_id, contact_id, manager_id, 'open', 'sales', 'new', at FROM new
), links AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
    SELECT opened_id, lead_id, inquiry_id, 1 FROM new
), assignees AS (
    INSERT INTO assignee (lead_id, manager_id) SELECT lead_id, manager_id FROM new
), entries AS (
    INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, lead_id,
        inquiry_id, channel, text, facts)
    SELECT uuidv7(-ago), kind, at, at, 'system', contact_id,
        CASE WHEN kind LIKE 'lead.%' THEN lead_id END,
        CASE WHEN kind = 'inquiry.received' THEN inquiry_id END,
        CASE WHEN kind = 'inquiry.received' THEN 'form' END,
        CASE WHEN kind = 'inquiry.received' THEN repeat('words ', 10) END, {_FACTS}
    FROM new CROSS JOIN (VALUES ('inquiry.received'), ('contact.changed'), ('lead.opened'),
        ('lead.assigned')) AS k (kind)
    RETURNING event_id, coalesce(lead_id, contact_id) AS subject, kind
)
INSERT INTO chain_link (subject, number, event_id, form, digest, hash, seal)
SELECT subject, row_number() OVER (PARTITION BY subject ORDER BY kind DESC), event_id, 1,
    sha256(uuid_send(event_id)), sha256(uuid_send(subject)), 0
FROM entries
"""
SOME_LEADS: Final = """
SELECT lead_id, contact_id FROM lead ORDER BY random() LIMIT :count
"""
# Indexes are built more quickly over all rows than with each of them.
INDEXES: Final = """
SELECT CAST(CAST(indexrelid AS regclass) AS text) AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
WHERE c.relname = ANY(:tables) AND c.relkind = 'r'
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
