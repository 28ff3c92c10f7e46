"""Makes of sales by chance those of people who come again, as telling them would write it."""

from typing import Final

# Half as many people as sales, of whom few buy most, and fifty products, of which some sell more.
LOYAL: Final = (
    """
UPDATE sale SET person_id = person, contact_id = person, number = drawn.number,
    previous_at = drawn.previous_at,
    product = 'product ' || floor(50 * power(chance % 1000 / 1000.0, 2)),
    manager_id = (CAST(:managers AS uuid[]))[1 + chance / 1000 % 200]
FROM (
    SELECT *, row_number() OVER their AS number, lag(at) OVER their AS previous_at FROM (
        SELECT sale_id AS id, at, chance, CAST(md5('buyer' || floor(
            power(chance % 100003 / 100003.0, 2) * sales / 2)) AS uuid) AS person
        FROM (SELECT sale_id, at, abs(hashtext(CAST(sale_id AS text))) AS chance,
            count(*) OVER () AS sales FROM sale) AS one
    ) AS each WINDOW their AS (PARTITION BY person ORDER BY at, id)
) AS drawn WHERE sale_id = id
""",
    "TRUNCATE sold_again, sold_again_sum",
    """
INSERT INTO sold_again (sale_id, earlier_id, since_days, models, known_on, known_until, until_days,
    at, earlier_at, segment_id, groupings, is_third)
SELECT sale_id, gen_random_uuid(), 1, 7, known_on, known_until, 731, at, previous_at,
    (SELECT min(segment_id) FROM segment), 1, number > 2
FROM sale WHERE previous_at IS NOT NULL
""",
    """
INSERT INTO sold_again_sum
SELECT 0, date_trunc('month', at), date_trunc('month', earlier_at), segment_id, 7, 1, count(*),
    count(*) FILTER (WHERE is_third) FROM sold_again GROUP BY 1, 2, 3, 4
""",
)
