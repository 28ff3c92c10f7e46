"""Answers: decisions, their verification, and the load of managers and pools."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.routing.domain.lead import MILLI
from services.routing.repository.decisions import Decision
from services.routing.repository.lead_queries import ManagerLoad, PoolLoad
from services.routing.use_cases.explain import Verdict


class DecisionOut(BaseModel):
    """`owner_id` is null where the lead was parked; `inputs` are the facts about the lead."""

    decision_id: UUID
    lead_id: UUID
    at: datetime
    algorithm: str
    pool: str
    round: int
    place: int
    owner_id: UUID | None
    reason: str
    inputs: dict[str, Any]


def decision_out(decision: Decision) -> DecisionOut:
    return DecisionOut(
        decision_id=decision.decision_id,
        lead_id=decision.lead_id,
        at=decision.at,
        algorithm=decision.algorithm,
        pool=decision.pool,
        round=decision.round,
        place=decision.place,
        owner_id=decision.manager_id,
        reason=decision.reason,
        inputs=dict(decision.inputs),
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
    """Capacity, reservations and headroom of those on duty; `waiting` leads include the parked."""

    key: str
    members: int
    on_duty: int
    capacity: float
    reserved: float
    headroom: float
    waiting: int
    parked: int
    waiting_since: datetime | None


class LoadOut(BaseModel):
    managers: list[ManagerLoadOut]
    pools: list[PoolLoadOut]


def load_out(managers: list[ManagerLoad], pools: list[PoolLoad]) -> LoadOut:
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
            )
            for item in pools
        ],
    )
