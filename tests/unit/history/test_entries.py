"""A timeline entry is made of its event alone."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.entries import entry_of
from services.history.schemas.activities import ActivityIn
from shared.contracts.catalog import EVENT_BY_TYPE, consumed_by
from shared.contracts.envelope import Envelope, Event
from shared.contracts.erasing import PARTS, blanked
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import ContactDetails
from shared.contracts.leads import LeadReopened
from tests.contract.examples import Example, all_examples
from tests.support.event_streams import MORNING, EventStreams, some_id

LEAD, CONTACT, ANNA = some_id("lead"), some_id("contact"), some_id("manager")


def on_lead(kind: type[Event], **more: object) -> Event:
    members = {"lead_id": LEAD, "contact_id": CONTACT, "version": 1, "at": MORNING, **more}
    return kind.model_validate(members)


def envelope_of(event: Event) -> Envelope:
    return EventStreams().emit(event).envelope


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
    entry = entry_of(envelope_of(event), event)
    assert (entry.at, entry.learned_at) == (event.occurred_at, event.received_at)
    assert (entry.kind, entry.actor, entry.text) == ("inquiry.received", "customer", "Order")
    assert entry.facts["contact"] == {"name": "Anna", "phones": ["+79990000001"]}
    assert "inquiry_id" not in entry.facts


HEARD = [one for one in all_examples() if one.model.TOPIC in consumed_by("history")]


@pytest.mark.parametrize("example", HEARD, ids=lambda one: one.label)
def test_every_released_event_becomes_an_entry(example: Example) -> None:
    envelope, event = example.envelope(version=1), example.event()
    entry = entry_of(envelope, event)
    assert f"{entry.kind}.v1" == example.wire_name
    assert entry.event_id == envelope.event_id
    assert entry.at.tzinfo is not None
    assert json.loads(json.dumps(entry.facts)) == entry.facts


POINTS = ("anna@example.com", "8 (916) 123-45-67 перезвонить", "spring", "", "насос 12345678901")


@pytest.mark.parametrize("example", HEARD, ids=lambda one: one.label)
@given(
    labels=st.lists(st.sampled_from(POINTS), min_size=3, max_size=3),
    taken_back=st.sets(st.sampled_from(sorted(PARTS))),
)
def test_an_erasure_leaves_of_an_entry_what_it_leaves_of_its_event(
    example: Example, labels: list[str], taken_back: set[str]
) -> None:
    region, product, campaign = labels
    written = {"region": region, "product": product, "product_interest": product}
    content = example.content
    for members in (content, content.get("changes")):
        if isinstance(members, dict):
            members |= {name: written[name] for name in written.keys() & members.keys()}
            if isinstance(members.get("campaign"), dict):
                members["campaign"] |= {"utm_campaign": campaign, "form_name": region}
    if isinstance(content.get("changes"), dict):
        content["changes"] |= dict.fromkeys(taken_back)
    if isinstance(content.get("facts"), dict):
        content["facts"] |= {"order_id": product, "outcome": "answered"}
    event = example.model.model_validate(content)
    envelope = example.envelope(version=1)
    entry, left = entry_of(envelope, event), entry_of(envelope, blanked(event))
    assert (entry.facts if entry.open_facts is None else entry.open_facts) == left.facts
    assert left.open_facts is None
    assert left.text is None
    assert (left.actor, left.channel, left.at) == (entry.actor, entry.channel, entry.at)


def test_no_topic_is_left_out() -> None:
    assert {one.wire_name for one in HEARD} == {
        name for name, event in EVENT_BY_TYPE.items() if event.TOPIC in consumed_by("history")
    }


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    event = on_lead(LeadReopened, at="2026-03-02T09:00:00")
    assert entry_of(envelope_of(event), event).at == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_direction_of_a_report_is_kept() -> None:
    report = ActivityIn(kind="call", lead_id=LEAD, direction="incoming").report()
    assert (report.direction, report.lead_id, report.facts) == ("incoming", LEAD, {})
