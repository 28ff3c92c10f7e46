"""A lead as history keeps it: whose it is, where it stands in its pipeline, how it ended."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from shared.contracts import lead_state
from shared.contracts.envelope import Event
from shared.contracts.lead_state import ERASED, GIVES_OWNERSHIP, LeadState
from shared.contracts.leads import (
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadParked,
    LeadReopened,
    LeadStageChanged,
    LeadWon,
)

WORKABLE: Final = frozenset({"open", "set_aside"})


@dataclass(frozen=True, slots=True)
class Lead(LeadState):
    """`state` is open, won, lost, merged or, if all its people were erased while it was open,
    set_aside: then it is nobody's work. `amount` is what it was won for.
    """

    state: str = "open"
    pipeline: str | None = None
    stage: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None


def is_set_aside(event: Event) -> bool:
    """Whether the lead is nobody's work from here on, as all its people were erased."""
    return isinstance(event, LeadParked) and event.reason == ERASED


def advance(lead: Lead, event: Event) -> Lead:
    """The lead after the next event of its stream."""
    lead = lead_state.advance(lead, event)
    if lead.state in WORKABLE and isinstance(event, (*GIVES_OWNERSHIP, LeadParked)):
        state = "set_aside" if is_set_aside(event) else "open"
        return lead if lead.state == state else replace(lead, state=state)
    match event:
        case LeadOpened():
            return replace(
                lead, pipeline=event.pipeline, stage=event.stage, opened_at=event.received_at
            )
        case LeadStageChanged():
            return replace(lead, stage=event.to_stage)
        case LeadWon():
            return replace(
                lead,
                state="won",
                closed_at=event.at,
                amount=event.amount,
                currency=event.currency,
            )
        case LeadLost():
            return replace(lead, state="lost", closed_at=event.at)
        case LeadMerged():
            return replace(lead, state="merged", closed_at=event.at)
        case LeadReopened():
            return replace(lead, state="open", closed_at=None, amount=None, currency=None)
    return lead
