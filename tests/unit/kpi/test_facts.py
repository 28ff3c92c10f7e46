"""What a fact counts for, decided without a database."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.facts import InquiryChange
from services.kpi.domain.labels import labelled
from services.kpi.domain.reading import change_of, inquiry_fact, touch_of
from services.kpi.domain.sales.events import spam_mark_of
from shared.contracts.envelope import Envelope, Event
from shared.contracts.erasing import blanked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.contracts.managers import ManagerStatusChanged
from tests.support.event_streams import MORNING, some_id

CONTACT, ANNA = some_id("contact"), some_id("anna")
LATER = MORNING + timedelta(hours=1)


def told(event: Event) -> Envelope:
    return Envelope(
        some_id("event"), event.TYPE, "/leadflow/intake", LATER, event.TOPIC, "k", 2, ""
    )


def received(**more: object) -> InquiryReceived:
    members = {
        "inquiry_id": some_id("inquiry"),
        "contact_id": CONTACT,
        "source_id": some_id("source"),
        "channel": "form",
        "received_at": MORNING,
        **more,
    }
    return InquiryReceived.model_validate(members)


def updated(**changes: object) -> InquiryUpdated:
    return InquiryUpdated(
        inquiry_id=some_id("inquiry"), contact_id=CONTACT, changed_at=LATER, changes=changes
    )


@pytest.mark.parametrize(
    ("call", "answered_at"),
    [
        ({"direction": "incoming", "outcome": "answered", "answered_at": LATER}, LATER),
        ({"direction": "incoming", "outcome": "answered", "started_at": LATER}, LATER),
        ({"outcome": "answered"}, MORNING),
        ({"direction": "incoming", "outcome": "missed"}, None),
        ({"direction": "outgoing", "outcome": "answered"}, None),
    ],
)
def test_which_calls_are_answered(call: dict[str, object], answered_at: object) -> None:
    event = received(channel="call", call=Call.model_validate(call))
    fact = inquiry_fact(told(event), event)
    assert fact.answered_at == answered_at


def test_corrections_name_what_figures_use() -> None:
    def change(**changes: object) -> InquiryChange | None:
        event = updated(**changes)
        return change_of(told(event), event)

    assert change(text="other words") is None
    changed = change(is_test=True, channel="chat", region=None)
    assert changed is not None
    assert changed.members == "channel is_test region"
    assert (changed.is_test, changed.channel, changed.region) == (True, "chat", None)
    campaign = change(campaign={"utm_source": "new", "click_ids": {"yclid": "1", "gclid": "2"}})
    assert campaign is not None
    assert (campaign.utm_source, campaign.click_kinds) == ("new", "gclid yclid")
    assert change(channel=None) is None, "an inquiry always has a channel"
    with pytest.raises(ValueError, match="Call"):
        change(call="not a call")


def test_other_events_touch_nobody() -> None:
    event = ManagerStatusChanged(manager_id=ANNA, status="online", changed_at=MORNING)
    assert touch_of(told(event), event) is None


LABELS = st.sampled_from((None, "", "spring", "Тула", "anna@example.com", "+7 916 123-45-67"))
OUTCOMES = st.sampled_from(("answered", "missed", "busy"))
TIMES = st.sampled_from((None, MORNING.isoformat(), LATER.isoformat()))
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "direction": st.sampled_from((None, "incoming", "outgoing")),
        "outcome": OUTCOMES,
        "started_at": TIMES,
        "answered_at": TIMES,
        "recording_url": st.just("https://pbx.example.com/anna"),
    },
)
CAMPAIGNS = st.fixed_dictionaries(
    {},
    optional={
        "utm_source": LABELS,
        "utm_campaign": LABELS,
        "click_ids": st.sampled_from(({}, {"gclid": "anna"}, {"yclid": "1", "gclid": ""})),
        "page_url": st.just("https://example.com/anna"),
    },
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "is_test": st.booleans(),
        "channel": st.sampled_from(("call", "form")),
        "language": st.sampled_from((None, "ru")),
        "region": LABELS,
        "product_interest": LABELS,
        "call": st.none() | CALLS,
        "campaign": st.none() | CAMPAIGNS,
        "spam": st.sampled_from(
            ({"score": 0.5, "reasons": ["rejected"]}, {"score": 0, "reasons": []})
        ),
        "text": st.just("Анна просит перезвонить"),
    },
)


@given(changes=CHANGES)
def test_of_a_correction_an_erasure_leaves_all_that_figures_use(changes: dict[str, object]) -> None:
    event = updated(**changes)
    blank = blanked(event)
    envelope = told(event)
    assert change_of(envelope, labelled(blank)) == change_of(envelope, labelled(event))
    assert spam_mark_of(blank, version=2, known_at=LATER) == spam_mark_of(
        event, version=2, known_at=LATER
    )
    assert "Анна" not in str(blank.changes)
    assert "anna" not in str(blank.changes)


@given(
    call=st.none() | CALLS,
    campaign=CAMPAIGNS,
    region=LABELS,
    occurred_at=st.sampled_from((None, LATER)),
)
def test_of_an_inquiry_an_erasure_leaves_all_that_figures_use(
    call: object, campaign: object, region: object, occurred_at: object
) -> None:
    event = received(call=call, campaign=campaign, region=region, occurred_at=occurred_at)
    envelope = told(event)
    left, fact = (inquiry_fact(envelope, labelled(one)) for one in (blanked(event), event))
    assert left == fact
