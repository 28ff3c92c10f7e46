"""What came of it, and the latest proof that nothing is missing."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    text,
)

from services.intake.tables.schema import MOMENT, metadata

inquiry = Table(
    "inquiry",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Column("source_id", Uuid, ForeignKey("source.source_id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("normalised_at", MOMENT, nullable=False),
    Column("content", JSON, nullable=False),
    Index("inquiry_submission", "submission_id"),
    Index("inquiry_contact", "contact_id", "inquiry_id"),
    Index("inquiry_received", "received_at", "inquiry_id"),
)

# The latest comparison of intake with the other services, and what differed in it.
reconciliation_result = Table(
    "reconciliation_result",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("computed_at", MOMENT, nullable=False),
    Column("result", JSON, nullable=False),
    CheckConstraint("single", name="reconciliation_result_single"),
)
