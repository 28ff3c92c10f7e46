"""The rule by which a win and an order are one sale, and how far a change of it was carried out."""

from typing import Final, NamedTuple
from uuid import UUID

from shared.database import Session

# A rebuild works in a schema of its own, by the rule that holds where it does not reach.
_GET: Final = "SELECT same_sale_hours, counted_to FROM public.sale_rule"
# All sales are counted again only when the rule became another one.
_SET: Final = """
UPDATE sale_rule SET same_sale_hours = :hours,
    counted_to = CASE WHEN same_sale_hours = :hours THEN counted_to ELSE :nobody END
"""
_ADVANCE: Final = "UPDATE sale_rule SET counted_to = CAST(:contact_id AS uuid)"
_NEXT: Final = """
SELECT DISTINCT contact_id FROM sale_event WHERE contact_id > :after
ORDER BY contact_id LIMIT :limit
"""
NOBODY: Final = UUID(int=0)  # comes before every contact


class SaleRule(NamedTuple):
    """`counted_to`: the contact up to whom sales follow the rule; None: all do."""

    same_sale_hours: int
    counted_to: UUID | None


async def get_rule(session: Session) -> SaleRule:
    return SaleRule(**(await session.execute(_GET)).one())


async def set_rule(session: Session, hours: int) -> None:
    """Set the rule; the sales have to be locked."""
    await session.execute(_SET, {"hours": hours, "nobody": NOBODY})


async def advance_to(session: Session, contact_id: UUID | None) -> None:
    """The sales of all contacts up to this one follow the rule; None: of all there are."""
    await session.execute(_ADVANCE, {"contact_id": contact_id})


async def list_contacts_with_sales(session: Session, *, after: UUID, limit: int) -> list[UUID]:
    """The next contacts of whose sales something was said, in order."""
    rows = await session.execute(_NEXT, {"after": after, "limit": limit})
    return rows.scalars()
