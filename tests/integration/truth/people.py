"""How fast leads were answered, and what each manager did."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.integration.truth.asked import Asked, response
from tests.integration.truth.credited import DIGITS, rounded
from tests.integration.truth.funnels import MEASURES, Key, amounts, cohort, first_deeds, values
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leads import ToldLead
from tests.integration.truth.worked import Clock

ENDS = {"lead.declined": "declined", "lead.lease_expired": "expired", "lead.returned": "returned"}
SUMS = ("assigned", "accepted", "declined", "expired", "returned", "contacted", "won", "lost",
        "accept_due", "accept_kept", "touch_due", "touch_kept")  # fmt: skip


def responses(knowledge: Knowledge, asked: Asked, dimension: str | None) -> dict[Key, Any]:
    """`GET /v1/response-times` by group; without a dimension of all together."""
    seconds: dict[Key, list[float]] = defaultdict(list)
    for lead in knowledge.real_leads():
        contacted_at = knowledge.contacted_at(lead)
        if asked.covers(lead.received_at) and contacted_at is not None:
            key = (values(knowledge, asked, lead)[dimension],) if dimension else ()
            seconds[key].append(max(0.0, (contacted_at - lead.received_at).total_seconds()))
    return {key: response(each) for key, each in seconds.items()}


def steps(
    knowledge: Knowledge, asked: Asked, clocks: Mapping[UUID, Clock] | None
) -> dict[str, Any]:
    """`GET /v1/response-times/steps`; with clocks, in the working time of the first owner."""
    seconds: dict[str, list[float]] = {
        name: [] for name in ("owner", "accept", "first_touch", "sale")
    }
    for lead in knowledge.real_leads():
        if not asked.covers(lead.received_at):
            continue
        contacted_at, won_at = knowledge.contacted_at(lead), lead.won.at if lead.won else None
        spans = {
            "owner": (lead.received_at, lead.assigned_at),
            "accept": (lead.assigned_at, lead.accepted_at),
            "first_touch": (lead.received_at, contacted_at),
            "sale": (contacted_at, won_at),
        }
        for name, (start, end) in spans.items():
            if start is not None and end is not None:
                seconds[name].append(seconds_between(knowledge, lead, start, end, clocks))
    return {name: response(each) for name, each in seconds.items()}


def seconds_between(
    knowledge: Knowledge,
    lead: ToldLead,
    start: datetime,
    end: datetime,
    clocks: Mapping[UUID, Clock] | None,
) -> float:
    """By the clock or, with clocks, in the working time of the lead's first owner."""
    holdings = knowledge.holdings(lead)
    clock = clocks.get(holdings[0].manager_id) if clocks and holdings else None
    return clock.seconds(start, end) if clock else max(0.0, (end - start).total_seconds())


def managers(knowledge: Knowledge, asked: Asked) -> dict[str, dict[str, Any]]:
    """`GET /v1/managers` by id, of those who have a row there or did something."""
    counts = cohort(knowledge, asked, ["manager"])
    response_by_key = responses(knowledge, asked, "manager")
    deeds = _deeds(knowledge, asked)
    names = {key for (key,) in counts if key is not None} | set(deeds)
    rows = {}
    for name in names:
        own = [
            lead
            for lead in knowledge.real_leads()
            if str(lead.owner_id) == name and asked.covers(lead.received_at)
        ]
        rows[name] = {
            **counts.get((name,), dict.fromkeys(MEASURES, 0)),
            "response": response_by_key.get((name,), response([])),
            "won_amounts": amounts(own),
            "activity": deeds.get(name, _nothing()),
        }
    return rows


def of_an_idle_manager() -> dict[str, Any]:
    """The row of a manager of whom there is nothing to tell."""
    counts = dict.fromkeys(MEASURES, 0)
    return {**counts, "response": response([]), "won_amounts": {}, "activity": _nothing()}


def _nothing() -> dict[str, Any]:
    return {**dict.fromkeys(SUMS, 0), "won_amounts": {}, "average_check": {}}


def _deeds(knowledge: Knowledge, asked: Asked) -> dict[str, dict[str, Any]]:
    deeds: dict[str, dict[str, Any]] = defaultdict(_nothing)
    won: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for lead in knowledge.real_leads():
        for manager_id, firsts in first_deeds(knowledge, lead).items():
            for measure, at in firsts.items():
                deeds[str(manager_id)][measure] += asked.covers(at)
        _promises(knowledge, asked, lead, deeds)
        outcome = lead.outcome
        if outcome and outcome.closed_by and asked.covers(outcome.at):
            own = str(outcome.closed_by)
            deeds[own]["won" if outcome.is_won else "lost"] += 1
            if outcome.amount is not None and outcome.currency is not None:
                won[own][outcome.currency].append(outcome.amount)
    for name, sums in won.items():
        for currency, each in sums.items():
            total = sum(each, Decimal(0))
            deeds[name]["won_amounts"][currency] = float(total)
            check = rounded(Fraction(total) / len(each), DIGITS[currency])
            deeds[name]["average_check"][currency] = check
    return deeds


def _promises(
    knowledge: Knowledge, asked: Asked, lead: ToldLead, deeds: dict[str, dict[str, Any]]
) -> None:
    """How each holding ended, and whether its two deadlines were kept."""
    contacts = knowledge.contacts(lead)
    for holding in knowledge.holdings(lead):
        own = deeds[str(holding.manager_id)]
        if holding.ended_by in ENDS and asked.covers(holding.until):
            own[ENDS[holding.ended_by]] += 1
        if not asked.covers(holding.since):
            continue
        touched_at = next((at for at in contacts if holding.covers(at)), None)
        for name, at, deadline in (
            ("accept", holding.accepted_at, holding.accept_by),
            ("touch", touched_at, holding.first_touch_by),
        ):
            if deadline is None:
                continue
            was_held = holding.until is not None and holding.until >= deadline
            own[f"{name}_due"] += at is not None or was_held
            own[f"{name}_kept"] += at is not None and at <= deadline
