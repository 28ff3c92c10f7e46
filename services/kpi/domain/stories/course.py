"""The course of one lead by its own events: stages, owners, outcome."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.kpi.domain.facts import LeadOpening, LeadStep
from services.kpi.domain.stories.story import Holding, Visit
from shared.contracts.lead_state import ERASED

# After these nobody owns the lead.
_FREEING = frozenset({"parked", "declined", "lease_expired", "returned", "merged", "reopened"})


@dataclass(slots=True)
class Course:
    """What a lead's own events say, up to some version. `owner_id` stays when the lead is closed,
    while its last holding ends then.
    """

    opening: LeadOpening
    stage: str = ""
    merged_into: UUID | None = None
    owner_id: UUID | None = None
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    accept_by: datetime | None = None
    first_touch_by: datetime | None = None
    won_at: datetime | None = None
    lost_at: datetime | None = None
    aside_at: datetime | None = None
    closed_by: UUID | None = None
    amount: Decimal | None = None
    currency: str | None = None
    loss_reason: str | None = None
    reopened: int = 0
    visits: dict[str, Visit] = field(default_factory=dict)
    holdings: list[Holding] = field(default_factory=list)

    @property
    def closed_at(self) -> datetime | None:
        return self.won_at or self.lost_at

    def follow(self, step: LeadStep) -> None:
        """Take the next step."""
        if step.kind == "assigned":
            self._begin_holding(step)
        elif step.kind == "accepted":
            self._accept(step)
        elif step.kind == "stage_changed":
            self._leave_stage(step.at)
            self.stage = step.stage or self.stage
            self._enter_stage(step.at)
        elif step.kind in {"won", "lost"}:
            self._close(step)
        elif step.kind in _FREEING:
            self._end_holding(step.at, step.kind)
            self.owner_id = None
        if step.kind == "merged":
            self.merged_into = step.into_id
            self._leave_stage(step.at)
        elif step.kind == "reopened":
            self._reopen(step.at)
        self.aside_at = None if self.closed_at else aside_since(self.aside_at, step)

    def _begin_holding(self, step: LeadStep) -> None:
        if step.manager_id is None:
            return
        self._end_holding(step.at, step.kind)
        self.owner_id = step.manager_id
        if self.assigned_at is None:
            self.assigned_at = step.at
            self.accept_by, self.first_touch_by = step.accept_by, step.first_touch_by
        self.holdings.append(
            Holding(
                manager_id=step.manager_id,
                since=step.at,
                until=None,
                ended=None,
                accepted_at=None,
                touched_at=None,
                accept_by=step.accept_by,
                first_touch_by=step.first_touch_by,
                units_milli=self.opening.units_milli,
            )
        )

    def _accept(self, step: LeadStep) -> None:
        if step.manager_id is None:
            return
        last = self.holdings[-1] if self.holdings else None
        if last is None or last.until is not None or last.manager_id != step.manager_id:
            # Whoever takes a lead that was not theirs owns it from here on.
            self._end_holding(step.at, step.kind)
            self.holdings.append(
                Holding(
                    step.manager_id,
                    step.at,
                    None,
                    None,
                    step.at,
                    None,
                    None,
                    None,
                    self.opening.units_milli,
                )
            )
        elif last.accepted_at is None:
            self.holdings[-1] = last._replace(accepted_at=step.at)
        self.owner_id = step.manager_id
        self.accepted_at = self.accepted_at or step.at

    def _end_holding(self, at: datetime, kind: str) -> None:
        if self.holdings and self.holdings[-1].until is None:
            self.holdings[-1] = self.holdings[-1]._replace(until=at, ended=kind)

    def _enter_stage(self, at: datetime) -> None:
        visit = self.visits.get(self.stage) or Visit(self.stage, at, 0.0, None)
        self.visits[self.stage] = visit._replace(since=at)

    def _leave_stage(self, at: datetime) -> None:
        visit = self.visits.get(self.stage)
        if visit is not None and visit.since is not None:
            seconds = visit.seconds + max(0.0, (at - visit.since).total_seconds())
            self.visits[self.stage] = visit._replace(seconds=seconds, since=None)

    def _close(self, step: LeadStep) -> None:
        self._leave_stage(step.at)
        self._end_holding(step.at, step.kind)
        self.closed_by = step.manager_id or self.owner_id
        if step.kind == "won":
            self.won_at, self.lost_at, self.loss_reason = step.at, None, None
            self.amount, self.currency = step.amount, step.currency
        else:
            self.won_at, self.lost_at, self.loss_reason = None, step.at, step.reason
            self.amount = self.currency = None

    def _reopen(self, at: datetime) -> None:
        self.merged_into = None
        take_back(self)
        self.reopened += 1
        self._enter_stage(at)


def aside_since(before: datetime | None, step: LeadStep) -> datetime | None:
    """Since when the lead has been nobody's work, as all who asked were forgotten: until it is
    closed, or given to somebody all the same.
    """
    if step.kind == "parked" and step.reason == ERASED:
        return before or step.at
    return before if step.kind == "stage_changed" else None


def take_back(course: Course) -> None:
    """A reopened lead counts in one outcome only, so it is neither won nor lost any more."""
    course.won_at = course.lost_at = course.closed_by = None
    course.amount = course.currency = course.loss_reason = None


def course_of(opening: LeadOpening, steps: Iterable[LeadStep], until: datetime) -> Course:
    """The course as it was known just before `until`."""
    course = Course(opening, stage=opening.stage)
    course.visits[opening.stage] = Visit(opening.stage, opening.opened_at, 0.0, opening.opened_at)
    for step in steps:
        # A clock that was set back must not let a later version be known before an earlier one.
        if step.known_at >= until:
            break
        course.follow(step)
    return course
