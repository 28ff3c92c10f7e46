"""Orders that sources told of.

Invariant: a source's order is one row, however often and in whatever order it is told.
"""

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, Uuid, text

from services.intake.tables.schema import MOMENT, metadata

# An order that was only cancelled so far has no contact and no time of purchase.
purchase = Table(
    "purchase",
    metadata,
    Column("purchase_id", Uuid, primary_key=True),
    Column("source_id", Uuid, ForeignKey("source.source_id"), nullable=False),
    Column("order_id", Text, nullable=False),
    Column("contact_id", Uuid, ForeignKey("contact.contact_id")),
    Column("purchased_at", MOMENT),
    Column("facts", JSON, nullable=False, server_default=text("'{}'")),
    Column("changed_at", MOMENT),
    Column("cancelled_at", MOMENT),
    Column("reason", Text),
    Index("purchase_contact", "contact_id"),
    Index("purchase_moment", "purchased_at", "purchase_id"),
)
