"""What sources have brought, told from the events themselves without anything clever."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.kpi.domain.sales.credit import SoldPath, TouchPoint, credits_of
from services.kpi.domain.sales.events import SaleEvent, sale_event_of
from services.kpi.domain.sales.people import sales_of
from services.kpi.domain.sales.returns import Figures
from services.kpi.use_cases.money.views import MoneyWish
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.leads import LeadMerged, LeadOpened, LeadReopened
from shared.messaging.decoding import ReceivedEvent

Key = tuple[Any, ...]


@dataclass(slots=True)
class Came:
    contact_id: UUID
    at: datetime
    values: dict[str, Any]
    is_repeat: bool
    is_test: bool
    is_spam: bool = False


@dataclass(slots=True)
class World:
    """What the events up to a day say."""

    inquiries: dict[UUID, Came] = field(default_factory=dict)
    people: dict[UUID, UUID] = field(default_factory=dict)
    opened: dict[UUID, UUID] = field(default_factory=dict)  # lead → inquiry
    merged: set[UUID] = field(default_factory=set)
    said: list[SaleEvent] = field(default_factory=list)

    def person(self, contact_id: UUID) -> UUID:
        return self.people.get(contact_id, contact_id)

    def hear(self, item: ReceivedEvent) -> None:
        event = item.event
        if isinstance(event, InquiryReceived):
            campaign = event.campaign
            values = {
                "source": event.source_id,
                "channel": event.channel,
                "ad_channel": _word(campaign.utm_source),
                "campaign": _word(campaign.utm_campaign),
                "region": event.region,
                "product": event.product_interest,
            }
            self.inquiries[event.inquiry_id] = Came(
                event.contact_id, event.received_at, values, event.is_repeat, event.is_test
            )
        elif isinstance(event, InquiryUpdated):
            self._correct(event)
        elif isinstance(event, ContactRelinked):
            self.people[event.contact_id] = event.canonical_id
        elif isinstance(event, LeadOpened):
            self.opened[event.lead_id] = event.inquiry_id
        elif isinstance(event, LeadMerged):
            self.merged.add(event.lead_id)
        elif isinstance(event, LeadReopened):
            self.merged.discard(event.lead_id)
        envelope = item.envelope
        said = sale_event_of(event, envelope.event_id, version=item.version, known_at=envelope.time)
        if said is not None:
            self.said.append(said)

    def _correct(self, event: InquiryUpdated) -> None:
        came = self.inquiries[event.inquiry_id]
        changes: Any = event.changes
        came.is_test = changes.get("is_test", came.is_test)
        if "spam" in changes:
            came.is_spam = "rejected" in changes["spam"]["reasons"]
        if "region" in changes:
            came.values["region"] = changes["region"]
        if "campaign" in changes:
            came.values["ad_channel"] = _word(changes["campaign"].get("utm_source"))
            came.values["campaign"] = _word(changes["campaign"].get("utm_campaign"))


def _word(text: str | None) -> str | None:
    return (text.strip().lower() or None) if text else None


def world_of(events: Sequence[ReceivedEvent], known_on: date | None) -> World:
    until = datetime.max.replace(tzinfo=UTC)
    if known_on is not None:
        until = datetime.combine(known_on + timedelta(days=1), time(), UTC)
    world = World()
    for item in events:
        if item.envelope.time < until:
            world.hear(item)
    return world


def naive_returns(events: Sequence[ReceivedEvent], wish: MoneyWish) -> dict[Key, Figures]:
    """The figures of each group without spend; that of all under no key at all."""
    world = world_of(events, wish.known_on)
    figures: dict[Key, Any] = defaultdict(lambda: defaultdict(int))
    people: dict[Key, set[UUID]] = defaultdict(set)
    leads = {world.opened[lead] for lead in world.opened.keys() - world.merged}
    for inquiry_id, came in world.inquiries.items():
        if came.is_test or not _within(wish, came.at):
            continue
        for key in {_key(wish, came.at, came.values), ()}:
            people[key].add(world.person(came.contact_id))
            figures[key]["inquiries"] += 1
            figures[key]["target"] += not came.is_repeat and not came.is_spam
            figures[key]["leads"] += inquiry_id in leads
    for path in _paths(world, wish):
        for credit in credits_of(path, wish.model):
            for key in {credit.key, ()}:
                figures[key]["sales"] += credit.share
                if credit.amount is not None and path.currency is not None:
                    amounts = figures[key].setdefault("amounts", {})
                    amounts[path.currency] = amounts.get(path.currency, 0) + credit.amount
    return {
        key: Figures(**sums, contacts=len(people[key]), spend={}) for key, sums in figures.items()
    }


def _within(wish: MoneyWish, at: datetime) -> bool:
    return wish.period.begins_at <= at < wish.period.ends_at


def _key(wish: MoneyWish, at: datetime, values: dict[str, Any]) -> Key:
    def part(name: str) -> Any:
        if name not in {"day", "week", "month"}:
            return values.get(name)
        steps = wish.period.steps(name)
        return steps.days[sum(begin <= at for begin in steps.bounds[:-1]) - 1]

    return tuple(part(name) for name in wish.dimensions)


def _paths(world: World, wish: MoneyWish) -> Iterator[SoldPath]:
    said: dict[UUID, list[SaleEvent]] = defaultdict(list)
    for event in world.said:
        said[world.person(event.contact_id)].append(event)
    for person_id, events in said.items():
        for sale in sales_of(person_id, events, window=timedelta(hours=72)):
            if sale.taken_back_at is not None or not _within(wish, sale.at):
                continue
            first = sale.at - timedelta(days=wish.lookback_days)
            path = sorted(
                (came.at, inquiry_id, came)
                for inquiry_id, came in world.inquiries.items()
                if world.person(came.contact_id) == person_id
                and first < came.at <= sale.at + timedelta(hours=1)
                and not came.is_test
                and not came.is_spam
            )
            yield SoldPath(
                sale.amount,
                sale.currency,
                _key(wish, sale.at, {}),
                [
                    TouchPoint(
                        _key(wish, sale.at, came.values),
                        came.values["ad_channel"] is None and came.values["campaign"] is None,
                    )
                    for _, _, came in path
                ],
            )
