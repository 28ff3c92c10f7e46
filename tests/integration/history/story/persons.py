"""A person with two contacts, a lead of Anna's, a purchase and a report, who writes markup."""

from uuid import UUID

from services.history.handlers import apply
from shared.contracts.contacts import ConsentRecorded, ContactRelinked
from shared.contracts.inquiry import Campaign, ContactDetails
from shared.contracts.leads import LeadInquiryAttached, LeadLost, LeadStageChanged
from shared.contracts.managers import ManagerChanged
from shared.contracts.purchases import PurchaseRecorded
from shared.database import Database
from tests.integration.history.reading import ANNA, BORIS, CONTACT, OTHER
from tests.integration.history.search.searching import written
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

MARKUP = '<script>alert("1")</script> & <b onclick=x>Нужен</b> насос'
FORMULA = "=HYPERLINK(1)"
ANNA_NAME = "Анна Орлова"  # as she is called since she married


async def live(database: Database, door: Door) -> UUID:
    """The story of one person under CONTACT and OTHER; returns Anna's lead."""
    streams = EventStreams()
    first = written(
        streams, 1, contact=CONTACT, text=MARKUP, channel="form",
        details=ContactDetails(
            name='Анна <i>"Петрова"</i>', company="ООО Ромашка", phones=("+79161234567",),
            emails=("anna@example.com",),
        ),
        campaign=Campaign(utm_campaign="осень", page_url="https://shop.example/насосы"),
    )  # fmt: skip
    lead = streams.opened("mine", inquiry=first, contact=CONTACT)
    streams.assigned(lead, CONTACT, ANNA)
    streams.accepted(lead, CONTACT, ANNA)
    streams.on_lead(
        LeadStageChanged, lead, CONTACT, from_stage="new", to_stage="offer", manager_id=ANNA,
        amount=125_000, currency="RUB", actor=f"manager:{ANNA}",
    )  # fmt: skip
    foreign = written(streams, 2, contact=OTHER, text=FORMULA, channel="call")
    other = streams.opened("other", inquiry=foreign, contact=OTHER, pipeline="service")
    streams.assigned(other, OTHER, BORIS)
    streams.on_lead(LeadLost, other, OTHER, loss_reason="дорого")
    streams.emit(
        ContactRelinked(
            contact_id=OTHER, canonical_id=CONTACT, batch_id=some_id("batch"), reason="phone",
            relinked_at=streams.at,
        )
    )  # fmt: skip
    third = written(streams, 3, contact=OTHER, text="Ещё вопрос", channel="email")
    streams.on_lead(LeadInquiryAttached, lead, CONTACT, inquiry_id=third)
    streams.emit(
        PurchaseRecorded(
            contact_id=OTHER, purchase_id=some_id("order"), amount=99_000.5, currency="RUB",
            product="Насос скважинный", purchased_at=streams.at,
        )
    )  # fmt: skip
    streams.emit(ConsentRecorded(contact_id=CONTACT, given=True, at=streams.at, purpose="mailing"))
    for manager, name in ((ANNA, "Анна Смирнова"), (BORIS, "Борис <b>"), (ANNA, ANNA_NAME)):
        streams.emit(
            ManagerChanged(
                manager_id=manager, changed_at=streams.at, name=name, capacity=5, time_zone="UTC"
            )
        )
    await consume(database, apply, streams.events)
    for body in (
        {
            "kind": "call",
            "text": "Договорились о встрече\nв четверг",
            "facts": {"outcome": "answered"},
        },
        {"kind": "note", "text": "Любит, когда звонят утром. " * 60},
    ):
        answer = await door.client.post(
            "/v1/activities",
            json={"lead_id": str(lead), **body},
            headers=door.as_("manager", manager_id=ANNA),
        )
        assert answer.status_code == 201, answer.text
    return lead
