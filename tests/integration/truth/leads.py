"""A lead as its own rows tell it, one after another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tests.integration.truth.rows import Row

ENDS_A_HOLDING = {
    "lead.parked", "lead.declined", "lead.lease_expired", "lead.returned", "lead.merged",
    "lead.reopened",
}  # fmt: skip


WORKED = ENDS_A_HOLDING | {"lead.assigned", "lead.accepted", "lead.won", "lead.lost"}


@dataclass
class Holding:
    """A manager's time with the lead, which takes so many `units` of work; `ended_by` is the kind
    of row that ended it.
    """

    manager_id: UUID
    since: datetime
    units: float
    until: datetime | None = None
    ended_by: str | None = None
    accepted_at: datetime | None = None
    accept_by: datetime | None = None
    first_touch_by: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return at >= self.since and (self.until is None or at < self.until)


@dataclass
class Stay:
    """The lead was in a stage from `since` on; `until` is None while it is there."""

    stage: str
    since: datetime
    until: datetime | None = None


@dataclass
class Outcome:
    """How the lead ended."""

    is_won: bool
    at: datetime
    closed_by: UUID | None
    amount: Decimal | None = None
    currency: str | None = None
    reason: str | None = None


@dataclass
class ToldLead:
    """`owner_id` is who owns it, or owned it when it was closed. Since `aside_at` it is nobody's
    work, as all who asked were erased.
    """

    lead_id: UUID
    contact_id: UUID
    inquiry_id: UUID
    source_id: UUID
    channel: str
    pipeline: str
    is_test: bool
    units: float
    opened_at: datetime
    received_at: datetime
    owner_id: UUID | None = None
    merged_into: UUID | None = None
    outcome: Outcome | None = None
    holdings: list[Holding] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    first_lease: Holding | None = None
    aside_at: datetime | None = None

    @property
    def won(self) -> Outcome | None:
        return self.outcome if self.outcome and self.outcome.is_won else None

    @property
    def lost(self) -> Outcome | None:
        return self.outcome if self.outcome and not self.outcome.is_won else None

    def follow(self, row: Row) -> None:
        """Take the next of its rows."""
        manager_id = row.id_of("manager_id")
        match row.kind:
            case "lead.assigned":
                self._hold(row, manager_id)
                if self.assigned_at is None:
                    self.assigned_at, self.first_lease = row.at, self.holdings[-1]
            case "lead.accepted":
                if not self._is_held_by(manager_id):
                    self._hold(row, manager_id)
                last = self.holdings[-1]
                last.accepted_at = last.accepted_at or row.at
                self.accepted_at = self.accepted_at or row.at
            case "lead.stage_changed":
                self._leave(row.at)
                self.stays.append(Stay(row.facts["to_stage"], row.at))
            case "lead.won" | "lead.lost":
                self._leave(row.at)
                self._release(row)
                self.outcome = self._outcome(row, manager_id)
        if row.kind == "lead.parked" and row.facts["reason"] == "erased":
            self.aside_at = self.aside_at or row.at
        elif row.kind in WORKED:
            self.aside_at = None
        if row.kind in ENDS_A_HOLDING:
            self._release(row)
            self.owner_id = None
        if row.kind == "lead.merged":
            self._leave(row.at)
            self.merged_into = row.id_of("into")
        if row.kind == "lead.reopened":
            self.outcome = self.merged_into = None
            self.stays.append(Stay(self.stays[-1].stage, row.at))

    def _hold(self, row: Row, manager_id: UUID | None) -> None:
        assert manager_id is not None
        self._release(row)
        self.owner_id = manager_id
        accept_by, touch_by = row.moment_of("accept_by"), row.moment_of("first_touch_by")
        self.holdings.append(
            Holding(manager_id, row.at, self.units, accept_by=accept_by, first_touch_by=touch_by)
        )

    def _is_held_by(self, manager_id: UUID | None) -> bool:
        last = self.holdings[-1] if self.holdings else None
        return last is not None and last.until is None and last.manager_id == manager_id

    def _release(self, row: Row) -> None:
        if self.holdings and self.holdings[-1].until is None:
            self.holdings[-1].until, self.holdings[-1].ended_by = row.at, row.kind

    def _leave(self, at: datetime) -> None:
        if self.stays[-1].until is None:
            self.stays[-1].until = at

    def _outcome(self, row: Row, manager_id: UUID | None) -> Outcome:
        amount = row.facts.get("amount")
        return Outcome(
            is_won=row.kind == "lead.won",
            at=row.at,
            closed_by=manager_id or self.owner_id,
            amount=None if amount is None else Decimal(str(amount)),
            currency=row.facts.get("currency"),
            reason=row.facts.get("loss_reason"),
        )


def lead_of(rows: Sequence[Row]) -> ToldLead:
    """The lead by its rows in order, the opening first."""
    first = rows[0]
    source_id, received_at = first.id_of("source_id"), first.moment_of("received_at")
    assert first.kind == "lead.opened" and first.lead_id and first.contact_id and first.inquiry_id  # noqa: PT018
    assert source_id is not None
    assert received_at is not None
    lead = ToldLead(
        lead_id=first.lead_id,
        contact_id=first.contact_id,
        inquiry_id=first.inquiry_id,
        source_id=source_id,
        channel=first.facts["channel"],
        pipeline=first.facts["pipeline"],
        is_test=first.facts["is_test"],
        units=first.facts["work_units"],
        opened_at=first.at,
        received_at=received_at,
        stays=[Stay(first.facts["stage"], first.at)],
    )
    for row in rows[1:]:
        lead.follow(row)
    return lead
