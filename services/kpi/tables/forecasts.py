"""Forecasts that were made: owned by kpi, so that no replay brings these back. None is changed."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Numeric, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.kpi.tables.schema import MOMENT, metadata

# The past that was known, of what it is, and the errors of the combination.
forecast = Table(
    "forecast",
    metadata,
    Column("forecast_id", Uuid, primary_key=True),
    Column("measure", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("key", Text),
    Column("currency", Text),
    Column("time_zone", Text, nullable=False),
    Column("past_from", Date, nullable=False),
    Column("past_to", Date, nullable=False),
    Column("past_steps", Integer, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("season", Integer, nullable=False),
    Column("origins", Integer, nullable=False),
    Column("mape", Numeric),
    Column("mase", Numeric),
    Column("bias", Numeric),
    Column("coverage", Numeric),
    Column("total_p10", Numeric),
    Column("total_p50", Numeric),
    Column("total_p90", Numeric),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
    Index("forecast_of_measure", "measure", "forecast_id"),
    Index(
        "forecast_of_cut", "measure", "axis", text("coalesce(key, '')"),
        text("coalesce(currency, '')"), "step", "time_zone", "forecast_id",
    ),
)  # fmt: skip


def _of_forecast() -> Column[object]:
    parent = ForeignKey("forecast.forecast_id", ondelete="CASCADE")
    return Column("forecast_id", Uuid, parent, primary_key=True)


# What each method says of each step, and its errors.
forecast_method = Table(
    "forecast_method",
    metadata,
    _of_forecast(),
    Column("name", Text, primary_key=True),
    Column("weight", Numeric, nullable=False),
    Column("mape", Numeric),
    Column("mase", Numeric),
    Column("bias", Numeric),
    Column("path", ARRAY(Numeric), nullable=False),
)

# The combination, by the first day of each step; `methods_p50` is the likeliest value without
# opinions.
forecast_step = Table(
    "forecast_step",
    metadata,
    _of_forecast(),
    Column("day", Date, primary_key=True),
    Column("p10", Numeric, nullable=False),
    Column("p50", Numeric, nullable=False),
    Column("p90", Numeric, nullable=False),
    Column("methods_p50", Numeric, nullable=False),
)

# What has a part in steps of some days: the methods together, and kinds of opinions.
forecast_voice = Table(
    "forecast_voice",
    metadata,
    _of_forecast(),
    Column("first", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("end", Date, nullable=False),
    Column("weight", Numeric, nullable=False),
    Column("value", Numeric, nullable=False),
    Column("mape", Numeric),
    Column("judged", Integer),
)
