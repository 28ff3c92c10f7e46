"""The ways of leads through their pipelines, as their own events tell of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.routing.domain.conformance import StageRow
from shared.contracts.envelope import Event
from shared.contracts.leads import (
    LeadEvent,
    LeadLost,
    LeadNextActionSet,
    LeadOpened,
    LeadReopened,
    LeadStageChanged,
    LeadWon,
)


@dataclass(frozen=True, slots=True)
class PathRow:
    """Columns of a lead; the amount is what a manager said to expect, if one did."""

    lead_id: UUID
    stage: str
    pipeline_version: int
    stage_since: datetime
    next_action: str | None = None
    next_action_at: datetime | None = None
    expected_amount: Decimal | None = None
    expected_currency: str | None = None


@dataclass(eq=False)
class RestoredPaths:
    """Rows as events have them: `changed` leads by id, and steps."""

    changed: dict[UUID, PathRow] = field(default_factory=dict)
    steps: list[StageRow] = field(default_factory=list)


def restored_paths(rows: Mapping[UUID, PathRow], events: Iterable[Event]) -> RestoredPaths:
    """The rows after these events; `rows` are those of all known leads that they name. Events of
    leads that nobody has seen opened are passed over.
    """
    paths = RestoredPaths()
    for event in events:
        if isinstance(event, LeadOpened):
            paths.changed[event.lead_id] = PathRow(
                event.lead_id, event.stage, event.pipeline_version, event.at
            )
        elif isinstance(event, LeadEvent):
            before = paths.changed.get(event.lead_id) or rows.get(event.lead_id)
            if before is not None:
                _take(paths, before, event)
    return paths


def _take(paths: RestoredPaths, before: PathRow, event: LeadEvent) -> None:
    after = _after(before, event)
    if after is not before:
        paths.changed[before.lead_id] = after
    if isinstance(event, LeadStageChanged | LeadWon | LeadLost):
        paths.steps.append(_step(before, after, event, manager_id=event.manager_id))
    elif isinstance(event, LeadReopened) and event.closed_as is not None:
        paths.steps.append(_step(before, after, event, manager_id=None))


def _after(row: PathRow, event: LeadEvent) -> PathRow:
    match event:
        case LeadStageChanged():
            version = event.pipeline_version or row.pipeline_version
            row = replace(row, stage=event.to_stage, stage_since=event.at, pipeline_version=version)
            if event.amount is None:
                return row
            return replace(row, expected_amount=event.amount, expected_currency=event.currency)
        case LeadNextActionSet():
            return replace(row, next_action=event.next_action, next_action_at=event.due_at)
        case LeadReopened() if event.closed_as is not None:
            return replace(row, stage_since=event.at, next_action=None, next_action_at=None)
    return row


def _step(
    before: PathRow,
    after: PathRow,
    event: LeadStageChanged | LeadWon | LeadLost | LeadReopened,
    *,
    manager_id: UUID | None,
) -> StageRow:
    states = {LeadWon.TYPE: "won", LeadLost.TYPE: "lost"}
    return StageRow(
        lead_id=event.lead_id,
        version=event.version,
        stage=after.stage,
        from_stage=before.stage,
        state=states.get(event.TYPE, "open"),
        pipeline_version=after.pipeline_version,
        facts=tuple(event.fact_names or ()),
        at=event.at,
        actor=event.actor,
        manager_id=manager_id,
    )
