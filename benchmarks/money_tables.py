"""The facts of two years of advertising by chance, and what telling them would write."""

from typing import Final

from services.kpi.domain.paths.segments import KEPT_UNITS
from services.kpi.domain.paths.sums import LOOKBACKS

_NUMBERS: Final = "generate_series(CAST(:begin AS bigint), CAST(:end AS bigint)) AS n"
# Three in ten are of somebody who came before. A chance that is the same whenever it is asked for.
_INVENTED: Final = f"""
SELECT n, CAST(md5('inquiry' || n) AS uuid) AS inquiry_id,
    CAST(md5('lead' || n) AS uuid) AS lead_id,
    CAST(md5('contact' || CASE WHEN a % 10 < 3 THEN b % n ELSE n END) AS uuid) AS contact_id,
    CAST(:first AS timestamptz) + (b % 63072000) * interval '1 second' AS at, a % 10 < 3 AS again,
    CAST(md5('source' || c % 20) AS uuid) AS source_id, 'site' || c % 20 AS source_key,
    (ARRAY['form', 'call', 'email'])[1 + c % 3] AS channel, c % 20 AS source, d, e
FROM {_NUMBERS}, LATERAL (SELECT abs(hashint8(n)) AS a, abs(hashint8(n + 1000000000)) AS b,
    abs(hashint8(n + 2000000000)) AS c, abs(hashint8(n + 3000000000)) AS d,
    abs(hashint8(n + 4000000000)) AS e) AS chance
"""
FILL: Final = (
    f"""INSERT INTO inquiry (inquiry_id, contact_id, known_at, received_at, source_id, source_key,
        channel, is_test, is_repeat, priority_class, region, product, utm_source, utm_campaign,
        click_kinds)
    SELECT inquiry_id, contact_id, at, at, source_id, source_key, channel, false, again, 'normal',
        'region ' || floor(80 * power(d % 1000 / 1000.0, 3)), 'product ' || source % 10,
        CASE WHEN e % 10 < 6 THEN 'ads ' || source % 5 END,
        CASE WHEN e % 10 < 6 THEN 'campaign ' || source * 5 + e % 5 END, ''
    FROM ({_INVENTED}) AS i""",
    f"""INSERT INTO lead (lead_id, contact_id, inquiry_id, known_at, opened_at, received_at,
        source_id, channel, pool, pipeline, stage, priority_class, is_test, units_milli)
    SELECT lead_id, contact_id, inquiry_id, at, at, at, source_id, channel, 'default', 'sales',
        'new', 'normal', false, 1000 FROM ({_INVENTED}) AS i WHERE NOT again""",
    f"""INSERT INTO lead_story (lead_id, known_on, known_until, contact_id, inquiry_id, opened_at,
        received_at, is_test, source_id, channel, priority_class, pool, pipeline, stage, reopened,
        arrivals, visits, holdings)
    SELECT lead_id, CAST(at AS date), 'infinity', contact_id, inquiry_id, at, at, false, source_id,
        channel, 'normal', 'default', 'sales', 'new', 0, '[]', '[]', '[]'
    FROM ({_INVENTED}) AS i WHERE NOT again""",
    f"""INSERT INTO sale_event (event_id, sale_id, kind, says, version, known_at, contact_id, at,
        amount, currency)
    SELECT CAST(md5('sold' || n) AS uuid), CAST(md5('order' || n) AS uuid), 'purchase', 'sold', 1,
        sold_at, contact_id, sold_at, 100 + d % 900, 'RUB'
    FROM ({_INVENTED}) AS i, LATERAL (SELECT at + (d % 30) * interval '1 day 1 hour') AS s (sold_at)
    WHERE e % 5 = 0""",
    f"""INSERT INTO untold (contact_id, since)
    SELECT DISTINCT contact_id, CAST('-infinity' AS date) FROM ({_INVENTED}) AS i""",
)
# As `domain/paths` tells them, but that of a person's earlier inquiries the last one counts alone.
DRAW: Final = f"""
CREATE UNLOGGED TABLE drawn AS SELECT *, hashtext(CAST(inquiry_id AS text)) & 1023 AS chance,
    ROW(source_id, channel, ad_channel, campaign, region, product)::text AS named
FROM (
    SELECT inquiry_id, contact_id, at, again AS is_repeat, source_id, channel,
        CASE WHEN e % 10 < 6 THEN 'ads ' || source % 5 END AS ad_channel,
        CASE WHEN e % 10 < 6 THEN 'campaign ' || source * 5 + e % 5 END AS campaign,
        'region ' || floor(80 * power(d % 1000 / 1000.0, 3)) AS region,
        'product ' || source % 10 AS product,
        CASE WHEN d % 50 = 7 THEN 1 + e % 60 ELSE 0 END AS corrected_after,
        CASE WHEN d % 25 = 3 THEN 1 + e % 3 ELSE 0 END AS told_after
    FROM ({_INVENTED}) AS i
) AS i
"""
SEGMENTS: Final = """
SELECT DISTINCT source_id, channel, ad_channel, campaign, region, product FROM drawn
"""
PARTS: Final = """
CREATE UNLOGGED TABLE part AS
SELECT n.*, ROW(source, channel, ad_channel, campaign, region, product)::text
    AS named
FROM unnest(CAST(:numbers AS bigint[]), CAST(:groupings AS smallint[]), CAST(:parts AS bigint[]),
    CAST(:source AS uuid[]), CAST(:channel AS text[]), CAST(:ad_channel AS text[]),
    CAST(:campaign AS text[]), CAST(:region AS text[]), CAST(:product AS text[]))
    AS n (segment_id, grouping, part_id, source, channel, ad_channel, campaign, region, product)
"""
KEEP_SEGMENTS: Final = """
INSERT INTO segment SELECT part_id, source, channel, ad_channel, campaign, region, product
FROM part ON CONFLICT DO NOTHING
"""
_NOWHERE: Final = (
    "(SELECT segment_id AS nowhere FROM part WHERE grouping = 63 AND channel IS NULL) AS n"
)
_KEPT: Final = f"""(VALUES {
    ", ".join(f"({grouping}, '{unit}')" for grouping, units in KEPT_UNITS.items() for unit in units)
}) AS u (grouping, unit)"""
_BEGINS: Final = """CASE unit WHEN 'quarter' THEN date_bin('15 minutes', at, '2000-01-01T00:00Z')
    ELSE date_trunc(unit, at) END"""
