"""Rows by which kpi's tables of managers' load are filled as by years of leads."""

from datetime import UTC, datetime
from typing import Final

from services.kpi.repository.load.days import NAMES

WEEKS: Final = 104
SUMMED: Final = 14  # days
FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday

# Leads come by day, by the hours in which people work, and stay for a week on average.
FILL: Final = (
    """INSERT INTO manager (manager_id, version, known_at, changed_at, name, capacity, time_zone,
        calendar)
    SELECT CAST(md5(CAST(m AS text)) AS uuid), v, at, at, 'Manager ' || m, 20 + v * 5,
        'Europe/Moscow', jsonb_build_object('shifts', jsonb_build_array(jsonb_build_object(
            'days', jsonb_build_array(1, 2, 3, 4, 5), 'from', to_char(make_interval(
            mins => 480 + m), 'HH24:MI'), 'to', to_char(make_interval(mins => 960 + m),
            'HH24:MI'))))
    FROM generate_series(1, :managers) AS m, generate_series(1, 4) AS v,
        LATERAL (SELECT CAST(:first AS timestamptz) + (v - 1) * interval '180 days' AS at) AS t""",
    """INSERT INTO manager_status (manager_id, version, known_at, status, changed_at)
    SELECT CAST(md5(CAST(m AS text)) AS uuid), d * :statuses + n, at, CASE n % 3 WHEN 0
        THEN 'offline' WHEN 1 THEN 'online' ELSE 'busy' END, at
    FROM generate_series(1, :managers) AS m, generate_series(0, 7 * :weeks - 1) AS d,
        generate_series(1, :statuses) AS n, LATERAL (SELECT CAST(:first AS timestamptz)
            + d * interval '1 day' + n * interval '1 hour 13 minutes' + m * interval '31 s' AS at)
        AS t""",
    """CREATE TEMPORARY TABLE holding ON COMMIT DROP AS
    SELECT CAST(md5(CAST(n % :managers + 1 AS text)) AS uuid) AS manager_id, since,
        since - ln(1 - random()) * interval '7 days' AS until, 500 * (1 + n % 3) AS units
    FROM (SELECT n, CAST(:first AS timestamptz) + floor(random() * 7 * :weeks) * interval '1 day'
        + interval '4 hours' + (random() + random()) * interval '7 hours' AS since
        FROM generate_series(1, :holdings) AS n) AS t""",
    """INSERT INTO held_change (manager_id, at, known_on, begun, ended, units)
    SELECT manager_id, at, CAST(at AT TIME ZONE 'UTC' AS date), sum(begun), sum(ended), sum(units)
    FROM (
        SELECT manager_id, since AS at, 1 AS begun, 0 AS ended, units FROM holding
        UNION ALL
        SELECT manager_id, until, 0, 1, -units FROM holding WHERE until < :now
    ) AS change WHERE at < :now GROUP BY 1, 2 ORDER BY 2, 1""",
    """INSERT INTO held_week (manager_id, week, known_week, leads, units)
    SELECT manager_id, week, week, sum(begun - ended), sum(units)
    FROM (SELECT *, CAST(date_trunc('week', at, 'UTC') AT TIME ZONE 'UTC' AS date) AS week
        FROM held_change) AS change
    GROUP BY 1, 2""",
)


ROLLED: Final = "INSERT INTO rolled (is_only, until) VALUES (true, :until)"

_COPIED: Final = f"""generate_series(1, 7 * {WEEKS} / {SUMMED}) AS n
    WHERE {{0}} - {SUMMED} * n >= :first"""
COPY: Final = (
    f"""INSERT INTO load_part (day, part, manager_id, sums)
    SELECT day - {SUMMED} * n, part, manager_id, sums FROM load_part, {_COPIED.format("day")}
    ORDER BY 1, 2, 3""",
    f"""INSERT INTO load_sum (span, first_day, manager_id, {", ".join(NAMES)}, peaks)
    SELECT span, first_day - {SUMMED} * n, manager_id, {", ".join(NAMES)}, peaks
    FROM load_sum, {_COPIED.format("first_day")} ORDER BY 2, 3""",
    f"""INSERT INTO load_kept (span, first_day)
    SELECT span, first_day - {SUMMED} * n FROM load_kept, {_COPIED.format("first_day")}""",
)
