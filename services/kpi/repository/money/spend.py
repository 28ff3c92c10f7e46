"""Spend in its versions, and the sums of it for reports."""

from typing import Final

from services.kpi.domain.spend.lines import SpendLine
from services.kpi.repository.lines import Ledger
from services.kpi.tables.money import spend

# The versions, and those that they take the place of.
_ADD_TO_SUMS: Final = """
INSERT INTO spend_sum (unit, begins, source_key, ad_channel, campaign, currency, known_in, lines,
    amount)
SELECT unit, CAST(date_trunc(unit, CAST(day AS timestamp)) AS date), source, channel, name,
    currency,
    CAST(date_trunc('month', CAST(:recorded_at AS timestamptz) AT TIME ZONE 'UTC') AS date),
    sum(sign), sum(sign * amount)
FROM unnest(CAST(:spend_id AS uuid[]), CAST(:version AS integer[])) AS n (id, added)
    CROSS JOIN LATERAL (VALUES (added, 1), (added - 1, -1)) AS v (number, sign)
    JOIN spend ON spend_id = id AND version = number
    CROSS JOIN LATERAL (VALUES ('month', source_key, ad_channel, campaign), ('day', '', '', ''))
        AS u (unit, source, channel, name)
WHERE amount IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (unit, begins, source_key, ad_channel, campaign, currency, known_in) DO UPDATE
SET lines = spend_sum.lines + excluded.lines, amount = spend_sum.amount + excluded.amount
"""
SPEND: Final = Ledger(
    noun="spend",
    table=spend,
    line=SpendLine,
    fields=SpendLine._fields,
    key=("spend_id",),
    value="amount",
    lock="leadflow:kpi:spend",
    sums=_ADD_TO_SUMS,
)
