"""What a fact counts for, decided without a database."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from services.kpi.domain.facts import (
    LeadFact,
    advance,
    corrected,
    inquiry_fact,
    touch_of,
)
from shared.contracts.envelope import Event
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadLost,
    LeadReopened,
    LeadReturned,
    LeadWon,
)
from shared.contracts.managers import ManagerStatusChanged
from tests.support.event_streams import MORNING, some_id

LEAD, CONTACT, ANNA, BORIS = (some_id(name) for name in ("lead", "contact", "anna", "boris"))
LATER = MORNING + timedelta(hours=1)


def on_lead(kind: type[Event], **more: object) -> Event:
    members = {"lead_id": LEAD, "contact_id": CONTACT, "version": 1, "at": MORNING, **more}
    return kind.model_validate(members)


def assigned(manager: UUID, **more: object) -> Event:
    term = {"accept_by": LATER, "first_touch_by": LATER}
    return on_lead(
        LeadAssigned, manager_id=manager, epoch=1, round=1, reason="r", **{**term, **more}
    )


def after(*events: Event) -> LeadFact:
    fact = LeadFact(LEAD, CONTACT)
    for event in events:
        fact = advance(fact, event)
    return fact


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


def test_the_first_assignment_counts_and_the_last_owner_holds() -> None:
    fact = after(
        assigned(ANNA),
        on_lead(LeadReturned, manager_id=ANNA, epoch=1),
        assigned(BORIS, at=LATER),
        on_lead(LeadAccepted, manager_id=BORIS, epoch=2, at=LATER),
    )
    assert (fact.assigned_at, fact.accepted_at, fact.owner_id) == (MORNING, LATER, BORIS)


def test_a_lead_has_one_end() -> None:
    won = on_lead(LeadWon, amount=10, currency="RUB")
    fact = after(won)
    assert (fact.won_at, fact.amount, fact.currency) == (MORNING, Decimal(10), "RUB")
    assert (after(won, on_lead(LeadLost, at=LATER)).won_at) is None
    assert after(on_lead(LeadLost), on_lead(LeadWon)).lost_at is None
    reopened = after(won, on_lead(LeadReopened))
    assert (reopened.won_at, reopened.lost_at, reopened.amount) == (None, None, None)


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
    fact = inquiry_fact(received(channel="call", call=Call.model_validate(call)))
    assert fact.answered_at == answered_at


def test_corrections_change_what_figures_use() -> None:
    fact = inquiry_fact(received())
    assert corrected(fact, updated(text="other words", campaign={"utm_source": "new"})) == fact
    changed = corrected(fact, updated(is_test=True, channel="chat"))
    assert (changed.is_test, changed.channel) == (True, "chat")
    with pytest.raises(ValueError, match="Call"):
        corrected(fact, updated(call="not a call"))


def test_other_events_touch_nobody() -> None:
    event = ManagerStatusChanged(manager_id=ANNA, status="online", changed_at=MORNING)
    assert touch_of(event) is None