_ALIKE: Final = """(CAST(:sets AS bigint[]))[1 + CAST(source_id = (earlier).source_id AS int)
    + 2 * CAST(channel = (earlier).channel AS int)
    + 4 * CAST(ad_channel IS NOT DISTINCT FROM (earlier).ad_channel AS int)
    + 8 * CAST(campaign IS NOT DISTINCT FROM (earlier).campaign AS int)
    + 16 * CAST(region = (earlier).region AS int)
    + 32 * CAST(product = (earlier).product AS int)]"""


def _reach(days: str) -> str:
    lookbacks = ", ".join(map(str, LOOKBACKS))
    return f"(SELECT min(l) FROM unnest(ARRAY[{lookbacks}]) AS l WHERE l >= {days})"


TOLD: Final = (
    "ANALYZE drawn",
    "ANALYZE part",
    """INSERT INTO arrival (inquiry_id, known_on, known_until, person_id, at, segment_id, is_target,
        lead_id)
    SELECT inquiry_id, v.known_on, v.known_until, contact_id, at, segment_id,
        NOT is_repeat AND v.is_last, CASE WHEN NOT is_repeat AND v.is_last THEN inquiry_id END
    FROM drawn JOIN part USING (named), LATERAL (
        SELECT CAST(at AS date) AS known_on, CAST(at AS date) + corrected_after AS known_until,
            false AS is_last WHERE corrected_after > 0
        UNION ALL SELECT CAST(at AS date) + corrected_after, 'infinity', true) AS v
    WHERE grouping = 63""",
    f"""INSERT INTO again (inquiry_id, earlier_id, known_on, known_until, at, earlier_at,
        segment_id, groupings)
    SELECT inquiry_id, (earlier).inquiry_id, CAST(at AS date), 'infinity', at, (earlier).at,
        segment_id,
        {_ALIKE}
    FROM (SELECT drawn.*, part.segment_id, lag(drawn) OVER (PARTITION BY contact_id
            ORDER BY at, inquiry_id) AS earlier FROM drawn JOIN part USING (named)
        WHERE grouping = 63) AS each
    WHERE earlier IS DISTINCT FROM NULL""",
    """CREATE UNLOGGED TABLE sold AS
    SELECT inquiry_id AS sale_id, contact_id, s.at, known_on, 100 + chance AS amount, segment_id,
        age, is_repeat, drawn.source_id, drawn.channel, drawn.ad_channel, drawn.campaign,
        drawn.region, drawn.product
    FROM drawn JOIN part USING (named), LATERAL (
        SELECT at + (chance % 30) * interval '1 day 1 hour',
            chance % 30 + (chance % 30) / 24 + 1) AS s (at, age),
        LATERAL (SELECT CAST(s.at AS date) + told_after AS known_on) AS k
    WHERE grouping = 63 AND chance % 5 = 0""",
    f"""INSERT INTO sale (sale_id, known_on, known_until, person_id, contact_id, purchase_id, at,
        amount, currency, number, previous_at, origins)
    SELECT sale_id, known_on, 'infinity', contact_id, contact_id, sale_id, at, amount, 'RUB',
        row_number() OVER person, lag(at) OVER person, CASE WHEN age > 1
            THEN format('[[7, 1, %1$s, %2$s], [7, %1$s, 731, %3$s]]', age, nowhere, segment_id)
            ELSE format('[[7, 1, 731, %s]]', segment_id) END
    FROM sold, {_NOWHERE} WINDOW person AS (PARTITION BY contact_id ORDER BY at, sale_id)""",
    f"""INSERT INTO credit (sale_id, since_days, segment_id, models, known_on, known_until, at,
        parts, whole, amount, currency, is_off)
    SELECT sale_id, since_days, c.segment_id, models, known_on, 'infinity', at, parts, whole,
        amount * parts / whole, 'RUB', false
    FROM sold, {_NOWHERE}, LATERAL (
        VALUES (age, sold.segment_id, 31, 1, 1), (1, nowhere, 31, 1, 1), (age, nowhere, 31, -1, 1),
            (age + 40, sold.segment_id, 24, -1, 2), (age + 40, nowhere + 0 * age, 24, 1, 2))
            AS c (since_days, segment_id, models, parts, whole)
    WHERE (c.segment_id <> nowhere OR whole = 2 OR age > 1) AND (whole = 1 OR is_repeat)""",
    f"""INSERT INTO sold_again (sale_id, earlier_id, since_days, models, known_on, known_until,
        until_days, at, earlier_at, segment_id, groupings, is_third)
    SELECT sale_id, (earlier).sale_id, since_days, 7, known_on, 'infinity', until_days, at,
        (earlier).at, p.segment_id, groupings, number > 2
    FROM (SELECT sold.*, lag(sold) OVER person AS earlier, row_number() OVER person AS number
        FROM sold WINDOW person AS (PARTITION BY contact_id ORDER BY at, sale_id)) AS each,
        {_NOWHERE}, LATERAL (SELECT greatest(age, (earlier).age) AS older) AS a, LATERAL (
            SELECT 1, older, nowhere, -1 WHERE older > 1
            UNION ALL SELECT older, 731, segment_id, {_ALIKE}
        ) AS p (since_days, until_days, segment_id, groupings)
    WHERE earlier IS DISTINCT FROM NULL""",
    f"""INSERT INTO arrival_sum
    SELECT unit, grouping, {_BEGINS}, part_id, count(*), count(*) FILTER (WHERE is_target),
        count(lead_id)
    FROM arrival JOIN part USING (segment_id) JOIN {_KEPT} USING (grouping)
    WHERE known_until = 'infinity' GROUP BY 1, 2, 3, 4""",
    """INSERT INTO again_sum
    SELECT grouping, date_trunc('month', at), date_trunc('month', earlier_at), part_id, count(*)
    FROM again JOIN part USING (segment_id)
    WHERE grouping <> 63 AND groupings >> grouping & 1 = 1 GROUP BY 1, 2, 3, 4""",
    f"""INSERT INTO credit_sum
    SELECT unit, grouping, {_BEGINS}, part_id, models, whole, currency, {_reach("since_days")},
        sum(parts), sum(amount)
    FROM credit JOIN part USING (segment_id) JOIN {_KEPT} USING (grouping)
    WHERE grouping > 0 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(parts) <> 0""",
    f"""INSERT INTO sale_sum
    SELECT unit, grouping, {_BEGINS}, part_id, 7, 'RUB', {_reach("day")},
        coalesce(sum(sign) FILTER (WHERE number = 1), 0),
        coalesce(sum(sign) FILTER (WHERE number > 1), 0), 0, 0, sum(sign), 0,
        coalesce(sum(sign * amount) FILTER (WHERE number = 1), 0),
        coalesce(sum(sign * amount) FILTER (WHERE number > 1), 0), 0
    FROM sale, LATERAL jsonb_array_elements(CAST(origins AS jsonb)) AS one,
        LATERAL (VALUES (CAST(one ->> 1 AS int), 1), (CAST(one ->> 2 AS int), -1)) AS v (day, sign)
        JOIN part ON true JOIN {_KEPT} USING (grouping)
    WHERE part.segment_id = CAST(one ->> 3 AS bigint) AND grouping > 0 AND day < 731
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(sign) <> 0 OR sum(sign * amount) <> 0""",
    f"""INSERT INTO sale_sum
    SELECT unit, 0, {_BEGINS}, nowhere, 7, 'RUB', 1, count(*) FILTER (WHERE number = 1),
        count(*) FILTER (WHERE number > 1), 0, 0, count(*), 0,
        coalesce(sum(amount) FILTER (WHERE number = 1), 0),
        coalesce(sum(amount) FILTER (WHERE number > 1), 0), 0
    FROM sale, {_NOWHERE} JOIN {_KEPT} ON grouping = 0 GROUP BY 1, 2, 3, 4""",
    f"""INSERT INTO sold_again_sum
    SELECT grouping, date_trunc('month', at), date_trunc('month', earlier_at), part_id, 7,
        CASE WHEN grouping = 0 THEN 1 ELSE {_reach("day")} END, sum(sign),
        coalesce(sum(sign) FILTER (WHERE is_third), 0)
    FROM sold_again JOIN part USING (segment_id), LATERAL (
        VALUES (since_days, 1), (until_days, -1)) AS v (day, sign)
    WHERE grouping NOT IN (3, 48, 63) AND groupings >> grouping & 1 = 1 AND day < 731
        AND (grouping > 0 OR (since_days = 1 AND sign = 1))
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0""",
    "DROP TABLE sold",
    "DROP TABLE drawn, part",
)
