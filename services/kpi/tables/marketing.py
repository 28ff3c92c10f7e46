"""Budgets of advertising in all their versions: kpi's own, so that no replay brings them back."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Numeric, Table, Text, text

from services.kpi.tables.schema import MOMENT, metadata

# Rows are only added; the highest version is true. An amount that is null was taken back.
budget = Table(
    "budget",
    metadata,
    Column("month", Date, primary_key=True),
    Column("ad_channel", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("amount", Numeric),
    Column("author", Text, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    Index(
        "budget_latest",
        "month",
        "ad_channel",
        "currency",
        unique=True,
        postgresql_where=text("is_latest"),
    ),
)
