"""What each service's tables look like after a while: rows that no loop has to look at any more."""

from collections.abc import Mapping

from services.kpi.domain.rollups.lead_days import AXES
from services.kpi.domain.stories.contributions import MEASURES
from services.kpi.domain.waiting import STEPS
from services.kpi.repository.load.days import NAMES

ROWS = 20_000  # enough for every plan to be what it is with millions

# Submissions a second apart, their ids made as the door makes them.
_SUBMISSION_ID = """CAST(lpad(to_hex(CAST(extract(epoch FROM now()) * 1000 AS bigint) - n * 1000),
    12, '0') || '7' || substr(md5(CAST(n AS text)), 1, 3) || '8'
    || substr(md5(CAST(n AS text)), 4, 15) AS uuid)"""
_PAST = "now() - n * interval '1 second'"
_CREDITED = ("source", "channel", "ad_channel", "campaign", "region")
_ORIGIN = ("source", "channel", "campaign", "region", "product", "manager", "currency")
_SERIES = f"FROM generate_series(1, {ROWS}) AS n"

_DAY = "current_date - n % 1000"
_LOAD = ", ".join(NAMES)


def _counter(bucket: str, table: str) -> str:
    names, zeros = ", ".join(MEASURES), ", ".join("0" for _ in MEASURES)
    return f"""INSERT INTO {table} (axis, {bucket}, value, currency, known_on, {names})
        SELECT 'source', {_DAY}, CAST(n AS text), '', {_DAY}, {zeros} {_SERIES} ORDER BY 2"""


def _lead_days() -> str:
    columns = ", ".join(f"{axis}_{part}" for part in ("places", "values") for axis in AXES)
    nothing = ", ".join(["''"] * len(AXES) + ["CAST('{}' AS text[])"] * len(AXES))
    classes = ", ".join(f"{step}_classes" for step in STEPS)
    return f"""INSERT INTO lead_day
        (day, changed_on, digest, quarters, marks, promises, {classes}, {columns})
        SELECT current_date - n, current_date - n, {", ".join(["''"] * (4 + len(STEPS)))}, {nothing}
        FROM generate_series(1, 1000) AS n"""


