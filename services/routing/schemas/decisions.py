"""Answers: decisions, their verification, previews of them, and the load of managers and pools."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.routing.domain.deciding.explaining import Row
from services.routing.domain.escalation import tier_name
from services.routing.domain.lead import MILLI
from services.routing.repository.lead_queries import ManagerLoad, PoolLoad
from services.routing.use_cases.explain import ExplainedDecision, Verdict
from services.routing.use_cases.preview import Preview

TIER_NAMES = ("shift", "on_call", "supervisor", "named")


class PartsOut(BaseModel):
    """The parts of a score before they are weighed: the share of the capacity that is reserved;
    how far above (below: negative) their share of received work somebody is; the share of what is
    welcome that they have; how far they are behind their plan.
    """

    load: float
    fairness: float
    fit: float
    plan: float


class CandidateOut(BaseModel):
    """What became of a candidate; `tier` is null for whoever could not take leads; the least score
    is the best.
    """

    manager_id: UUID
    name: str
    tier: str | None
    verdict: str
    score: float
    parts: PartsOut


class DecisionOut(BaseModel):
    """`owner_id` is null where the lead was parked; `inputs` are the facts about the lead;
    `policy_version` is the pool's version under which it was decided; `candidates` come with
    `detail`.
    """

    decision_id: UUID
    lead_id: UUID
    at: datetime
    algorithm: str
    pool: str
    policy_version: int
    round: int
    place: int
    owner_id: UUID | None
    reason: str
    explanation: str
    inputs: dict[str, Any]
    candidates: list[CandidateOut] | None = None


def decision_out(item: ExplainedDecision, *, detail: bool) -> DecisionOut:
    decision = item.decision
    return DecisionOut(
        decision_id=decision.decision_id,
        lead_id=decision.lead_id,
        at=decision.at,
        algorithm=decision.algorithm,
        pool=decision.pool,
        policy_version=decision.policy_version,
        round=decision.round,
        place=decision.place,
        owner_id=decision.manager_id,
        reason=decision.reason,
        explanation=item.sentence,
        inputs=dict(decision.inputs),
        candidates=[_candidate_out(row, item.names) for row in item.rows] if detail else None,
    )


def _candidate_out(row: Row, names: Mapping[UUID, str]) -> CandidateOut:
    return CandidateOut(
        manager_id=row.manager_id,
        name=names.get(row.manager_id, ""),
        tier=tier_name(row.tier),
        verdict=str(row.verdict),
        score=row.score,
        parts=PartsOut(**row.parts._asdict()),
    )


class ShareOut(BaseModel):
    """What a manager would get, and have then, in work units."""

    manager_id: UUID
    name: str
    tier: str | None
    leads: int
    work_units: float
    reserved: float
    capacity: float


class LeftOut(BaseModel):
    """A lead that would go on waiting, and why."""

    lead_id: UUID
    reason: str


class PreviewOut(BaseModel):
    """`whole` is false where the queue is longer than what was looked at."""

    pool: str
    policy_version: int
    algorithm: str
    whole: bool
    assigned: int
    managers: list[ShareOut]
    waiting: list[LeftOut]


def preview_out(preview: Preview) -> PreviewOut:
    return PreviewOut(
        pool=preview.pool,
        policy_version=preview.policy_version,
        algorithm=preview.algorithm,
        whole=preview.is_whole,
        assigned=sum(share.leads for share in preview.shares),
        managers=[
            ShareOut(
                manager_id=share.manager_id,
                name=share.name,
                tier=tier_name(share.tier),
                leads=share.leads,
                work_units=share.units_milli / MILLI,
                reserved=(share.reserved_milli + share.units_milli) / MILLI,
                capacity=share.capacity_milli / MILLI,
            )
            for share in preview.shares
        ],
        waiting=[LeftOut(lead_id=lead_id, reason=why) for lead_id, why in preview.reasons.items()],
    )


class VerdictOut(BaseModel):
    """`same` is whether computing the decision again gives the owner on record."""

    decision_id: UUID
    algorithm: str
    recorded_owner_id: UUID | None
    computed_owner_id: UUID | None
    same: bool


def verdict_out(verdict: Verdict) -> VerdictOut:
    return VerdictOut(
        decision_id=verdict.decision.decision_id,
        algorithm=verdict.decision.algorithm,
        recorded_owner_id=verdict.decision.manager_id,
        computed_owner_id=verdict.computed_owner_id,
        same=verdict.same,
    )


class ManagerLoadOut(BaseModel):
    """In work units; `headroom` is never negative, even where capacity was lowered below load."""

    manager_id: UUID
    name: str
    status: str
    capacity: float
    reserved: float
    headroom: float
    leads: int


class PoolLoadOut(BaseModel):
    """Capacity, reservations and headroom of those on duty; `waiting` leads include the parked.
    `assigned_by_tier` are the assignments of the last 24 hours to managers on shift, to those on
    call, to supervisors, and to whoever a supervisor named.
    """

    key: str
    members: int
    on_duty: int
    capacity: float
    reserved: float
    headroom: float
    waiting: int
    parked: int
    waiting_since: datetime | None
    assigned_by_tier: dict[str, int]


class LoadOut(BaseModel):
    managers: list[ManagerLoadOut]
    pools: list[PoolLoadOut]


def load_out(
    managers: list[ManagerLoad],
    pools: list[PoolLoad],
    by_tier: Mapping[str, dict[str, int]],
) -> LoadOut:
    return LoadOut(
        managers=[
            ManagerLoadOut(
                manager_id=item.manager_id,
                name=item.name,
                status=item.status,
                capacity=item.capacity_milli / MILLI,
                reserved=item.reserved_milli / MILLI,
                headroom=max(0, item.capacity_milli - item.reserved_milli) / MILLI,
                leads=item.leads,
            )
            for item in managers
        ],
        pools=[
            PoolLoadOut(
                key=item.key,
                members=item.members,
                on_duty=item.on_duty,
                capacity=item.capacity_milli / MILLI,
                reserved=item.reserved_milli / MILLI,
                headroom=item.headroom_milli / MILLI,
                waiting=item.waiting,
                parked=item.parked,
                waiting_since=item.waiting_since,
                assigned_by_tier=dict.fromkeys(TIER_NAMES, 0) | by_tier.get(item.key, {}),
            )
            for item in pools
        ],
    )
