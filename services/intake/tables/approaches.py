"""What came of the contacts of lists that were to be approached by an event."""

from sqlalchemy import Column, Table, Text, Uuid

from services.intake.tables.schema import MOMENT, metadata

# Written once: of whom it says something, no repeated event says anything else. A list may name
# contacts that nobody knows here.
approach = Table(
    "approach",
    metadata,
    Column("list_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("receipt_id", Uuid),
    Column("at", MOMENT, nullable=False),
)