MESSAGING: Mapping[str, str] = {
    "journal": f"""INSERT INTO journal (topic, key, version, event_id, type, source, payload,
        recorded_at) SELECT 'inquiries', CAST(n AS text), 1, gen_random_uuid(),
        'inquiry.received.v1', 'intake', '{{}}', {_PAST} {_SERIES}""",
    "seen": f"""INSERT INTO seen (topic, key, version, before, holding)
        SELECT 'inquiries', CAST(n AS text), 1, 0, false {_SERIES}""",
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "intake": {
        "contact": """INSERT INTO contact (contact_id, canonical_id, created_at, changed_at,
            has_inquiry, details) SELECT one, one, now(), now(), true, '{}'
            FROM gen_random_uuid() AS one""",
        "source": """INSERT INTO source (source_id, key, adapter, secrets, country, time_zone,
            mapping, options, owner, created_at, changed_at) VALUES (gen_random_uuid(), 'site',
            'native', '', 'RU', 'UTC', '{}', '{}', 'api', now(), now())""",
        "submission": f"""INSERT INTO submission (submission_id, source_id, native, body_digest,
            method, rest, query, headers, body, received_at, state, settled_at)
            SELECT {_SUBMISSION_ID}, source_id, true, '', 'POST', '', '', '', '', {_PAST},
            'ignored', now() {_SERIES}, source""",
        "inquiry": """INSERT INTO inquiry (inquiry_id, contact_id, submission_id, source_id,
            channel, received_at, normalised_at, content)
            SELECT gen_random_uuid(), contact_id, submission_id, source_id, 'form',
            received_at, received_at, '{}' FROM submission, contact""",
    },
    "routing": {
        "lead": f"""INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage,
            state, priority_class, priority_rank, units_milli, full_units_milli,
            channel, source_id, is_test, received_at, queue_at, opened_at, stage_since, closed_at)
            SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'default', 'default',
            'new', 'won', 'normal', 1, 1000, 1000, 'form', gen_random_uuid(), false, {_PAST},
            {_PAST}, {_PAST}, {_PAST}, now() {_SERIES}""",
        "lead_inquiry": """INSERT INTO lead_inquiry (inquiry_id, lead_id, contact_id,
            source_id, channel, priority_class, is_test, received_at, attached_at)
            SELECT gen_random_uuid(), lead_id, contact_id, source_id, 'form', 'normal', false,
            received_at, received_at FROM lead""",
        "manager": """INSERT INTO manager (manager_id, name, capacity_milli, time_zone, skills)
            VALUES (gen_random_uuid(), 'Anna', 1000, 'UTC', '{}')""",
        "assignment": """INSERT INTO assignment (lead_id, epoch, manager_id, round, units_milli,
            assigned_at, accept_by, first_touch_by, ended_at, outcome)
            SELECT lead_id, 1, manager_id, 1, 1000, received_at, received_at, received_at, now(),
            'won' FROM lead, manager""",
        "idempotent_answer": f"""INSERT INTO idempotent_answer (actor, key_sha256, request_sha256,
            answer, at) SELECT 'a', sha256(CAST(CAST(n AS text) AS bytea)), '', '{{}}', now()
            {_SERIES}""",
    },
    "history": {
        "timeline_entry": f"""INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor,
            inquiry_id, facts) SELECT gen_random_uuid(), 'inquiry.received', {_PAST}, {_PAST},
            'intake', gen_random_uuid(), '{{}}' {_SERIES}""",
        "lead": f"""INSERT INTO lead (lead_id, contact_id, state) SELECT gen_random_uuid(),
            gen_random_uuid(), 'open' {_SERIES}""",
        "activity": f"""INSERT INTO activity (activity_id, actor, body_digest, lead_id, kind, at,
            learned_at, facts, recorded_at) SELECT gen_random_uuid(), 'a', '', gen_random_uuid(),
            'call', {_PAST}, {_PAST}, '{{}}', now() {_SERIES}""",
    },
    "kpi": {
        "inquiry": f"""INSERT INTO inquiry (inquiry_id, contact_id, known_at, source_id, channel,
            received_at, is_test, priority_class, is_repeat, click_kinds)
            SELECT gen_random_uuid(), gen_random_uuid(), {_PAST}, gen_random_uuid(), 'form',
            {_PAST}, false, 'normal', false, '' {_SERIES}""",
        # Of a thousand days of knowledge, all but the last ones rolled up.
        "lead_story": f"""INSERT INTO lead_story (lead_id, known_on, known_until, contact_id,
            inquiry_id, opened_at, received_at, is_test, source_id, channel, priority_class, pool,
            pipeline, stage, reopened, arrivals, visits, holdings)
            SELECT gen_random_uuid(), {_DAY}, 'infinity', gen_random_uuid(), gen_random_uuid(),
            {_DAY}, {_DAY}, false, gen_random_uuid(), 'form', 'normal', 'default', 'sales', 'new',
            0, '[]', '[]', '[]' {_SERIES} ORDER BY 2""",
        # Of more than two years, a sale an hour.
        "sale": f"""INSERT INTO sale (sale_id, known_on, known_until, person_id, contact_id, at,
            amount, currency, manager_id, origins) SELECT gen_random_uuid(), current_date,
            'infinity', gen_random_uuid(), gen_random_uuid(), now() - n * interval '1 hour', 1,
            'RUB', gen_random_uuid(), '' {_SERIES}""",
        # A row for each day that is over; nothing need be in it.
        "sale_day": f"""INSERT INTO sale_day (day, people, ats, befores, numbers, usuals,
            signs, origins,
            {", ".join(f"{name}_places, {name}_names" for name in _CREDITED)},
            product_places, product_names, currency_places, currency_names, manager_places,
            manager_names, amounts, order_ats, order_counts, order_currency_places,
            order_currency_names, order_amounts, seller_ats, seller_counts,
            seller_manager_places, seller_manager_names, seller_currency_places,
            seller_currency_names, seller_amounts, origin_ats, origin_counts, origin_amounts,
            {", ".join(f"origin_{name}_places, origin_{name}_names" for name in _ORIGIN)})
            SELECT current_date - n, '', '', '', '', '', '', '',
                {", ".join(["'', '{}'"] * len(_CREDITED))}, '', '{{}}', '', '{{}}', '', '{{}}', '',
                '', '', '', '{{}}', '', '', '', '', '{{}}', '', '{{}}', '', '', '', '',
                {", ".join(["'', '{}'"] * len(_ORIGIN))}
            FROM generate_series(1, {ROWS // 24 + 2}) AS n""",
        "counter": _counter("bucket", "counter"),
        "day_counter": _counter("day", "day_counter"),
        # A row for each of a thousand days.
        "lead_day": _lead_days(),
        "load_kept": """INSERT INTO load_kept (span, first_day)
            SELECT 1, current_date - 2 - n FROM generate_series(1, 1000) AS n""",
        "load_sum": f"""INSERT INTO load_sum (span, first_day, manager_id, {_LOAD})
            SELECT 1, {_DAY}, gen_random_uuid(), {", ".join("0" for _ in NAMES)} {_SERIES}
            ORDER BY 2""",
        "load_part": f"""INSERT INTO load_part (day, part, manager_id, sums)
            SELECT {_DAY}, 0, gen_random_uuid(), '' {_SERIES} ORDER BY 1""",
        "held_change": f"""INSERT INTO held_change (manager_id, at, known_on, begun, ended, units)
            SELECT gen_random_uuid(), {_PAST}, current_date, 1, 0, 1000 {_SERIES}""",
        "rolled": "INSERT INTO rolled (is_only, until) VALUES (true, current_date - 2)",
    },
}
# As many rows as there are managers or sources, however long the company works.
SMALL = frozenset({"source", "manager", "contact", "rolled", "lead_day", "load_kept", "sale_day"})
