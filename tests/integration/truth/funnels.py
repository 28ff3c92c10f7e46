"""The funnel and the conversions, counted one lead after another."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.integration.truth.asked import UNITS, Asked, percentile
from tests.integration.truth.inquiries import ToldInquiry
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leads import ToldLead

MEASURES = ("received", "assigned", "accepted", "contacted", "won", "lost")
Key = tuple[Any, ...]
Counts = dict[str, int]


def moments(knowledge: Knowledge, lead: ToldLead) -> dict[str, Any]:
    """When the lead first got how far; None for where it did not."""
    return {
        "opened": lead.opened_at,
        "assigned": lead.assigned_at,
        "accepted": lead.accepted_at,
        "contacted": knowledge.contacted_at(lead),
        "won": lead.won and lead.won.at,
        "lost": lead.lost and lead.lost.at,
    }


def values(knowledge: Knowledge, asked: Asked, thing: ToldLead | ToldInquiry) -> dict[str, Any]:
    """By what a lead, or an inquiry with the lead that it is in, is told apart."""
    if isinstance(thing, ToldLead):
        lead: ToldLead | None = thing
        inquiry = knowledge.first_inquiry(thing)
    else:
        lead, inquiry = knowledge.place.get(thing.inquiry_id), thing
    day = asked.day_of(thing.received_at)
    return {
        "source": str(thing.source_id),
        "channel": thing.channel,
        "campaign": inquiry and inquiry.campaign,
        "region": inquiry and inquiry.region,
        "product": inquiry and inquiry.product,
        "pipeline": lead.pipeline if lead else None,
        "manager": _text(lead.owner_id if lead else None),
        **{unit: str(asked.part_of(day, unit)) for unit in UNITS},
    }


def _text(some_id: UUID | None) -> str | None:
    return None if some_id is None else str(some_id)


def counts_by_key(
    rows: Iterator[tuple[Key, str]], names: Sequence[str] = MEASURES
) -> dict[Key, Counts]:
    sums: dict[Key, Counts] = defaultdict(lambda: dict.fromkeys(names, 0))
    for key, measure in rows:
        sums[key][measure] += 1
    return dict(sums)


def cohort(knowledge: Knowledge, asked: Asked, dimensions: Sequence[str]) -> dict[Key, Counts]:
    """What came in the period, and how far it got."""

    def rows() -> Iterator[tuple[Key, str]]:
        for inquiry in knowledge.real_inquiries():
            if asked.covers(inquiry.received_at):
                yield _key(knowledge, asked, inquiry, dimensions), "received"
        for lead in knowledge.real_leads():
            if asked.covers(lead.received_at):
                for measure, at in moments(knowledge, lead).items():
                    if at is not None and measure != "opened":
                        yield _key(knowledge, asked, lead, dimensions), measure

    return counts_by_key(rows())


def _key(
    knowledge: Knowledge, asked: Asked, thing: ToldLead | ToldInquiry, dimensions: Sequence[str]
) -> Key:
    named = values(knowledge, asked, thing)
    return tuple(named[name] or None for name in dimensions)


def activity(knowledge: Knowledge, asked: Asked, dimension: str) -> dict[Key, Counts]:
    """What happened in the period; of managers, while they owned the lead."""

    def rows() -> Iterator[tuple[Key, str]]:
        for inquiry in knowledge.real_inquiries():
            if asked.covers(inquiry.received_at):
                yield _key(knowledge, asked, inquiry, [dimension]), "received"
        for lead in knowledge.real_leads():
            if dimension == "manager":
                yield from _of_managers(knowledge, asked, lead)
                continue
            for measure, at in moments(knowledge, lead).items():
                if asked.covers(at):
                    place = asked.part_of(asked.day_of(at), dimension)
                    own = _key(knowledge, asked, lead, [dimension])
                    yield (str(place),) if dimension in UNITS else own, measure

    return counts_by_key(rows(), ("received", "opened", *MEASURES[1:]))


def _of_managers(knowledge: Knowledge, asked: Asked, lead: ToldLead) -> Iterator[tuple[Key, str]]:
    for manager_id, firsts in first_deeds(knowledge, lead).items():
        for measure, at in firsts.items():
            if asked.covers(at):
                yield (str(manager_id),), measure
    if lead.outcome and asked.covers(lead.outcome.at):
        yield (_text(lead.outcome.closed_by),), "won" if lead.won else "lost"


def first_deeds(knowledge: Knowledge, lead: ToldLead) -> dict[UUID, dict[str, Any]]:
    """When each manager first got the lead, accepted it, and reached the customer meanwhile."""
    contacts = knowledge.contacts(lead)
    deeds: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for holding in knowledge.holdings(lead):
        touched = next((at for at in contacts if holding.covers(at)), None)
        said = {"assigned": holding.since, "accepted": holding.accepted_at, "contacted": touched}
        for measure, at in said.items():
            if at is not None:
                own = deeds[holding.manager_id]
                own[measure] = min(at, own.get(measure, at))
    return deeds


def conversions(knowledge: Knowledge, asked: Asked, axis: str) -> dict[Any, dict[str, Any]]:
    """`GET /v1/conversions` by value."""
    groups: dict[Any, list[ToldLead]] = defaultdict(list)
    for lead in knowledge.real_leads():
        if asked.covers(lead.received_at):
            value = "" if axis == "company" else values(knowledge, asked, lead)[axis]
            groups[value or None].append(lead)
    return {value: _conversion(knowledge, leads) for value, leads in groups.items()}


def _conversion(knowledge: Knowledge, leads: Sequence[ToldLead]) -> dict[str, Any]:
    every = [moments(knowledge, lead) for lead in leads]
    reached = {name: sum(one[name] is not None for one in every) for name in MEASURES[1:]}
    closed = reached["won"] + reached["lost"]
    aside = sum(lead.aside_at is not None for lead in leads)
    return {
        "leads": len(leads),
        **reached,
        "open": len(leads) - closed - aside,
        "set_aside": aside,
        "contacted_share": reached["contacted"] / len(leads),
        "conversion": reached["won"] / len(leads),
        "closed_conversion": reached["won"] / closed if closed else None,
        "won_amounts": amounts(leads),
    }


def amounts(leads: Sequence[ToldLead]) -> dict[str, float]:
    """What was won, by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for lead in leads:
        if lead.won and lead.won.amount is not None and lead.won.currency is not None:
            sums[lead.won.currency] += lead.won.amount
    return {currency: float(amount) for currency, amount in sums.items()}


