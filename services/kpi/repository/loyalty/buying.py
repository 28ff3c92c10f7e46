"""Everybody who bought in a period, with what of all they have bought lies in it."""

from typing import Final

from services.kpi.repository.money.relations import View

# What stands in `buyer` is what is known now; what was known on an earlier day is told by the rows
# of sales, all of the time before the end of the period. Money is added up with them.
_AS_KNOWN: Final = """
buyer AS MATERIALIZED (
    SELECT person_id, min(at) AS first_at, max(at) AS last_at,
        array_agg(at ORDER BY at, sale_id) AS ats,
        array_agg(coalesce(product, '') ORDER BY at, sale_id) AS products,
        CAST(NULL AS double precision) AS usual_seconds{money}
    FROM sale AS s WHERE s.at < :ends_at AND {version} AND taken_back_at IS NULL
    GROUP BY person_id
), """
_IN_CURRENCY: Final = "FILTER (WHERE at >= :begins_at AND currency = CAST(:currency AS text))"
_MONEY_AS_KNOWN: Final = f""",
        count(amount) {_IN_CURRENCY} AS priced, coalesce(sum(amount) {_IN_CURRENCY}, 0) AS amount"""
# The number of sales before a moment: there are no moments between two microseconds.
_BEFORE: Final = "width_bucket(CAST({moment} AS timestamptz) - interval '1 microsecond', ats)"


def buying(view: View, *, with_money: bool = False) -> str:
    """Clauses up to `buying`: the rows of `buyer`, with how many sales lie `before` the period and
    how many are `reached` at its end. Takes what `view.params` gives, and with money `currency`.
    """
    return f"""
WITH {_as_known(view, with_money)}buying AS NOT MATERIALIZED (
    SELECT * FROM (
        SELECT buyer.*, {_BEFORE.format(moment=":begins_at")} AS before,
            {_BEFORE.format(moment=":ends_at")} AS reached
        FROM buyer WHERE last_at >= :begins_at AND first_at < :ends_at OFFSET 0
    ) AS counted WHERE reached > before
)"""


def _as_known(view: View, with_money: bool) -> str:
    if view.known_on is None:
        return ""
    money = _MONEY_AS_KNOWN if with_money else ""
    return _AS_KNOWN.format(version=view.version("s"), money=money)


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


_PRICED: Final = _in_currency("priced", "count(sold.amount)")
_AMOUNT: Final = _in_currency("sums", "coalesce(sum(sold.amount), 0)")


def money_of(view: View) -> str:
    """SQL, of `buying` with money, of the sales that have an amount in the currency."""
    if view.known_on is not None:
        return "priced, amount"
    return f"{_PRICED} AS priced, {_AMOUNT} AS amount"
