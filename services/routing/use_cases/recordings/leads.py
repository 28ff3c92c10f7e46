"""Leads as they were recorded, made into what a simulation plays: reactions, work, an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.routing.domain.simulation.scenario import (
    DAY,
    SECOND,
    Arrival,
    Holding,
    Reaction,
    Task,
)
from shared.database import Row

NEVER = 36_500 * DAY  # beyond every recording
_GIVEN_AWAY = frozenset({"returned", "reassigned"})


class Lease(NamedTuple):
    """A recorded assignment, in microseconds from the beginning of the recording."""

    agent: int
    round: int
    assigned_at: int
    accepted_at: int | None
    touched_at: int | None
    ended_at: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Recording:
    """Where moments count from, and the places of the agents."""

    begin: datetime
    places: Mapping[UUID, int]

    def at(self, moment: datetime) -> int:
        return round((moment - self.begin).total_seconds() * SECOND)

    def leases(self, row: Row) -> list[Lease]:
        """The assignments of a row with `assignments`, the first one first."""
        return [self._lease(item) for item in row.assignments]

    def _lease(self, item: Mapping[str, Any]) -> Lease:
        return Lease(
            agent=self.places[UUID(item["manager_id"])],
            round=item["round"],
            assigned_at=self.at(datetime.fromisoformat(item["assigned_at"])),
            accepted_at=self._at_or_none(item["accepted_at"]),
            touched_at=self._at_or_none(item["touched_at"]),
            ended_at=self._at_or_none(item["ended_at"]),
            outcome=item["outcome"],
        )

    def _at_or_none(self, text: str | None) -> int | None:
        return None if text is None else self.at(datetime.fromisoformat(text))


def arrival_of(row: Row, recording: Recording) -> Arrival:
    """A lead that came in during the recording."""
    return _arrival(row, recording, recording.leases(row), holding=None, passed_over=frozenset())


def open_arrival_of(row: Row, recording: Recording) -> Arrival:
    """A lead that was open when the recording began: somebody had it, or it waited."""
    leases = recording.leases(row)
    past = [lease for lease in leases if lease.assigned_at < 0]
    coming = leases[len(past) :]
    live = past[-1] if past and (past[-1].ended_at is None or past[-1].ended_at >= 0) else None
    ended = past[:-1] if live else past
    number = past[-1].round if past else 1
    passed_over = frozenset(lease.agent for lease in ended if lease.round == number)
    if live is None:
        return _arrival(row, recording, coming, holding=None, passed_over=passed_over)
    holding = Holding(
        live.agent, live.assigned_at, _before(live.accepted_at), _before(live.touched_at)
    )
    return _arrival(row, recording, [live, *coming], holding=holding, passed_over=passed_over)


def _before(moment: int | None) -> int | None:
    return moment if moment is not None and moment < 0 else None


def _arrival(
    row: Row,
    recording: Recording,
    leases: Sequence[Lease],
    *,
    holding: Holding | None,
    passed_over: frozenset[int],
) -> Arrival:
    closed_at = None if row.closed_at is None else recording.at(row.closed_at)
    tasks, closes_after = _work(leases, closed_at)
    return Arrival(
        lead_id=row.lead_id,
        at=recording.at(row.opened_at),
        pool=row.pool,
        contact_id=row.canonical_id,
        channel=row.channel,
        priority_class=row.priority_class,
        language=row.language,
        region=row.region,
        product=row.product,
        reactions=tuple(map(_reaction, leases)) or (Reaction(NEVER),),
        tasks=tasks,
        closes_after=closes_after,
        wins=row.state == "won",
        holding=holding,
        passed_over=passed_over,
    )


def _reaction(lease: Lease) -> Reaction:
    if lease.accepted_at is not None:
        returns_after = None
        if lease.outcome in _GIVEN_AWAY and lease.ended_at is not None:
            returns_after = lease.ended_at - lease.accepted_at
        return Reaction(lease.accepted_at - lease.assigned_at, returns_after=returns_after)
    if lease.outcome == "declined" and lease.ended_at is not None:
        return Reaction(lease.ended_at - lease.assigned_at, declines=True)
    return Reaction(NEVER)


def _work(leases: Sequence[Lease], closed_at: int | None) -> tuple[tuple[Task, ...], int | None]:
    """What the last owner who accepted did: the first touch, and the end some time after it."""
    last = next((lease for lease in reversed(leases) if lease.accepted_at is not None), None)
    if last is None or last.accepted_at is None:
        return (), None
    since = last.accepted_at
    tasks: tuple[Task, ...] = ()
    if last.touched_at is not None:
        since = max(since, last.touched_at)
        tasks = (Task(since - last.accepted_at, 0),)
    return tasks, None if closed_at is None else max(0, closed_at - since)
