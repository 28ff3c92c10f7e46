"""Puts an invented past into a running Leadflow.

Orders and spend go through the doors, which take what was. Leads of other years go through no door:
their events are written into the journals of those who emit them, with the moments at which they
happened, and the services' own `restore` brings their tables to what these say.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.state import Folder
from services.intake.service import INTAKE
from services.routing.service import ROUTING
from shared.clock import system_clock
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import Campaign, ContactDetails
from shared.contracts.leads import LeadLost, LeadStageChanged, LeadWon
from shared.database import open_database, transaction
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit
from shared.service import Service
from tests.e2e.year.company import Company, Lead, Order, phone_of
from tests.support.event_streams import EventStreams, some_id
from tests.support.stack import Stack

SITE, SHOP = "site", "shop"


async def remember_leads(
    stack: Stack, company: Company, *, managers: dict[str, str], source_id: str
) -> None:
    streams = EventStreams()
    for lead in company.leads:
        _live(streams, lead, UUID(managers[lead.manager]), UUID(source_id))
    # Leads come first: an inquiry that is in one already opens none.
    for service, topic in ((ROUTING, "leads"), (INTAKE, "inquiries")):
        own = [item for item in streams.events if item.envelope.topic == topic]
        await _remember(stack, service, own)


async def _remember(stack: Stack, service: Service[Any], events: Sequence[ReceivedEvent]) -> None:
    postgres = PrivatePostgres(Folder(stack.data).postgres)
    database = open_database(postgres.url(service.name, service.name), service=service.name)
    assert service.restore is not None
    try:
        async with transaction(database) as session:
            await service.restore(session, events, now=system_clock())
            for item in events:
                emit(session, item.event, now=item.envelope.time)
    finally:
        await database.close()


def _live(streams: EventStreams, lead: Lead, manager_id: UUID, source_id: UUID) -> None:
    streams.at = lead.at
    contact_id = some_id("contact", lead.name)
    place = {"channel": lead.channel, "source_id": source_id, "received_at": lead.at}
    inquiry_id = some_id("inquiry", lead.name)
    streams.emit(
        InquiryReceived(
            inquiry_id=inquiry_id,
            contact_id=contact_id,
            contact=ContactDetails(name=f"Клиент {lead.name}", phones=(phone_of(lead),)),
            campaign=Campaign(utm_source=lead.ad_channel or None),
            region=lead.region,
            product_interest=lead.product,
            source_key=SITE,
            **place,
        )
    )
    lead_id = streams.opened(
        lead.name, inquiry=inquiry_id, contact=contact_id, pipeline="default", **place
    )
    streams.assigned(lead_id, contact_id, manager_id)
    streams.accepted(lead_id, contact_id, manager_id)
    who = {"manager_id": manager_id}
    stages = {"from_stage": "new", "to_stage": "offer"}
    streams.on_lead(LeadStageChanged, lead_id, contact_id, **stages, **who)
    streams.at = lead.closed_at - timedelta(minutes=1)
    if lead.order is None:
        streams.on_lead(LeadLost, lead_id, contact_id, loss_reason="price", **who)
    else:
        money = {"amount": lead.order.amount, "currency": "RUB"}
        facts = {"order_id": lead.order.order_id}
        streams.on_lead(LeadWon, lead_id, contact_id, facts=facts, **money, **who)


def body_of(order: Order) -> dict[str, Any]:
    """As a shop tells of it."""
    return {
        "source_key": SHOP,
        "order_id": order.order_id,
        "amount": str(order.amount),
        "currency": "RUB",
        "purchased_at": order.at.isoformat(),
        "product": order.product,
        "region": order.region,
        "contact": {"phones": [order.phone]},
    }
