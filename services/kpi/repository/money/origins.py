"""What a sale is credited to, as rows of `sale` keep it, in SQL."""

from typing import Final

from services.kpi.domain.attribution import MODELS
from services.kpi.domain.sale_columns.stretches import FIRST_ORIGIN

# The conditions take a model and a lookback.
ORIGINS: Final = """, LATERAL (
    SELECT CAST(one ->> 0 AS smallint) AS models, CAST(one ->> 1 AS smallint) AS since_days,
        CAST(one ->> 2 AS smallint) AS until_days, CAST(one ->> 3 AS bigint) AS segment_id
    FROM jsonb_array_elements(CAST(s.origins AS jsonb)) AS one) AS o"""
CHOSEN: Final = (
    "{0}.models & CAST(:model AS smallint) <> 0"
    " AND {0}.since_days <= :lookback_days AND {0}.until_days > :lookback_days"
)
# What they take unless somebody asks for something else, as `sale_day` keeps it.
USUAL: Final = {"model": 1 << MODELS.index("last_non_direct"), "lookback_days": 90}
_USUAL: Final = (
    CHOSEN.format("o")
    .replace(":model", str(USUAL["model"]))
    .replace(":lookback_days", str(USUAL["lookback_days"]))
)
# The segment of a sale `s` by the usual model, or nothing. A rebuild keeps days in a schema of its
# own, and segments where all are.
SEGMENT: Final = f"""LEFT JOIN LATERAL (
    SELECT segment.* FROM (SELECT 1) AS one {ORIGINS}, public.segment AS segment
    WHERE {_USUAL} AND segment.segment_id = o.segment_id
) AS segment ON true"""
_BYTE: Final = "set_byte(CAST('\\x00' AS bytea), 0, {})"
# As `Stretch` has them.
CREDITS: Final = f"""LEFT JOIN LATERAL (
    SELECT string_agg({_BYTE.format("o.models + o.first")} || int2send(o.since_days)
        || int2send(o.until_days) || int8send(o.segment_id), CAST('' AS bytea)
        ORDER BY o.first DESC, o.since_days, o.models) AS origins
    FROM (SELECT o.*, CASE row_number() OVER (ORDER BY o.since_days, o.models, o.segment_id)
            WHEN 1 THEN {FIRST_ORIGIN} ELSE 0 END AS first
        FROM (SELECT 1) AS one {ORIGINS}) AS o
) AS credited ON true"""
NO_CREDIT: Final = f"({_BYTE.format(FIRST_ORIGIN)} || CAST('\\x000000000000000000000000' AS bytea))"
# What days of sales keep of it beside the product.
ORIGIN_AXES: Final = ("source", "channel", "ad_channel", "campaign", "region")
# Of whom an order is, as plans and reports on sales tell it, by axis.
VALUES: Final = {
    "source": "CAST(segment.source AS text)",
    "channel": "segment.channel",
    "campaign": "segment.campaign",
    "region": "coalesce(s.region, segment.region)",
    "product": "coalesce(s.product, segment.product)",
    "manager": "CAST(s.manager_id AS text)",
}
