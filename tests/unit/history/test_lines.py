"""A line is made of its event alone; a lead follows its stream."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.leads import Lead, advance, links_of
from services.history.domain.lines import line_of, storable
from services.history.schemas import NewActivity
from shared.contracts.catalog import EVENT_BY_TYPE, consumed_by
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import ContactDetails
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
from tests.contract.examples import Example, all_examples
from tests.support.event_streams import MORNING, Told, some_id

LEAD, CONTACT, ANNA = some_id("lead"), some_id("contact"), some_id("manager")


def on_lead(kind: type[Event], **more: object) -> Event:
    members = {"lead_id": LEAD, "contact_id": CONTACT, "version": 1, "at": MORNING, **more}
    return kind.model_validate(members)


def envelope_of(event: Event) -> Envelope:
    return Told().tell(event).envelope


def test_an_inquiry_tells_when_it_happened_and_when_we_learned_of_it() -> None:
    event = InquiryReceived(
        inquiry_id=some_id("inquiry"),
        contact_id=CONTACT,
        source_id=some_id("source"),
        channel="form",
        occurred_at=MORNING - timedelta(hours=2),
        received_at=MORNING - timedelta(hours=1),
        subject="Order",
        contact=ContactDetails(name="Anna", phones=("+79990000001",)),
    )
    line = line_of(envelope_of(event), event)
    assert (line.at, line.learned_at) == (event.occurred_at, event.received_at)
    assert (line.kind, line.actor, line.text) == ("inquiry.received", "customer", "Order")
    assert line.facts["contact"] == {"name": "Anna", "phones": ["+79990000001"]}
    assert "inquiry_id" not in line.facts


HEARD = [one for one in all_examples() if one.model.TOPIC in consumed_by("history")]


@pytest.mark.parametrize("example", HEARD, ids=lambda one: one.label)
def test_every_released_event_becomes_a_line(example: Example) -> None:
    envelope, event = example.envelope(version=1), example.event()
    line = line_of(envelope, event)
    assert f"{line.kind}.v1" == example.wire_name
    assert line.activity_id == envelope.event_id
    assert line.at.tzinfo is not None
    assert json.loads(json.dumps(line.facts)) == line.facts


def test_no_topic_is_left_out() -> None:
    assert {one.wire_name for one in HEARD} == {
        name for name, event in EVENT_BY_TYPE.items() if event.TOPIC in consumed_by("history")
    }


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
        (on_lead(LeadReopened), some_id("before")),
    ],
)
def test_whose_a_lead_is(event: Event, owner: UUID | None) -> None:
    assert advance(Lead(LEAD, CONTACT, some_id("before")), event).owner_id == owner


def test_an_attachment_takes_the_inquiry_from_where_it_was() -> None:
    inquiry, before = some_id("inquiry"), some_id("before")
    event = on_lead(LeadInquiryAttached, inquiry_id=inquiry, from_lead_id=before)
    assert {(link.lead_id, link.sign) for link in links_of(some_id("e"), event)} == {
        (LEAD, 1),
        (before, -1),
    }
    itself = on_lead(LeadInquiryAttached, inquiry_id=inquiry, from_lead_id=LEAD)
    assert [link.sign for link in links_of(some_id("e"), itself)] == [1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_is_storable_holds_no_nul_and_nothing_else_changes(value: object) -> None:
    found = storable(value)
    said = json.dumps(found)
    assert "\\u0000" not in said.replace("\\\\", "")
    if "\\u0000" not in json.dumps(value):
        assert found == value


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    event = on_lead(LeadReopened, at="2026-03-02T09:00:00")
    assert line_of(envelope_of(event), event).at == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_direction_of_a_report_is_kept() -> None:
    report = NewActivity(kind="call", lead_id=LEAD, direction="incoming").report()
    assert (report.direction, report.lead_id, report.facts) == ("incoming", LEAD, {})
