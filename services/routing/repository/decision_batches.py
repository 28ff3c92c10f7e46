"""Decisions as they are written: outcomes of leads, in batches over one set of candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.routing.domain.decision_records import Figures, Snapshot


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for one lead. `manager_id`, `tier` and the deadlines are None if it waits;
    `epoch` and `version` are the lead's new ones; `place` is its place within the batch, from 1.
    """

    decision_id: UUID
    batch_id: UUID
    place: int
    lead_id: UUID
    inputs: Mapping[str, Any]
    manager_id: UUID | None
    round: int
    reason: str
    epoch: int
    version: int
    units_milli: int
    tier: str | None
    accept_by: datetime | None
    first_touch_by: datetime | None
    units_due_at: datetime | None = None


class Load(NamedTuple):
    """What decisions give to a manager."""

    units_milli: int
    leads: int


@dataclass(frozen=True, slots=True)
class DecisionBatch:
    """Decisions over one set of candidates, in the order in which they were taken, under a version
    of the pool; `half_life_seconds` is that of received work.
    """

    batch_id: UUID
    algorithm: str
    pool: str
    policy_version: int
    at: datetime
    seed: int
    half_life_seconds: float
    snapshot: Snapshot
    figures: Figures
    outcomes: Sequence[Outcome]

    def row(self) -> dict[str, Any]:
        return {
            "batch_id": self.batch_id,
            "algorithm": self.algorithm,
            "pool": self.pool,
            "policy_version": self.policy_version,
            "at": self.at,
            "seed": self.seed,
            "snapshot_id": self.snapshot.snapshot_id,
            **self.figures._asdict(),
        }

    def loads_by_manager(self) -> dict[UUID, Load]:
        loads: dict[UUID, Load] = {}
        for item in self.outcomes:
            if item.manager_id is not None:
                units_milli, leads = loads.get(item.manager_id, (0, 0))
                loads[item.manager_id] = Load(units_milli + item.units_milli, leads + 1)
        return loads
