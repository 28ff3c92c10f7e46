"""People who were erased: by whom, how far it has come, and which services have confirmed it.

Nothing here names anybody: `contact_ids` are nobody's any more, and `pattern`, by which copies are
searched, is emptied when the search is over.
"""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.domain.erasing import ErasureReason, ErasureStep
from services.intake.tables.schema import MOMENT, metadata

_REASONS = ", ".join(f"'{reason}'" for reason in ErasureReason)
_STEPS = ", ".join(f"'{step}'" for step in ErasureStep)

erasure = Table(
    "erasure",
    metadata,
    Column("erasure_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("contact_ids", ARRAY(Uuid), nullable=False),
    Column("reason", Text, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("erased_at", MOMENT, nullable=False),
    Column("step", Text, nullable=False),
    # Up to where this step has come: ids as text, in its order.
    Column("place", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("pattern", Text),
    Column("search_from", Uuid, nullable=False),
    Column("rows", JSON, nullable=False, server_default=text("'{}'")),
    Column("blanked_at", MOMENT),
    Column("confirmed_at", MOMENT),
    CheckConstraint(f"reason IN ({_REASONS})", name="erasure_reason_known"),
    CheckConstraint(f"step IN ({_STEPS})", name="erasure_step_known"),
    Index("erasure_open", "erasure_id", postgresql_where=text("confirmed_at IS NULL")),
    Index("erasure_contacts", "contact_ids", postgresql_using="gin"),
)

erasure_confirmation = Table(
    "erasure_confirmation",
    metadata,
    Column("erasure_id", Uuid, ForeignKey("erasure.erasure_id"), primary_key=True),
    Column("service", Text, primary_key=True),
    Column("confirmed_at", MOMENT, nullable=False),
    Column("rows", JSON, nullable=False),
)
