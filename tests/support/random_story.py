"""A consistent story by chance: leads worked and merged, contacts joined, split and forgotten."""

import random
from dataclasses import dataclass, field
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ConsentRecorded, ContactErased, ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.contracts.leads import (
    LeadInquiryAttached,
    LeadLost,
    LeadMerged,
    LeadReopened,
    LeadReturned,
    LeadWon,
)
from tests.support.event_streams import Told, some_id

PEOPLE = 3
MANAGERS = 3


@dataclass(eq=False)
class SmallWorld:
    """`place` tells which lead each inquiry is in; `births` whose contact each lead was born to."""

    choice: random.Random
    told: Told = field(default_factory=Told)
    births: dict[UUID, UUID] = field(default_factory=dict)
    place: dict[UUID, UUID] = field(default_factory=dict)
    merged: set[UUID] = field(default_factory=set)
    step: int = 0

    def live(self, steps: int) -> Told:
        deeds = (
            self.open, self.attach, self.move, self.merge, self.part, self.assign, self.end,
            self.reopen, self.join, self.call, self.act, self.consent, self.correct, self.erase,
        )  # fmt: skip
        self.open()
        for self.step in range(1, steps):
            self.choice.choice(deeds)()
        return self.told

    def contact(self) -> UUID:
        return some_id("contact", self.choice.randrange(PEOPLE))

    def manager(self) -> UUID:
        return some_id("manager", self.choice.randrange(MANAGERS))

    def lead(self) -> UUID:
        return self.choice.choice([lead for lead in self.births if lead not in self.merged])

    def open(self) -> None:
        contact = self.contact()
        inquiry = self.told.inquiry(self.step, contact=contact, is_test=self.choice.random() < 0.1)
        lead = self.told.opened(self.step, inquiry=inquiry, contact=contact)
        self.births[lead] = contact
        self.place[inquiry] = lead

    def attach(self) -> None:
        lead = self.lead()
        call = Call(direction="incoming", outcome="answered", answered_at=self.told.at)
        inquiry = self.told.inquiry(self.step, contact=self.births[lead], call=call)
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
        self.told.on_lead(LeadMerged, lead, contact, into=into, inquiry_ids=moved)
        self.merged.add(lead)
        for inquiry in moved:
            self._bring(inquiry, into)

    def part(self) -> None:
        """What was merged is opened again, with some of the inquiries that it had."""
        if not self.merged:
            return
        lead = self.choice.choice(sorted(self.merged))
        self.merged.remove(lead)
        self.told.on_lead(LeadReopened, lead, self.births[lead], reason="contacts_parted")
        for inquiry, where in list(self.place.items()):
            if where != lead and self.choice.random() < 0.5:
                self._bring(inquiry, lead)

    def _bring(self, inquiry: UUID, lead: UUID) -> None:
        self.told.on_lead(
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
        self.told.assigned(lead, contact, manager)
        if self.choice.random() < 0.6:
            self.told.accepted(lead, contact, manager)
        else:
            self.told.on_lead(LeadReturned, lead, contact, manager_id=manager, epoch=1)

    def end(self) -> None:
        lead = self.lead()
        if self.choice.random() < 0.5:
            self.told.on_lead(LeadWon, lead, self.births[lead], amount=10, currency="RUB")
        else:
            self.told.on_lead(LeadLost, lead, self.births[lead], loss_reason="price")

    def reopen(self) -> None:
        lead = self.lead()
        self.told.on_lead(LeadReopened, lead, self.births[lead])

    def join(self) -> None:
        self.told.tell(
            ContactRelinked(
                contact_id=self.contact(),
                canonical_id=self.contact(),
                batch_id=some_id(self.step),
                reason="phone",
                relinked_at=self.told.at,
            )
        )

    def call(self) -> None:
        self.told.tell(
            CallObserved(
                observation_id=some_id("call", self.step),
                contact_id=self.contact(),
                source_id=some_id("source", "pbx"),
                occurred_at=self.told.at,
                received_at=self.told.at,
                call=Call(direction="outgoing", outcome="answered", to="+79990000001"),
            )
        )

    def act(self) -> None:
        lead = self.lead()
        self.told.tell(
            ActivityRecorded(
                activity_id=some_id("activity", self.step),
                contact_id=self.births[lead],
                lead_id=lead,
                manager_id=self.manager(),
                kind=self.choice.choice(["call", "note", "meeting"]),
                direction="outgoing",
                at=self.told.at,
                learned_at=self.told.at,
            )
        )

    def consent(self) -> None:
        self.told.tell(ConsentRecorded(contact_id=self.contact(), given=True, at=self.told.at))

    def correct(self) -> None:
        inquiry = self.choice.choice(sorted(self.place))
        contact = next(
            item.event.contact_id
            for item in self.told.heard
            if isinstance(item.event, InquiryReceived) and item.event.inquiry_id == inquiry
        )
        changes = {"text": f"corrected {self.step}", "is_test": self.choice.random() < 0.2}
        self.told.tell(
            InquiryUpdated(
                inquiry_id=inquiry, contact_id=contact, changed_at=self.told.at, changes=changes
            )
        )

    def erase(self) -> None:
        if self.choice.random() < 0.3:
            births = {self.contact(), self.contact()}
            contact = self.choice.choice(sorted(births))
            self.told.tell(
                ContactErased(contact_id=contact, birth_ids=sorted(births), erased_at=self.told.at)
            )
