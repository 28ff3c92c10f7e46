"""What bounds spend and the reports on money."""

from tests.contract.limits import BYTES, COUNT, Chapter, Limit

_KPI = "services.kpi"

MONEY = (
    Chapter(
        "Spend and sales",
        (
            Limit("lines of spend in a request", f"{_KPI}.schemas.spend:MOST_LINES", COUNT, "422"),
            Limit("a table of spend", f"{_KPI}.routes.spend:MAX_TABLE_BYTES", BYTES, "413"),
            Limit(
                "rows of a table of spend",
                f"{_KPI}.domain.spend.tables:MAX_ROWS",
                COUNT,
                "nothing of it is recorded, and it is told",
            ),
            Limit(
                "a table of targets, of a budget or of facts of territories",
                f"{_KPI}.routes.lines:MAX_TABLE_BYTES",
                BYTES,
                "413",
            ),
            Limit(
                "rows of such a table",
                f"{_KPI}.domain.lines.tables:MAX_ROWS",
                COUNT,
                "nothing of it is recorded, and it is told",
            ),
            Limit(
                "what a cell of a table, or of a plan's file, names",
                f"{_KPI}.domain.lines.tables:LONGEST_NAME",
                "characters",
                "422",
            ),
            Limit(
                "faults of a table, or of a plan's file, that are named",
                f"{_KPI}.domain.lines.tables:MOST_FAULTS",
                COUNT,
                "the others are counted in `fault_count`",
            ),
            Limit(
                "digits and signs of a number in a table",
                f"{_KPI}.domain.lines.cells:MOST_DIGITS",
                "characters",
                "it is no number",
            ),
            Limit(
                "the name of an advertising channel or a campaign",
                f"{_KPI}.domain.spend.lines:LONGEST_NAME",
                "characters",
                "422",
            ),
            Limit(
                "days before a sale in which inquiries may be credited",
                f"{_KPI}.domain.paths.credits:MOST_LOOKBACK_DAYS",
                COUNT,
                "422",
            ),
            Limit(
                "inquiries of a sale's path",
                f"{_KPI}.domain.paths.credits:MOST_TOUCH_POINTS",
                COUNT,
                "those nearest to the sale are credited",
            ),
            Limit(
                "what is known of people and not told yet, as reports on money say it",
                f"{_KPI}.repository.money.untold:MOST_COUNTED",
                COUNT,
                "it is counted no further",
            ),
            Limit(
                "people not told yet, while what is made of sales is kept",
                f"{_KPI}.use_cases.money.completeness:MOST_UNTOLD",
                COUNT,
                "503 with `Retry-After`: plans of a past, forecasts, lists, closing a month",
            ),
            Limit(
                "a mark of a link that is compared without case",
                f"{_KPI}.domain.paths.segments:_LONGEST_WORD",
                "characters",
                "a longer one stays as it is",
            ),
            Limit(
                "hours that a win and an order of one sale may lie apart",
                f"{_KPI}.schemas.money.sales:MOST_HOURS",
                COUNT,
                "422",
            ),
            Limit(
                "rows of a report as a table",
                f"{_KPI}.use_cases.exports:MOST_EXPORTED_ROWS",
                COUNT,
                "413",
            ),
            Limit(
                "cells of a report as a table",
                f"{_KPI}.use_cases.exports:MOST_EXPORTED_CELLS",
                COUNT,
                "413",
            ),
            Limit(
                "groups of the funnel and of response times",
                f"{_KPI}.domain.largest:MOST_GROUPS",
                COUNT,
                "the smallest are left out and counted in `more`; a table has them all",
            ),
            Limit(
                "dimensions of the funnel of many leads; of response times one less",
                f"{_KPI}.repository.reports.kept_days:MOST_DIMENSIONS",
                COUNT,
                "422 naming `group_by`",
            ),
            Limit(
                "rows of a report on money",
                f"{_KPI}.use_cases.money.views:MOST_ROWS",
                COUNT,
                "the smallest groups are left out and counted in `more`",
            ),
        ),
    ),
)
