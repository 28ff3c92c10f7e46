"""What routing emits about leads.

`version` is the lead's own version after the fact, `actor` who did it.
"""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from shared.contracts.envelope import Event
from shared.contracts.inquiry import Amount

# The member of a win's facts that names the order in a shop or an accounting system.
ORDER_FACT: Final = "order_id"


class LeadEvent(Event):
    TOPIC: ClassVar[str] = "leads"
    KEY: ClassVar[str] = "lead_id"

    lead_id: UUID
    contact_id: UUID
    version: int
    at: datetime
    actor: str = "system"


class LeadOpened(LeadEvent):
    """`received_at` is the opening inquiry's: the cohort in which the lead is counted."""

    TYPE: ClassVar[str] = "lead.opened.v1"

    inquiry_id: UUID
    pool: str
    pipeline: str
    stage: str
    channel: str
    source_id: UUID
    priority_class: str
    work_units: float
    received_at: datetime
    is_test: bool = False
    pipeline_version: int = 1


class LeadInquiryAttached(LeadEvent):
    """`inquiry_id` belongs to this lead now, no longer to `from_lead_id` if that is set."""

    TYPE: ClassVar[str] = "lead.inquiry_attached.v1"

    inquiry_id: UUID
    from_lead_id: UUID | None = None


class LeadMerged(LeadEvent):
    """The lead was merged into `into`; its inquiries are attached there."""

    TYPE: ClassVar[str] = "lead.merged.v1"

    into: UUID
    inquiry_ids: list[UUID]


class LeadAssigned(LeadEvent):
    """`tier`: `shift`, `on_call`, `supervisor`, or `named` by a supervisor."""

    TYPE: ClassVar[str] = "lead.assigned.v1"

    manager_id: UUID
    epoch: int
    round: int
    accept_by: datetime
    first_touch_by: datetime
    decision_id: UUID | None = None
    reason: str
    tier: str | None = None


class LeadParked(LeadEvent):
    """`until`: when the next shift begins, if nobody is on duty."""

    TYPE: ClassVar[str] = "lead.parked.v1"

    reason: str
    decision_id: UUID | None = None
    until: datetime | None = None


class LeadAccepted(LeadEvent):
    TYPE: ClassVar[str] = "lead.accepted.v1"

    manager_id: UUID
    epoch: int


class LeadDeclined(LeadEvent):
    """`hops`: how many leases of this lead have run out or been declined one after another."""

    TYPE: ClassVar[str] = "lead.declined.v1"

    manager_id: UUID
    epoch: int
    reason: str | None = None
    hops: int | None = None


class LeadLeaseExpired(LeadEvent):
    """`deadline` names the promise that ran out: `accept` or `first_touch`. `hops`: how many leases
    of this lead have run out or been declined one after another.
    """

    TYPE: ClassVar[str] = "lead.lease_expired.v1"

    manager_id: UUID
    epoch: int
    deadline: str
    hops: int | None = None


class LeadReturned(LeadEvent):
    """`outcome` is set where the manager did not return it: `returned_offline` when nobody was at
    their place, `left` when they left the company. `hops` is the count that goes on.
    """

    TYPE: ClassVar[str] = "lead.returned.v1"

    manager_id: UUID
    epoch: int
    reason: str | None = None
    outcome: str | None = None
    hops: int | None = None


class LeadStageChanged(LeadEvent):
    """`amount` is what the deal is expected to bring, if that was said. `facts` are what was given
    for the pipeline's terms, `fact_names` all that were at hand then.
    """

    TYPE: ClassVar[str] = "lead.stage_changed.v1"

    from_stage: str
    to_stage: str
    manager_id: UUID | None = None
    pipeline_version: int | None = None
    amount: Amount | None = None
    currency: str | None = None
    facts: dict[str, str] | None = None
    fact_names: list[str] | None = None


class LeadNextActionSet(LeadEvent):
    """What the manager does next about the lead, and by when; both null: nothing is set now."""

    TYPE: ClassVar[str] = "lead.next_action_set.v1"

    manager_id: UUID | None = None
    next_action: str | None = None
    due_at: datetime | None = None


class LeadWon(LeadEvent):
    TYPE: ClassVar[str] = "lead.won.v1"

    manager_id: UUID | None = None
    amount: Amount | None = None
    currency: str | None = None
    facts: dict[str, str] | None = None
    fact_names: list[str] | None = None


class LeadLost(LeadEvent):
    """`is_listed`: the reason is one that the pipeline lists, and so no free text."""

    TYPE: ClassVar[str] = "lead.lost.v1"

    manager_id: UUID | None = None
    loss_reason: str | None = None
    is_listed: bool | None = None
    facts: dict[str, str] | None = None
    fact_names: list[str] | None = None


class LeadReopened(LeadEvent):
    """The lead is open again: it had been merged, or `closed_as` won or lost, which is taken back.
    Nobody owns it until it is assigned.
    """

    TYPE: ClassVar[str] = "lead.reopened.v1"

    reason: str | None = None
    closed_as: str | None = None
    fact_names: list[str] | None = None
