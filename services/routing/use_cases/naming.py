"""Gives leads to a manager by name: no choice is made, only their room is checked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate, line_up
from services.routing.domain.deciding.waiting import Choice
from services.routing.domain.lead import Lead
from services.routing.domain.manual_choice import ALGORITHM, decide_named
from services.routing.repository.leases.escalations import list_terms
from services.routing.repository.managers import Manager
from services.routing.use_cases.award import Judgement, as_waiting, record, write_awards
from shared.database import Session


async def name_owner(
    session: Session,
    leads: Collection[Lead],
    manager: Manager,
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> dict[UUID, int]:
    """Give these open leads, none of which has a live lease, to the manager, who has room for all.
    The caller holds the locks of the leads and of the manager. Returns lead → new version.
    """
    pools = await list_terms(session, {lead.pool for lead in leads})
    versions: dict[UUID, int] = {}
    for key, pool in pools.items():
        candidates = line_up([manager.as_member()], at=now, policy=pool.policy)
        judgements = [
            _judgement(lead, manager, candidates, actor=actor, now=now)
            for lead in leads
            if lead.pool == key
        ]
        batch = record(
            judgements,
            candidates,
            pool.policy,
            pool=key,
            policy_version=pool.version,
            at=now,
            algorithm=ALGORITHM,
        )
        waiting = [item[0] for item in judgements]
        await write_awards(session, waiting, batch, now=now, reason=reason, actor=actor)
        versions |= {item.lead_id: item.version for item in batch.outcomes}
    return versions


def _judgement(
    lead: Lead,
    manager: Manager,
    candidates: Sequence[Candidate],
    *,
    actor: str,
    now: datetime,
) -> Judgement:
    inputs = {
        "manager_id": str(manager.manager_id),
        "units_milli": lead.units_milli,
        "actor": actor,
    }
    choice = Choice(lead.lead_id, lead.round, decide_named(inputs, candidates), "named")
    return as_waiting(lead, since=now), inputs, choice
