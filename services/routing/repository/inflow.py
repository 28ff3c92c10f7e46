"""How many more leads the inflow limits of managers allow at a moment."""

# Of a manager `m`, at `:now`: null without limits. At most as many assignments are read as a limit
# allows.
_LEFT = """
m.{limit} - (SELECT count(*) FROM (
    SELECT FROM assignment AS a WHERE a.manager_id = m.manager_id
        AND a.assigned_at > CAST(:now AS timestamptz) - interval '{span}'
    LIMIT m.{limit}) AS x)
"""
# The least of those that there are: nulls are passed over.
ALLOWANCE = f"""least(
    CASE WHEN m.hourly_limit IS NOT NULL THEN
        {_LEFT.format(limit="hourly_limit", span="1 hour")} END,
    CASE WHEN m.daily_limit IS NOT NULL THEN
        {_LEFT.format(limit="daily_limit", span="1 day")} END)"""
