"""How many more leads the inflow limits of managers allow at a moment."""

# Of a manager `m`, at `:now`: null without limits. One look at the assignments of the longer span
# counts for both, and reads no more of them than that span's limit allows.
ALLOWANCE = """CASE WHEN coalesce(m.hourly_limit, m.daily_limit) IS NOT NULL THEN (
    SELECT greatest(0, least(
        m.hourly_limit - count(*) FILTER (
            WHERE x.assigned_at > CAST(:now AS timestamptz) - interval '1 hour'),
        m.daily_limit - count(*)))
    FROM (SELECT a.assigned_at FROM assignment AS a WHERE a.manager_id = m.manager_id
        AND a.assigned_at > CAST(:now AS timestamptz)
            - CASE WHEN m.daily_limit IS NULL THEN interval '1 hour' ELSE interval '1 day' END
        LIMIT coalesce(m.daily_limit, m.hourly_limit)) AS x) END"""