def stages(knowledge: Knowledge, asked: Asked) -> dict[Key, dict[str, Any]]:
    """`GET /v1/conversions/stages`."""
    stays: dict[Key, list[float]] = defaultdict(list)
    entered: dict[Key, int] = defaultdict(int)
    entered_then: dict[Key, int] = defaultdict(int)
    for lead in knowledge.real_leads():
        for stage in dict.fromkeys(stay.stage for stay in lead.stays):
            key, own = (lead.pipeline, stage), [one for one in lead.stays if one.stage == stage]
            entered_then[key] += asked.covers(own[0].since)
            if asked.covers(lead.received_at):
                entered[key] += 1
                if all(one.until is not None for one in own):
                    stays[key].append(
                        sum((one.until - one.since).total_seconds() for one in own if one.until)
                    )
    return {
        key: {
            "entered": entered[key],
            "entered_then": entered_then[key],
            "left": len(stays[key]),
            "p50_seconds": percentile(stays[key], 0.5),
            "p90_seconds": percentile(stays[key], 0.9),
        }
        for key in {*entered, *entered_then}
        if entered[key] or entered_then[key]
    }


def loss_reasons(knowledge: Knowledge, asked: Asked) -> dict[str | None, dict[str, int]]:
    """`GET /v1/conversions/loss-reasons`."""
    sums: dict[str | None, dict[str, int]] = defaultdict(lambda: {"lost": 0, "lost_then": 0})
    for lead in knowledge.real_leads():
        if lead.lost:
            own = sums[lead.lost.reason or None]
            own["lost"] += asked.covers(lead.received_at)
            own["lost_then"] += asked.covers(lead.lost.at)
    return {reason: counts for reason, counts in sums.items() if any(counts.values())}


def curve(
    knowledge: Knowledge,
    asked: Asked,
    reach: Callable[[ToldLead], datetime | None],
    until: datetime,
) -> list[tuple[float, int, int, float, float]]:
    """The points of `GET /v1/conversions/curve`, by the formulas of Kaplan, Meier and Greenwood."""
    watched: list[tuple[int, bool]] = []
    for lead in knowledge.real_leads():
        if asked.covers(lead.received_at):
            at = reach(lead)
            end = at or (lead.outcome.at if lead.outcome else lead.aside_at or until)
            seconds = max(0, (end - lead.received_at).total_seconds())
            watched.append((int(-(-seconds // 60)), at is not None))
    points, surviving, variance = [], 1.0, 0.0
    for time in sorted({time for time, is_event in watched if is_event}):
        at_risk = sum(each >= time for each, _ in watched)
        events = sum(each == time and is_event for each, is_event in watched)
        surviving *= 1 - events / at_risk
        variance += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
        points.append((float(time), at_risk, events, surviving, surviving * variance**0.5))
    return points


def reached_at(knowledge: Knowledge, measure: str, lead: ToldLead) -> datetime | None:
    at: datetime | None = moments(knowledge, lead)[measure]
    return at


def stage_reached(_knowledge: Knowledge, stage: str, lead: ToldLead) -> datetime | None:
    """When it first came to the stage."""
    return next((stay.since for stay in lead.stays if stay.stage == stage), None)
