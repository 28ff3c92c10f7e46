"""Follows kpi's rule by which a win and an order are one sale, so that cards and figures agree."""

from collections.abc import Sequence
from datetime import datetime

from services.history.repository.cards import sale_rule
from shared.contracts.indicators import SaleRuleChanged
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


def rule_changes(events: Sequence[ReceivedEvent]) -> list[SaleRuleChanged]:
    return [item.event for item in events if isinstance(item.event, SaleRuleChanged)]


async def follow_sale_rule(
    session: Session, events: Sequence[ReceivedEvent], *, now: datetime
) -> None:
    """Keep what the last of these events says, and have all cards that it may change computed anew.

    The caller holds the lock of entries alone: a card that was being computed by the rule of before
    is committed, and one that is computed later follows this one.
    """
    changes = rule_changes(events)
    if changes and changes[-1].same_sale_hours != await sale_rule.get_same_sale_hours(session):
        await sale_rule.put_same_sale_hours(session, changes[-1].same_sale_hours)
        await sale_rule.schedule_buyers(session, now=now)
