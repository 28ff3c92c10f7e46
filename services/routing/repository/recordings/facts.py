"""The facts of leads as they were recorded, to try rules on. A lead does not remember its city."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.routing.domain.facts import CAMPAIGN, Facts
from shared.database import Session
from shared.errors import NotFoundError

NOT_RECORDED = ("city",)
_COLUMNS = """l.lead_id, l.number, l.pool, l.pipeline, l.stage, l.channel, l.source_id, l.language,
    l.region, l.product, l.expected_amount AS amount, l.expected_currency AS currency, l.facts AS
    more, l.priority_class, l.received_at, l.state <> 'merged' AND NOT l.is_test AS counts"""
_OF_LEAD = f"SELECT {_COLUMNS} FROM lead AS l WHERE l.lead_id = :lead_id"
_OF_INQUIRY = """
SELECT lead_id, channel, source_id, language, priority_class, received_at
FROM lead_inquiry WHERE inquiry_id = :inquiry_id
"""
_LIST = f"""
SELECT {_COLUMNS} FROM lead AS l
WHERE (l.received_at, l.number) > (:at, :number) ORDER BY l.received_at, l.number LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class RecordedLead:
    """`more` are the facts without a column; `counts`: it is neither a test nor merged."""

    lead_id: UUID
    number: int
    pool: str
    pipeline: str
    stage: str
    channel: str
    source_id: UUID
    language: str | None
    region: str | None
    product: str | None
    amount: Decimal | None
    currency: str | None
    more: Mapping[str, str]
    priority_class: str
    received_at: datetime
    counts: bool

    @property
    def source_pool(self) -> str | None:
        return self.more.get("source_pool")

    def facts(self, *, at: datetime | None = None) -> Facts:
        """As of the moment when it was received, or another one."""
        more = self.more
        texts = {name: _present(more.get(name)) for name in CAMPAIGN}
        texts |= {
            "source": _present(more.get("source_key"), str(self.source_id)),
            "channel": (self.channel,),
            "region": _present(self.region),
            "language": _present(self.language),
            "priority_class": (self.priority_class,),
            "product": _present(self.product),
            "city": (),
            "campaign": texts["utm_campaign"],
        }
        return Facts(texts, at or self.received_at, self.amount, self.currency)


def _present(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)


async def get_recorded_lead(session: Session, lead_id: UUID) -> RecordedLead:
    """Raises NotFoundError."""
    row = (await session.execute(_OF_LEAD, {"lead_id": lead_id})).first()
    if row is None:
        raise NotFoundError("There is no such lead.")
    return RecordedLead(**row)


async def get_recorded_inquiry(session: Session, inquiry_id: UUID) -> RecordedLead:
    """The lead of the inquiry, with the facts of that inquiry as far as they are known.

    Raises NotFoundError.
    """
    row = (await session.execute(_OF_INQUIRY, {"inquiry_id": inquiry_id})).first()
    if row is None:
        raise NotFoundError("There is no such inquiry.")
    lead = await get_recorded_lead(session, row.lead_id)
    same_source = row.source_id == lead.source_id
    return replace(
        lead,
        channel=row.channel,
        source_id=row.source_id,
        language=row.language,
        priority_class=row.priority_class,
        received_at=row.received_at,
        more=lead.more if same_source else {},
    )


async def list_recorded_leads(
    session: Session, *, after: tuple[datetime, int], limit: int
) -> Sequence[RecordedLead]:
    """Leads by the time they were received, behind (moment, number)."""
    params = {"at": after[0], "number": after[1], "limit": limit}
    return [RecordedLead(**row) for row in await session.execute(_LIST, params)]
