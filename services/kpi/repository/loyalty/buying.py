"""Everybody who bought in a period, with what of all they have bought lies in it."""

from typing import Final

from services.kpi.repository.money.relations import View

# What stands in `buyer` is what is known now; what was known on an earlier day is told by the rows
# of sales, all of the time before the end of the period.
_AS_KNOWN: Final = """
buyer AS MATERIALIZED (
    SELECT person_id, min(at) AS first_at, max(at) AS last_at,
        array_agg(at ORDER BY at, sale_id) AS ats,
        array_agg(coalesce(product, '') ORDER BY at, sale_id) AS products,
        CAST(NULL AS double precision) AS usual_seconds, CAST(NULL AS text) AS currency,
        CAST(NULL AS integer[]) AS priced, CAST(NULL AS numeric[]) AS sums,
        array_agg(amount ORDER BY at, sale_id) AS amounts,
        array_agg(currency ORDER BY at, sale_id) AS currencies
    FROM sale AS s WHERE s.at < :ends_at AND {version} AND taken_back_at IS NULL
    GROUP BY person_id
), """
# The number of sales before a moment: there are no moments between two microseconds.
_BEFORE: Final = "width_bucket(CAST({moment} AS timestamptz) - interval '1 microsecond', ats)"


def buying(view: View) -> str:
    """Clauses up to `buying`: the rows of `buyer`, with how many sales lie `before` the period and
    how many are `reached` at its end. Takes what `view.params` gives.
    """
    return f"""
WITH {_as_known(view)}buying AS NOT MATERIALIZED (
    SELECT * FROM (
        SELECT buyer.*, {_BEFORE.format(moment=":begins_at")} AS before,
            {_BEFORE.format(moment=":ends_at")} AS reached
        FROM buyer WHERE last_at >= :begins_at AND first_at < :ends_at OFFSET 0
    ) AS counted WHERE reached > before
)"""


def _as_known(view: View) -> str:
    return "" if view.known_on is None else _AS_KNOWN.format(version=view.version("s"))


IS_WHOLE: Final = "before = 0 AND reached = cardinality(ats)"
BOUGHT: Final = f"CASE WHEN {IS_WHOLE} THEN products ELSE products[before + 1 : reached] END"
_MIXED: Final = """(
    SELECT {sum} FROM unnest(amounts[before + 1 : reached], currencies[before + 1 : reached])
        AS sold (amount, currency) WHERE sold.currency = CAST(:currency AS text))"""


def _in_currency(column: str, total: str) -> str:
    # In one currency money is the difference of two sums; the few others add it up.
    return f"""CASE WHEN currency = CAST(:currency AS text)
        THEN {column}[reached] - coalesce({column}[before], 0)
        WHEN currencies IS NOT NULL THEN {_MIXED.format(sum=total)} ELSE 0 END"""


PRICED: Final = _in_currency("priced", "count(sold.amount)")
AMOUNT: Final = _in_currency("sums", "coalesce(sum(sold.amount), 0)")
