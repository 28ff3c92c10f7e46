"""A lead, its priority and what counts as a touch. Work units are integers in thousandths."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts.inquiry import Call
from shared.contracts.lead_state import ERASED

MILLI = 1000
DEFAULT_PIPELINE = "default"
RANKS = {"high": 0, "normal": 1, "low": 2}
TOUCHING_KINDS = frozenset({"call", "mail", "message", "meeting"})


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead with the lease it is under; the lease's members are None while nobody owns it.
    `units_milli` is what it weighs now, `full_units_milli` what it weighs before it fades.
    """

    lead_id: UUID
    number: int
    contact_id: UUID
    canonical_id: UUID
    pipeline: str
    pool: str
    stage: str
    state: str
    merged_into: UUID | None
    owner_id: UUID | None
    epoch: int
    round: int
    version: int
    accepted_at: datetime | None
    priority_class: str
    units_milli: int
    full_units_milli: int
    channel: str
    source_id: UUID
    language: str | None
    region: str | None
    product: str | None
    expected_amount: Decimal | None
    expected_currency: str | None
    is_test: bool
    received_at: datetime
    queue_at: datetime
    opened_at: datetime
    unowned_since: datetime
    hops: int
    pipeline_version: int
    stage_since: datetime
    last_touch_at: datetime | None
    next_action: str | None
    next_action_at: datetime | None
    rots_at: datetime | None
    closed_at: datetime | None
    amount: Decimal | None
    currency: str | None
    loss_reason: str | None
    parked_reason: str | None
    assigned_at: datetime | None
    accept_by: datetime | None
    first_touch_by: datetime | None
    touched_at: datetime | None

    @property
    def is_worked(self) -> bool:
        """Whether it is open, and not all its people were erased."""
        return self.state == "open" and self.parked_reason != ERASED


def rank(priority_class: str) -> int:
    """The rank of a priority class: 0 is the most pressing; an unknown class ranks as normal."""
    return RANKS.get(priority_class, RANKS["normal"])


def queue_at(received_at: datetime, *, priority_rank: int, ageing_seconds: int) -> datetime:
    """The moment by which a lead is placed in its queue: waiting `ageing_seconds` longer makes up
    for one rank, so that no class starves another.
    """
    return received_at + timedelta(seconds=priority_rank * ageing_seconds)


def is_touch(*, kind: str, direction: str | None, facts: Mapping[str, Any]) -> bool:
    """Whether an activity reaches the customer: outgoing, meeting or answered incoming call."""
    if kind not in TOUCHING_KINDS:
        return False
    # A manager who reports a call without a direction means one that they made.
    if direction != "incoming":
        return True
    return kind == "call" and facts.get("outcome") == "answered"


def is_answered_call(call: Call | None) -> bool:
    """Whether an inquiry is a call that a manager answered."""
    return call is not None and call.outcome == "answered" and call.direction in {None, "incoming"}


def most_pressing(classes: Iterable[tuple[UUID, str]]) -> dict[UUID, tuple[str, int]]:
    """Each lead's most pressing class with its rank, from pairs of (lead, class)."""
    classes_by_lead: dict[UUID, tuple[str, int]] = {}
    for lead_id, name in classes:
        if lead_id not in classes_by_lead or rank(name) < classes_by_lead[lead_id][1]:
            classes_by_lead[lead_id] = (name, rank(name))
    return classes_by_lead
