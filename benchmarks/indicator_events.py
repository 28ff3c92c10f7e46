"""Events of the invented leads of one week: many sources of which few bring most, outcomes within
two months, stages, touches, second inquiries, corrections, merges, reopenings.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadInquiryAttached,
    LeadLeaseExpired,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadReopened,
    LeadStageChanged,
    LeadWon,
)
from shared.contracts.managers import ManagerChanged
from shared.ids import derived_id
from shared.messaging.decoding import ReceivedEvent

FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
EVENTS_PER_LEAD: Final = 7.7  # about
SOURCES, CAMPAIGNS, REGIONS, PRODUCTS, MANAGERS = 20, 150, 25, 12, 200
STAGES: Final = ("new", "qualified", "offer", "contract")
REASONS: Final = ("price", "no_answer", "rival", "not_needed", "spam")
CALENDAR: Final = {"shifts": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]}
# How busy the hours of a day are, in UTC.
_HOURS: Final = (1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 8, 8, 9, 9, 8, 6, 5, 4, 4, 3, 2, 2, 1, 1)


def events_of_week(leads: int, choice: random.Random) -> Iterator[ReceivedEvent]:
    """In the order of their times; managers first."""
    events = [_received(_manager(number), FIRST, 1) for number in range(MANAGERS)]
    for number in range(leads):
        events += _Lead(number, choice).events()
    events.sort(key=lambda item: (item.envelope.time, item.envelope.version))
    return iter(events)


def _manager(number: int) -> ManagerChanged:
    return ManagerChanged(
        manager_id=derived_id("manager", number), changed_at=FIRST, name=f"Manager {number}",
        capacity=30, time_zone="Europe/Moscow", calendar=CALENDAR,
    )  # fmt: skip


def _received(event: Event, at: datetime, version: int) -> ReceivedEvent:
    key = event.stream_key()
    event_id = derived_id("event", event.TYPE, key, version)
    return ReceivedEvent(
        Envelope(event_id, event.TYPE, "/benchmark", at, event.TOPIC, key, version, ""), event
    )


class _Lead:
    """One lead and what happens to it."""

    def __init__(self, number: int, choice: random.Random) -> None:
        self._choice, self._number = choice, number
        ids = {name: derived_id(name, number) for name in ("lead", "contact", "inquiry")}
        self._lead_id, self._contact_id, self._inquiry_id = ids.values()
        day = timedelta(days=choice.choices(range(7), (5, 5, 5, 5, 5, 2, 2))[0])
        hour = choice.choices(range(24), _HOURS)[0]
        self._at = FIRST + day + timedelta(hours=hour, seconds=choice.uniform(0, 3600))
        self._source = _skewed(choice, SOURCES)
        self._came: dict[str, Any] = {
            "source_id": derived_id("source", self._source),
            "channel": ("form", "call", "chat", "mail")[self._source % 4],
            "received_at": self._at,
        }
        self._version = 0

    def events(self) -> Iterator[ReceivedEvent]:
        choice = self._choice
        yield self._inquiry(self._inquiry_id, 1)
        yield self._step(
            LeadOpened, inquiry_id=self._inquiry_id, pool="default",
            pipeline=choice.choices(("sales", "service"), (4, 1))[0], stage=STAGES[0],
            priority_class="normal", work_units=1.0, **self._came,
        )  # fmt: skip
        if choice.random() < 0.02:
            into = derived_id("lead", max(0, self._number - 1))
            yield self._step(LeadMerged, into=into, inquiry_ids=[self._inquiry_id])
            yield self._step(LeadInquiryAttached, inquiry_id=self._inquiry_id)
            return
        manager = derived_id("manager", _skewed(choice, MANAGERS, 0.7))
        self._pass(choice.expovariate(1 / 40))
        yield self._assigned(manager)
        if choice.random() < 0.08:
            self._pass(900)
            yield self._step(LeadLeaseExpired, manager_id=manager, epoch=1, deadline="accept")
            manager = derived_id("manager", _skewed(choice, MANAGERS, 0.7))
            yield self._assigned(manager)
        self._pass(choice.lognormvariate(4.5, 1.2))
        yield self._step(LeadAccepted, manager_id=manager, epoch=1)
        yield from self._work(manager)

    def _work(self, manager: UUID) -> Iterator[ReceivedEvent]:
        choice = self._choice
        if choice.random() < 0.9:
            self._pass(choice.lognormvariate(5.5, 1.6))
            yield self._touch(manager)
        if choice.random() < 0.05:
            yield from self._second_inquiry()
        if choice.random() < 0.03:
            yield self._corrected()
        for before, stage in pairwise(STAGES[: choice.randint(1, 4)]):
            self._pass(choice.lognormvariate(11, 1.2))
            yield self._step(
                LeadStageChanged, from_stage=before, to_stage=stage, manager_id=manager
            )
        if choice.random() < 0.85:
            self._pass(choice.expovariate(1 / (8 * 86_400)))
            yield self._outcome(manager)
            if choice.random() < 0.03:
                self._pass(choice.expovariate(1 / (5 * 86_400)))
                yield self._step(LeadReopened, reason="again", closed_as="lost")

    def _outcome(self, manager: UUID) -> ReceivedEvent:
        choice = self._choice
        if choice.random() < 0.2:
            amount = Decimal(round(choice.lognormvariate(10, 1)))
            return self._step(LeadWon, manager_id=manager, amount=amount, currency="RUB")
        reason = choice.choices(REASONS, (5, 4, 2, 2, 1))[0]
        return self._step(LeadLost, manager_id=manager, loss_reason=reason, is_listed=True)

    def _pass(self, seconds: float) -> None:
        self._at += timedelta(seconds=min(seconds, 40 * 86_400))

    def _step(self, kind: Any, **members: Any) -> ReceivedEvent:
        self._version += 1
        event = kind(
            lead_id=self._lead_id, contact_id=self._contact_id, version=self._version, at=self._at,
            **members,
        )  # fmt: skip
        return _received(event, self._at, self._version)

    def _assigned(self, manager: UUID) -> ReceivedEvent:
        later = self._at + timedelta(minutes=15)
        return self._step(
            LeadAssigned, manager_id=manager, epoch=1, round=1, accept_by=later,
            first_touch_by=later + timedelta(minutes=15), reason="least_score",
        )  # fmt: skip

    def _inquiry(self, inquiry_id: UUID, version: int) -> ReceivedEvent:
        choice = self._choice
        event = InquiryReceived(
            inquiry_id=inquiry_id, contact_id=self._contact_id,
            campaign={"utm_campaign": f"campaign {_skewed(choice, CAMPAIGNS)}"},
            source_key=f"source {self._source}", region=f"region {_skewed(choice, REGIONS)}",
            product_interest=f"product {_skewed(choice, PRODUCTS)}",
            **self._came | {"received_at": self._at},
        )  # fmt: skip
        return _received(event, self._at, version)

    def _second_inquiry(self) -> Iterator[ReceivedEvent]:
        inquiry_id = derived_id("second inquiry", self._number)
        yield self._inquiry(inquiry_id, 2)
        yield self._step(LeadInquiryAttached, inquiry_id=inquiry_id)

    def _corrected(self) -> ReceivedEvent:
        event = InquiryUpdated(
            inquiry_id=self._inquiry_id, contact_id=self._contact_id, changed_at=self._at,
            changes={"region": f"region {_skewed(self._choice, REGIONS)}"},
        )  # fmt: skip
        return _received(event, self._at, 3)

    def _touch(self, manager: UUID) -> ReceivedEvent:
        event = ActivityRecorded(
            activity_id=derived_id("touch", self._number), contact_id=self._contact_id,
            lead_id=self._lead_id, manager_id=manager, kind="call", direction="outgoing",
            at=self._at, learned_at=self._at,
        )  # fmt: skip
        return _received(event, self._at, 1)


def _skewed(choice: random.Random, number: int, by: float = 1.5) -> int:
    """One of so many, the first ones most often."""
    return min(number - 1, int(number * choice.random() ** (1 + by)))
