"""A consistent story by chance: leads worked and merged, contacts joined, split and forgotten."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ConsentRecorded, ContactErased, ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.contracts.leads import (
    LeadInquiryAttached,
    LeadLost,
    LeadMerged,
    LeadParked,
    LeadReopened,
    LeadReturned,
    LeadWon,
)
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from tests.support.event_streams import EventStreams, some_id

PEOPLE = 3
MANAGERS = 3
ORDERS = 6


@dataclass(eq=False)
class SmallWorld:
    """`place` tells which lead each inquiry is in; `births` whose contact each lead was born to."""

    choice: random.Random
    streams: EventStreams = field(default_factory=EventStreams)
    births: dict[UUID, UUID] = field(default_factory=dict)
    place: dict[UUID, UUID] = field(default_factory=dict)
    merged: set[UUID] = field(default_factory=set)
    step: int = 0
    longest_pause: int = 0  # hours that may pass between one deed and the next

    def live(self, steps: int) -> EventStreams:
        deeds = (
            self.open, self.attach, self.move, self.merge, self.part, self.assign, self.end,
            self.reopen, self.join, self.call, self.act, self.consent, self.correct, self.erase,
            self.buy, self.cancel,
        )  # fmt: skip
        self.open()
        for self.step in range(1, steps):
            self.choice.choice(deeds)()
            if self.longest_pause:
                self.streams.at += timedelta(hours=self.choice.randrange(self.longest_pause))
        return self.streams

    def contact(self) -> UUID:
        return some_id("contact", self.choice.randrange(PEOPLE))

    def manager(self) -> UUID:
        return some_id("manager", self.choice.randrange(MANAGERS))

    def lead(self) -> UUID:
        return self.choice.choice([lead for lead in self.births if lead not in self.merged])

    def open(self) -> None:
        contact = self.contact()
        inquiry = self.streams.inquiry(
            self.step, contact=contact, is_test=self.choice.random() < 0.1
        )
        lead = self.streams.opened(self.step, inquiry=inquiry, contact=contact)
        self.births[lead] = contact
        self.place[inquiry] = lead

    def attach(self) -> None:
        lead = self.lead()
        call = Call(direction="incoming", outcome="answered", answered_at=self.streams.at)
        inquiry = self.streams.inquiry(self.step, contact=self.births[lead], call=call)
        self._bring(inquiry, lead)

    def move(self) -> None:
        inquiry, lead = self.choice.choice(sorted(self.place)), self.lead()
        if self.place[inquiry] != lead:
            self._bring(inquiry, lead)

    def merge(self) -> None:
        lead, into = self.lead(), self.lead()
        if lead == into:
            return
        moved = [inquiry for inquiry, where in self.place.items() if where == lead]
        contact = self.births[lead]
        self.streams.on_lead(LeadMerged, lead, contact, into=into, inquiry_ids=moved)
        self.merged.add(lead)
        for inquiry in moved:
            self._bring(inquiry, into)

    def part(self) -> None:
        """What was merged is opened again, with some of the inquiries that it had."""
        if not self.merged:
            return
        lead = self.choice.choice(sorted(self.merged))
        self.merged.remove(lead)
        self.streams.on_lead(LeadReopened, lead, self.births[lead], reason="contacts_parted")
        for inquiry, where in list(self.place.items()):
            if where != lead and self.choice.random() < 0.5:
                self._bring(inquiry, lead)

    def _bring(self, inquiry: UUID, lead: UUID) -> None:
        self.streams.on_lead(
            LeadInquiryAttached,
            lead,
            self.births[lead],
            inquiry_id=inquiry,
            from_lead_id=self.place.get(inquiry),
        )
        self.place[inquiry] = lead

    def assign(self) -> None:
        lead, manager = self.lead(), self.manager()
        contact = self.births[lead]
        self.streams.assigned(lead, contact, manager)
        if self.choice.random() < 0.6:
            self.streams.accepted(lead, contact, manager)
        else:
            self.streams.on_lead(LeadReturned, lead, contact, manager_id=manager, epoch=1)

    def end(self) -> None:
        lead = self.lead()
        if self.choice.random() < 0.5:
            self.streams.on_lead(LeadWon, lead, self.births[lead], amount=10, currency="RUB")
        else:
            self.streams.on_lead(LeadLost, lead, self.births[lead], loss_reason="price")

    def reopen(self) -> None:
        lead = self.lead()
        self.streams.on_lead(LeadReopened, lead, self.births[lead])

    def join(self) -> None:
        self.streams.emit(
            ContactRelinked(
                contact_id=self.contact(),
                canonical_id=self.contact(),
                batch_id=some_id(self.step),
                reason="phone",
                relinked_at=self.streams.at,
            )
        )

    def call(self) -> None:
        self.streams.emit(
            CallObserved(
                observation_id=some_id("call", self.step),
                contact_id=self.contact(),
                source_id=some_id("source", "pbx"),
                occurred_at=self.streams.at,
                received_at=self.streams.at,
                call=Call(direction="outgoing", outcome="answered", to="+79990000001"),
            )
        )

    def act(self) -> None:
        lead = self.lead()
        self.streams.emit(
            ActivityRecorded(
                activity_id=some_id("activity", self.step),
                contact_id=self.births[lead],
                lead_id=lead,
                manager_id=self.manager(),
                kind=self.choice.choice(["call", "note", "meeting"]),
                direction="outgoing",
                at=self.streams.at,
                learned_at=self.streams.at,
            )
        )

    def consent(self) -> None:
        self.streams.emit(
            ConsentRecorded(contact_id=self.contact(), given=True, at=self.streams.at)
        )

    def correct(self) -> None:
        inquiry = self.choice.choice(sorted(self.place))
        contact = next(
            item.event.contact_id
            for item in self.streams.events
            if isinstance(item.event, InquiryReceived) and item.event.inquiry_id == inquiry
        )
        changes = {
            "text": f"corrected {self.step}",
            "is_test": self.choice.random() < 0.2,
            "spam": {"reasons": self.choice.choice([[], ["rejected"]])},
        }
        self.streams.emit(
            InquiryUpdated(
                inquiry_id=inquiry, contact_id=contact, changed_at=self.streams.at, changes=changes
            )
        )

    def buy(self) -> None:
        """An order, or what is known of one now: it stays its buyer's."""
        order = self.choice.randrange(ORDERS)
        self.streams.emit(
            PurchaseRecorded(
                **self._order(order),
                amount=self.choice.choice([10, 20]),
                currency="RUB",
                purchased_at=self.streams.at,
            )
        )

    def cancel(self) -> None:
        order = self.choice.randrange(ORDERS)
        self.streams.emit(PurchaseCancelled(**self._order(order), cancelled_at=self.streams.at))

    def _order(self, order: int) -> dict[str, Any]:
        return {
            "contact_id": some_id("contact", order % PEOPLE),
            "purchase_id": some_id("purchase", order),
            "source_id": some_id("source", "shop"),
            "external_id": str(order),
        }

    def erase(self) -> None:
        if self.choice.random() < 0.3:
            births = {self.contact(), self.contact()}
            contact = self.choice.choice(sorted(births))
            self.streams.emit(
                ContactErased(
                    contact_id=contact, birth_ids=sorted(births), erased_at=self.streams.at
                )
            )
            for lead, born in self.births.items():
                if born in births and lead not in self.merged:
                    self.streams.on_lead(LeadParked, lead, born, reason="erased")
