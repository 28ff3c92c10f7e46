"""Two years of sales by chance: who bought what of which manager, half of them by leads won."""

from typing import Final

SOLD: Final = (
    """CREATE UNLOGGED TABLE drawn AS
    SELECT CAST(md5('sale' || n) AS uuid) AS sale_id, CAST(:first AS timestamptz)
            + (a % 63072000) * interval '1 second' AS at,
        CAST(md5('buyer' || floor(power(b % 1000003 / 1000003.0, 1.5) * :customers)) AS uuid)
            AS person_id,
        'product ' || floor(:products * power(c % 1000 / 1000.0, 2)) AS product,
        (CAST(:managers AS uuid[]))[1 + d % cardinality(CAST(:managers AS uuid[]))] AS manager_id,
        100 + e % 90000 / 100.0 AS amount, e % 2 = 0 AS is_win
    FROM generate_series(CAST(1 AS bigint), :sales) AS n,
        LATERAL (SELECT abs(hashint8(n)) AS a, abs(hashint8(n + 1000000000)) AS b,
            abs(hashint8(n + 2000000000)) AS c, abs(hashint8(n + 3000000000)) AS d,
            abs(hashint8(n + 4000000000)) AS e) AS chance""",
    """INSERT INTO sale (sale_id, known_on, known_until, person_id, contact_id, lead_id,
        purchase_id, at, amount, currency, product, manager_id, number, previous_at, origins)
    SELECT sale_id, CAST(at AS date), 'infinity', person_id, person_id,
        CASE WHEN is_win THEN sale_id END, CASE WHEN NOT is_win THEN sale_id END, at, amount, 'RUB',
        CASE WHEN NOT is_win THEN product END, manager_id,
        row_number() OVER person, lag(at) OVER person, '[]'
    FROM drawn WINDOW person AS (PARTITION BY person_id ORDER BY at, sale_id) ORDER BY drawn.at""",
    """INSERT INTO lead_story (lead_id, known_on, known_until, contact_id, inquiry_id, opened_at,
        received_at, is_test, source_id, channel, priority_class, pool, pipeline, stage, reopened,
        product, won_at, owner_id, arrivals, visits, holdings)
    SELECT sale_id, CAST(at AS date), 'infinity', person_id, sale_id, at - interval '5 days',
        at - interval '5 days', false, person_id, 'form', 'normal', 'default', 'sales', 'won', 0,
        product, at, manager_id, '[]', '[]', '[]' FROM drawn WHERE is_win ORDER BY drawn.at""",
    "DROP TABLE drawn",
)
HIRED: Final = """
INSERT INTO manager (manager_id, version, known_at, changed_at, name, capacity, time_zone)
SELECT manager_id, 1, :first, :first, 'manager ' || place, 10, 'Europe/Moscow'
FROM unnest(CAST(:managers AS uuid[])) WITH ORDINALITY AS n (manager_id, place)
"""
# One in fifty of what was closed last, and three in a thousand of all before, is taken back.
TAKEN_BACK: Final = """
UPDATE sale SET taken_back_at = at, number = NULL
WHERE taken_back_at IS NULL AND at >= :first AND at < :end
    AND abs(hashtext(CAST(sale_id AS text))) % 1000 < CASE WHEN at >= :last THEN 20 ELSE 3 END
RETURNING sale_id, at
"""
