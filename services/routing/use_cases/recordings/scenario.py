"""A recorded span of time as a scenario, so that it can be played again under other terms.

What happened is kept: arrivals, comings and goings, answers, how long work took. Who got which lead
is decided anew. Assignments by hand are not: those leads are returned when they were taken.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.lead import MILLI
from services.routing.domain.policies import Policy, policy_of
from services.routing.domain.simulation.scenario import (
    Agent,
    Arrival,
    Scenario,
    Team,
)
from services.routing.repository.recordings import recordings
from services.routing.use_cases.recordings.leads import Recording, arrival_of, open_arrival_of
from services.routing.use_cases.recordings.presence import DutySpan, list_duties, presences, shifts
from shared.database import Database, Row, Session, transaction
from shared.errors import InvalidError

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Window:
    """The span to replay, `end` exclusive, and the policies in place of the recorded ones: those of
    pools by key, and one for all other pools.
    """

    begin: datetime
    end: datetime
    policies: Mapping[str, Policy] = field(default_factory=dict)
    everywhere: Policy | None = None

    def policy_of(self, row: Row) -> Policy:
        return self.policies.get(row.key) or self.everywhere or policy_of(row.policy)


async def recorded_span(database: Database) -> tuple[datetime, datetime] | None:
    """When the first and the last lead came in; None where none has."""
    async with transaction(database) as session:
        await recordings.prepare(session)
        return await recordings.get_span(session)


async def read_recording(
    database: Database, window: Window, *, progress: Progress | None = None
) -> Scenario:
    """The scenario of the window; `progress` is told how many leads of how many are read.

    Raises InvalidError when no lead came in, or a policy names a pool that there is not.
    """
    async with transaction(database) as session:
        await recordings.prepare(session)
        pools = await recordings.list_pools(session)
        _require_pools(pools, window.policies)
        managers = await recordings.list_managers(session)
        recording = Recording(
            window.begin, {row.manager_id: place for place, row in enumerate(managers)}
        )
        arrivals = await _arrivals(session, window, recording, progress)
        duties = await list_duties(session, recording, window.end)
        agents = await _agents(session, managers, pools, window, duties)
        statuses = await recordings.list_statuses(session, begin=window.begin, end=window.end)
        return Scenario(
            name=f"{window.begin.isoformat()} – {window.end.isoformat()}",
            start=window.begin,
            end=recording.at(window.end),
            agents=tuple(agents),
            teams={row.key: _team(row, recording, window.policy_of(row)) for row in pools},
            arrivals=tuple(arrivals),
            presences=tuple(presences(managers, statuses, duties, recording)),
            attention=False,
            winners=await _winners(session, recording),
        )


def _require_pools(pools: Sequence[Row], policies: Mapping[str, Policy]) -> None:
    missing = sorted(policies.keys() - {row.key for row in pools})
    if missing:
        raise InvalidError(f"There is no pool {', '.join(missing)}.")


async def _arrivals(
    session: Session, window: Window, recording: Recording, progress: Progress | None
) -> list[Arrival]:
    number = await recordings.count_arrivals(session, begin=window.begin, end=window.end)
    if number == 0:
        raise InvalidError(
            f"No lead came in from {window.begin.isoformat()} to {window.end.isoformat()}."
        )
    rows = await recordings.list_open_before(session, begin=window.begin)
    arrivals = [open_arrival_of(row, recording) for row in rows]
    before = len(arrivals)
    pages = recordings.pages_of_arrivals(session, begin=window.begin, end=window.end)
    async for page in pages:
        arrivals += [arrival_of(row, recording) for row in page]
        if progress is not None:
            progress(len(arrivals) - before, number)
    return arrivals


async def _agents(
    session: Session,
    managers: Sequence[Row],
    pools: Sequence[Row],
    window: Window,
    duties: Mapping[UUID, Sequence[DutySpan]],
) -> list[Agent]:
    changes = await recordings.list_changes(session, begin=window.begin)
    hours = {row.key: policy_of(row.policy).fairness_hours for row in pools}
    received = {
        row.manager_id: row
        for row in await recordings.list_received(session, begin=window.begin, hours=hours)
    }
    recording = Recording(window.begin, {})
    return [
        replace(
            _agent(row, changes.get(row.manager_id), received.get(row.manager_id), recording),
            shifts=shifts(duties.get(row.manager_id)),
        )
        for row in managers
    ]


def _agent(row: Row, change: str | None, received: Row | None, recording: Recording) -> Agent:
    """The manager as configured when the recording began, where an event says so."""
    fields: dict[str, Any] = {} if change is None else json.loads(change)
    capacity, weight = fields.get("capacity"), fields.get("weight")
    return Agent(
        manager_id=row.manager_id,
        name=row.name,
        capacity_milli=row.capacity_milli if capacity is None else round(capacity * MILLI),
        weight_milli=row.weight_milli if weight is None else round(weight * MILLI),
        skills=fields.get("skills", row.skills),
        languages=tuple(fields.get("languages", row.languages)),
        regions=tuple(fields.get("regions", row.regions)),
        products=tuple(fields.get("products", row.products)),
        hourly_limit=fields.get("hourly_limit", row.hourly_limit),
        daily_limit=fields.get("daily_limit", row.daily_limit),
        attainment_milli=row.attainment_milli,
        received_milli=0.0 if received is None else received.received_milli,
        last_assigned_at=None if received is None else recording.at(received.last_assigned_at),
    )


def _team(row: Row, recording: Recording, policy: Policy) -> Team:
    places = recording.places
    return Team(
        key=row.key,
        policy=policy,
        members=tuple(places[manager_id] for manager_id in row.manager_ids),
        supervisors=tuple(places[manager_id] for manager_id in row.supervisor_ids),
    )


async def _winners(session: Session, recording: Recording) -> dict[UUID, int]:
    owners = await recordings.list_winners(session, begin=recording.begin)
    return {contact_id: recording.places[manager_id] for contact_id, manager_id in owners.items()}
