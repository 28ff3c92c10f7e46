"""A company that plans: two years of sales, and what was foretold, set and asked of them, as SQL.

Its leads are those of `benchmarks.indicator_weeks`: sales are of the same sources and managers.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from benchmarks.indicator_events import FIRST, MANAGERS, SOURCES
from services.kpi.domain.paths.segments import KEPT_UNITS, Segment, restricted, segment_id
from shared.ids import derived_id

WEEKS: Final = 104
DAYS: Final = 7 * WEEKS
NOW: Final = FIRST + timedelta(days=DAYS, hours=9)
PLAN_FROM: Final = date(2025, 1, 1)  # a year of which all months but the last are over
CHANNELS: Final = ("form", "call", "chat", "mail")
REGIONS, PRODUCTS, CAMPAIGNS_EACH = 80, 50, 5
MANAGER_IDS: Final = [derived_id("manager", number) for number in range(MANAGERS)]
SOURCE_IDS: Final = [derived_id("source", number) for number in range(SOURCES)]
NOWHERE: Final = 0  # of the grouping by nothing
EVERYTHING: Final = max(KEPT_UNITS)
_KEPT: Final = ", ".join(
    f"({grouping}, '{unit}')" for grouping, units in KEPT_UNITS.items() for unit in units
)


def segments() -> Iterator[tuple[int, int, int, Segment]]:
    """Each segment by its number, and by each grouping by which sums are kept what it is part of:
    number, grouping, id, segment.
    """
    number = 0
    for source, source_id in enumerate(SOURCE_IDS):
        for campaign in range(CAMPAIGNS_EACH):
            for region in range(REGIONS):
                whole = Segment(
                    source_id,
                    CHANNELS[source % len(CHANNELS)],
                    f"ads {source % 5}",
                    f"campaign {source * CAMPAIGNS_EACH + campaign}",
                    f"region {region}",
                    f"product {source % 10 * CAMPAIGNS_EACH + campaign}",
                )
                for grouping in KEPT_UNITS:
                    part = restricted(whole, grouping)
                    yield number, grouping, segment_id(part), part
                number += 1


PARTS: Final = """
CREATE UNLOGGED TABLE part AS
SELECT * FROM unnest(CAST(:numbers AS integer[]), CAST(:groupings AS smallint[]),
    CAST(:parts AS bigint[]), CAST(:source AS uuid[]), CAST(:channel AS text[]),
    CAST(:ad_channel AS text[]), CAST(:campaign AS text[]), CAST(:region AS text[]),
    CAST(:product AS text[]))
    AS p (number, grouping, part_id, source, channel, ad_channel, campaign, region, product)
