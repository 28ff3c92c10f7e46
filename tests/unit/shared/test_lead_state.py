"""What a lead's events say of its owner, of merges and of its inquiries, without a database."""

from uuid import UUID

import pytest

from shared.contracts.envelope import Event
from shared.contracts.lead_state import LeadState, advance, links_of
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadInquiryAttached,
    LeadLeaseExpired,
    LeadMerged,
    LeadParked,
    LeadReopened,
    LeadReturned,
    LeadWon,
)
from tests.support.event_streams import MORNING, some_id

LEAD, CONTACT, ANNA = some_id("lead"), some_id("contact"), some_id("manager")


def on_lead(kind: type[Event], **more: object) -> Event:
    members = {"lead_id": LEAD, "contact_id": CONTACT, "version": 1, "at": MORNING, **more}
    return kind.model_validate(members)


@pytest.mark.parametrize(
    ("event", "owner"),
    [
        (
            on_lead(
                LeadAssigned,
                manager_id=ANNA,
                epoch=1,
                round=1,
                accept_by=MORNING,
                first_touch_by=MORNING,
                reason="r",
            ),
            ANNA,
        ),
        (on_lead(LeadAccepted, manager_id=ANNA, epoch=1), ANNA),
        (on_lead(LeadDeclined, manager_id=ANNA, epoch=1), None),
        (on_lead(LeadReturned, manager_id=ANNA, epoch=1), None),
        (on_lead(LeadLeaseExpired, manager_id=ANNA, epoch=1, deadline="accept"), None),
        (on_lead(LeadParked, reason="nobody"), None),
        (on_lead(LeadMerged, into=some_id("other"), inquiry_ids=[]), None),
        (on_lead(LeadWon), some_id("before")),
        (on_lead(LeadReopened), None),
    ],
)
def test_whose_a_lead_is(event: Event, owner: UUID | None) -> None:
    assert advance(LeadState(LEAD, CONTACT, some_id("before")), event).owner_id == owner


def test_an_attachment_takes_the_inquiry_from_where_it_was() -> None:
    inquiry, before = some_id("inquiry"), some_id("before")
    event = on_lead(LeadInquiryAttached, inquiry_id=inquiry, from_lead_id=before)
    assert {(link.lead_id, link.sign) for link in links_of(some_id("e"), event)} == {
        (LEAD, 1),
        (before, -1),
    }
    itself = on_lead(LeadInquiryAttached, inquiry_id=inquiry, from_lead_id=LEAD)
    assert links_of(some_id("e"), itself) == (), "counted twice it could never leave"


def test_a_merged_lead_is_independent_again_once_it_is_reopened() -> None:
    into = some_id("into")
    merged = advance(LeadState(LEAD, CONTACT), on_lead(LeadMerged, into=into, inquiry_ids=[]))
    assert merged.merged_into == into
    assert advance(merged, on_lead(LeadReopened)).merged_into is None


def test_links_sum_up_to_one_place() -> None:
    inquiry = some_id("inquiry")
    moves = [
        on_lead(LeadInquiryAttached, inquiry_id=inquiry),
        on_lead(LeadInquiryAttached, lead_id=ANNA, inquiry_id=inquiry, from_lead_id=LEAD),
        on_lead(LeadInquiryAttached, inquiry_id=inquiry, from_lead_id=ANNA),
    ]
    sums: dict[UUID, int] = {}
    for number, event in enumerate(reversed(moves)):
        for link in links_of(some_id(number), event):
            sums[link.lead_id] = sums.get(link.lead_id, 0) + link.sign
    assert sums == {LEAD: 1, ANNA: 0}