"""
# Many more sales in the first regions, and two in three of them orders without a lead.
_SEGMENT: Final = f"""a % {SOURCES * CAMPAIGNS_EACH} * {REGIONS}
    + CAST(floor({REGIONS} * power(b % 1000 / 1000.0, 3)) AS integer)"""
SALES: Final = (
    """INSERT INTO segment SELECT DISTINCT part_id, source, channel, ad_channel, campaign, region,
        product FROM part""",
    f"""CREATE UNLOGGED TABLE bought AS
    SELECT n, segment, at, person, 100 + a % 9900 AS amount, c % {MANAGERS} AS manager,
        row_number() OVER their AS number, lag(at) OVER their AS previous_at,
        2000000 * CAST(date_part('epoch', lag(at) OVER their - lag(at, 2) OVER their) AS bigint)
            AS usual_halves
    FROM generate_series(1, CAST(:sales AS bigint)) AS n,
        LATERAL (SELECT abs(hashint8(n)) AS a, abs(hashint8(n + 1000000000)) AS b,
            abs(hashint8(n + 2000000000)) AS c, abs(hashint8(n + 3000000000)) AS d) AS chance,
        LATERAL (SELECT {_SEGMENT} AS segment,
            CAST(:first AS timestamptz) + (b % ({DAYS} * 86400)) * interval '1 second' AS at,
            CAST(floor(power(d % 100003 / 100003.0, 2) * :sales / 2) AS bigint) AS person) AS told
    WINDOW their AS (PARTITION BY person ORDER BY at, n)""",
    f"""INSERT INTO sale (sale_id, known_on, known_until, person_id, contact_id, lead_id,
        purchase_id, at, amount, currency, product, region, manager_id, number, previous_at,
        usual_halves, origins)
    SELECT CAST(md5('sale' || n) AS uuid), CAST(at AS date), 'infinity',
        CAST(md5('buyer' || person) AS uuid), CAST(md5('buyer' || person) AS uuid),
        CASE WHEN n % 3 = 0 THEN CAST(md5('lead' || n) AS uuid) END,
        CAST(md5('sale' || n) AS uuid), at, amount, 'RUB', product, region,
        (CAST(:managers AS uuid[]))[1 + manager], bought.number, previous_at, usual_halves,
        format('[[7, 1, 731, %s]]', part_id)
    FROM bought JOIN part ON part.number = segment AND grouping = {EVERYTHING}""",
    f"""INSERT INTO sale_sum
    SELECT unit, grouping, CASE unit
            WHEN 'quarter' THEN date_bin('15 minutes', at, '2000-01-01T00:00Z')
            ELSE date_trunc(unit, at) END,
        part_id, 7, 'RUB', 1, count(*) FILTER (WHERE bought.number = 1),
        count(*) FILTER (WHERE bought.number > 1), 0, 0, count(*), 0,
        coalesce(sum(amount) FILTER (WHERE bought.number = 1), 0),
        coalesce(sum(amount) FILTER (WHERE bought.number > 1), 0), 0
    FROM bought JOIN part ON part.number = segment
        JOIN (VALUES {_KEPT}) AS u (grouping, unit) USING (grouping)
    GROUP BY 1, 2, 3, 4""",
    "DROP TABLE bought, part",
)
# Of everything that can be foretold, each measure by months, and money of regions by days as well.
FORECASTS: Final = (
    f"""CREATE UNLOGGED TABLE foretold AS
    SELECT gen_random_uuid() AS forecast_id, measure, step, axis, key,
        CASE measure WHEN 'revenue' THEN 'RUB' END AS currency, made_on, steps
    FROM (
        SELECT 'company' AS axis, CAST(NULL AS text) AS key
        UNION ALL SELECT 'region', 'region ' || n FROM generate_series(0, {REGIONS - 1}) AS n
        UNION ALL SELECT 'product', 'product ' || n FROM generate_series(0, {PRODUCTS - 1}) AS n
        UNION ALL SELECT 'campaign', 'campaign ' || n
            FROM generate_series(0, {SOURCES * CAMPAIGNS_EACH - 1}) AS n
        UNION ALL SELECT 'channel', n FROM unnest(CAST(:channels AS text[])) AS n
        UNION ALL SELECT 'pipeline', n FROM unnest(ARRAY['sales', 'service']) AS n
        UNION ALL SELECT 'source', CAST(n AS text) FROM unnest(CAST(:sources AS uuid[])) AS n
        UNION ALL SELECT 'manager', CAST(n AS text) FROM unnest(CAST(:managers AS uuid[])) AS n
    ) AS of, (VALUES ('revenue', 'month', 12), ('quantity', 'month', 12),
        ('conversion', 'month', 12), ('revenue', 'day', 30)) AS what (measure, step, steps),
        LATERAL (SELECT CAST(made AS date) AS made_on FROM generate_series(
            TIMESTAMP '2024-12-01', '2025-12-01', interval '2 months') AS made) AS made
    WHERE step = 'month' OR axis = 'region'""",
    """INSERT INTO forecast (forecast_id, measure, step, axis, key, currency, time_zone, past_from,
        past_to, past_steps, gaps, season, origins, mape, mase, bias, coverage, total_p10,
        total_p50, total_p90, made_at, made_by)
    SELECT forecast_id, measure, step, axis, key, currency, 'Europe/Moscow', DATE '2024-01-01',
        made_on, 12, 0, 12, 3, 0.1, 0.9, 0, 0.8, 1000, 2000, 3000, made_on, 'x' FROM foretold""",
    """INSERT INTO forecast_step (forecast_id, day, p10, p50, p90, methods_p50)
    SELECT forecast_id, CAST(made_on + n * CAST('1 ' || step AS interval) AS date), value * 0.8,
        value, value * 1.2, value
    FROM foretold, generate_series(0, steps - 1) AS n, LATERAL (
        SELECT CASE WHEN measure = 'conversion' THEN 0.1 ELSE 1000 END
            + abs(hashtext(coalesce(key, '') || n)) % 1000 / 1000.0 AS value) AS v""",
    """INSERT INTO forecast_method (forecast_id, name, weight, mape, mase, bias, path)
    SELECT forecast_id, name, 0.2, 0.1, 0.9, 0, array_fill(1000.5, ARRAY[steps])
    FROM foretold, unnest(ARRAY['theta', 'ets_additive', 'ets_multiplicative', 'moving_average',
        'seasonal_naive']) AS name""",
    "DROP TABLE foretold",
)
CORRECTIONS: Final = 1000  # of a goal and of a potential
TERRITORIES: Final = (
    """INSERT INTO territory (territory_id, version, is_latest, name, parent_id, region, changed_at,
        changed_by)
    SELECT CAST(md5(name) AS uuid), 1, true, name, CAST(md5(parent) AS uuid), region,
        CAST(:now AS timestamptz), 'x'
    FROM (SELECT 'country' AS name, CAST(NULL AS text) AS parent, CAST(NULL AS text) AS region
        UNION ALL SELECT 'district ' || n, 'country', NULL FROM generate_series(0, 9) AS n
        UNION ALL SELECT 'region ' || n, 'district ' || n % 10, 'region ' || n
            FROM generate_series(0, CAST(:regions AS integer) - 1) AS n
        UNION ALL SELECT 'town ' || n, 'region ' || n % CAST(:regions AS integer), NULL
            FROM generate_series(1, CAST(:towns AS integer)) AS n) AS t""",
    """INSERT INTO territory_fact (fact_id, version, is_latest, territory_id, kind, product, day,
        value, currency, source, author, recorded_at)
    SELECT gen_random_uuid(), 1, true, territory_id, kind, '', DATE '2024-01-01' + 31 * n, 1000 + n,
        CASE kind WHEN 'income' THEN 'RUB' END, 'statistics', 'x', CAST(:now AS timestamptz)
    FROM territory, unnest(ARRAY['population', 'income']) AS kind, generate_series(0, 23) AS n
    WHERE region IS NOT NULL""",
    """INSERT INTO potential (potential_id, version, is_latest, territory_id, product, measure,
        currency, first, "end", market, sales, assumption, changed_at, changed_by)
    SELECT gen_random_uuid(), 1, true, territory_id, 'product ' || p, 'revenue', 'RUB',
        DATE '2025-01-01', DATE '2027-01-01', 200000000000, 100000000000,
        'as told', CAST(:now AS timestamptz), 'x'
    FROM territory, generate_series(0, 19) AS p WHERE region IS NOT NULL""",
    f"""INSERT INTO potential (potential_id, version, is_latest, territory_id, product, measure,
        currency, first, "end", market, sales, assumption, changed_at, changed_by)
    SELECT potential_id, n, false, territory_id, product, measure,
        currency, first, "end", market, sales, 'assumption ' || n, p.changed_at, p.changed_by
    FROM potential AS p JOIN territory USING (territory_id), generate_series(2, {CORRECTIONS}) AS n
    WHERE name = 'region 3' AND product = 'product 3'""",
    f"""UPDATE potential AS p SET is_latest = p.version = {CORRECTIONS} FROM potential AS q
    WHERE q.potential_id = p.potential_id AND q.version = {CORRECTIONS}""",
)
GOALS: Final = (
    f"""INSERT INTO goal (goal_id, version, is_latest, name, measure, unit, value, first, "end",
        time_zone, axis, key, owner, challenge, potential_ids, kind, changed_at, changed_by)
    SELECT CAST(md5('goal' || n) AS uuid), 1, true, 'goal ' || n, 'revenue', 'RUB', 1000 + n,
        DATE '2025-01-01' + n % 12 * interval '1 month',
        DATE '2026-01-01' + n % 12 * interval '1 month',
        'Europe/Moscow', (ARRAY['region', 'product', 'manager', 'company'])[1 + n % 4],
        CASE n % 4 WHEN 0 THEN 'region ' || n % {REGIONS} WHEN 1 THEN 'product ' || n % {PRODUCTS}
            WHEN 2 THEN CAST((CAST(:managers AS uuid[]))[1 + n % {MANAGERS}] AS text) END,
        'x', 'more', '{{}}', 'set', CAST(:now AS timestamptz), 'x'
    FROM generate_series(0, CAST(:goals AS integer) - 1) AS n""",
    f"""INSERT INTO goal (goal_id, version, is_latest, name, measure, unit, value, first, "end",
        time_zone, axis, key, owner, challenge, potential_ids, kind, reason, changed_at, changed_by)
    SELECT goal_id, n, false, name, measure, unit, value, first, "end",
        time_zone, axis, key, owner, challenge, '{{}}', 'goal', 'reason ' || n, changed_at, 'x'
    FROM goal, generate_series(2, {CORRECTIONS}) AS n WHERE name = 'goal 0'""",
    f"UPDATE goal SET is_latest = version = {CORRECTIONS} WHERE name = 'goal 0'",
)
POLLS: Final = (
    """INSERT INTO opinion_poll (poll_id, kind, name, measure, currency, axis, first, "end", sample,
        round, made_at, made_by, closed_at, closed_by)
    SELECT CAST(md5('poll' || n) AS uuid), (ARRAY['survey', 'executives'])[1 + n % 2],
        'poll ' || n, 'revenue', 'RUB', 'company', DATE '2024-01-01' + n % 24 * interval '1 month',
        DATE '2024-02-01' + n % 24 * interval '1 month', '{}', 1, TIMESTAMPTZ '2023-12-01T00:00Z',
        'x', TIMESTAMPTZ '2023-12-02T00:00Z', 'x'
    FROM generate_series(1, CAST(:polls AS integer)) AS n""",
    """INSERT INTO opinion_answer (poll_id, round, respondent, name, low, likely, high)
    SELECT poll_id, 1, gen_random_uuid(), 'answer ' || n, 10, 20 + n, 300
    FROM opinion_poll, generate_series(1, 100) AS n""",
)
COORDINATION: Final = """
INSERT INTO coordination (coordination_id, plan_id, number, measure, month, cut, cut_digest,
    planned, fact, bridge, origin, opened_at, opened_by, version, state, owner, due)
SELECT gen_random_uuid(), plan_id, 1, 'revenue', DATE '2025-01-01' + n % 10 * interval '1 month',
    jsonb_build_object('region', 'region ' || n / 10), sha256(CAST('cut' || n AS bytea)), 1000,
    900 - n, CAST(:bridge AS jsonb), 'watch', CAST(:now AS timestamptz), 'x', 1,
    (ARRAY['open', 'agreed', 'done'])[1 + n % 3], 'owner ' || n % 100,
    DATE '2025-06-01' + n % 400
FROM plan, generate_series(0, 7999) AS n
"""
