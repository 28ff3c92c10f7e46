"""Goals: what is set and corrected, and what is answered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.goals.goals import Goal, Progress
from services.kpi.domain.working_days import DaysBy
from services.kpi.repository.goals.goals import GoalVersion
from services.kpi.schemas.fields import Day, Name, Words, days_number
from services.kpi.schemas.planning import PastAxis
from services.kpi.schemas.potentials import CoverOut
from services.kpi.use_cases.goals.goals import GoalOutlook
from services.kpi.use_cases.territories.ceilings import cover_of_goal
from services.kpi.use_cases.territories.limits import Limits
from shared.contracts.inquiry import Amount
from shared.text import Text
from shared.web.fields import Body
from shared.web.pagination import Page

MOST_GROUNDS = 100  # potentials that a goal rests on
_Value = Annotated[
    Decimal, Field(gt=0, le=10**15, max_digits=21, decimal_places=6, allow_inf_nan=False)
]


class GoalIn(Body):
    """`unit`: a currency for money, else `sales`, `leads` or `share`. The days are those of `tz`
    from `from` to before `to`. `challenge` says why it is one. It rests on the potentials
    `potential_ids`, whose sales potentials add up to what it may be at most.
    """

    name: Name
    measure: Measure
    unit: Annotated[Text, StringConstraints(min_length=1, max_length=10)]
    value: _Value
    first: Day = Field(alias="from")
    end: Day = Field(alias="to")
    tz: Annotated[Text, StringConstraints(min_length=1, max_length=64)] | None = None
    axis: PastAxis = "company"
    key: Annotated[Text, StringConstraints(max_length=200)] | None = None
    owner: Name
    challenge: Words
    potential_ids: list[UUID] = Field(default_factory=list, max_length=MOST_GROUNDS)

    def goal(self, time_zone: str) -> Goal:
        members = self.model_dump(include=set(Goal.__dataclass_fields__))
        return Goal(**members | {"potential_ids": tuple(self.potential_ids)}, time_zone=time_zone)


class GoalCorrectionIn(GoalIn):
    """`kind`: whether the `goal` is corrected, or the `programme` by which it is to be reached,
    which leaves measure, unit, value, days and whose it is as they are; `reason` says why.
    """

    kind: Literal["goal", "programme"]
    reason: Words


class WithdrawalIn(Body):
    """`reason` says why nothing is held against the goal any more."""

    reason: Words


class GoalOut(BaseModel):
    """`kind` is `withdrawn` once nothing is held against it any more."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    goal_id: UUID
    version: int
    name: str
    measure: Measure
    unit: str
    value: Amount
    first: date = Field(alias="from")
    end: date = Field(alias="to")
    time_zone: str
    axis: PastAxis
    key: str | None
    owner: str
    challenge: str
    potential_ids: list[UUID]
    potential: Amount | None
    kind: Literal["set", "goal", "programme", "withdrawn"]
    reason: str | None
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, item: GoalVersion) -> Self:
        names = [name for name in cls.model_fields if name != "goal"]
        return cls.model_validate(
            {name: getattr(item.goal if hasattr(item.goal, name) else item, name) for name in names}
        )


class GoalSetOut(GoalOut):
    """`cover` tells whether potentials cover the goal, whichever it rests on; null for what they
    are not of.
    """

    cover: CoverOut | None

    @classmethod
    def within(cls, item: GoalVersion, limits: Limits) -> Self:
        members = GoalOut.of(item).model_dump(by_alias=False)
        return cls(**members, cover=cover_out(limits, item.goal))


def cover_out(limits: Limits, goal: Goal) -> CoverOut | None:
    cover = cover_of_goal(limits, goal)
    return None if cover is None else CoverOut.of(cover, limits.tree)


class ProgressOut(BaseModel):
    """`done` up to now and `missing` until the goal; `daily` is what a working day brought so far,
    and `required_daily` what each of those left, today among them, must bring: null for what does
    not add up. `days_by` tells whose working days these are: of the `manager` of the goal, of the
    `company` (the mean of its managers), or those of the usual week without the holidays of a
    `country`, or with them (`weekdays`).
    """

    done: Amount | None
    share: float | None
    missing: Amount | None
    days_by: DaysBy
    country: str | None
    days_over: Amount
    days_left: Amount
    daily: Amount | None
    required_daily: Amount | None

    @classmethod
    def of(cls, item: Progress) -> Self:
        return cls(
            done=item.done,
            share=None if item.share is None else float(item.share),
            missing=item.missing,
            days_by=item.days.by,
            country=item.days.country,
            days_over=days_number(item.days_over),
            days_left=days_number(item.days_left),
            daily=item.daily,
            required_daily=item.required_daily,
        )


class OutlookOut(BaseModel):
    """What the whole time comes to by that forecast, and what was there before it. `gap`: by how
    much the likeliest value lies below the goal. The outer values are sums of those of the steps.
    """

    model_config = ConfigDict(from_attributes=True)

    forecast_id: UUID
    p10: Amount
    p50: Amount
    p90: Amount
    gap: Amount


class GoalProgressOut(BaseModel):
    """`revisions` are a page of its versions, the latest first. `cover` tells whether potentials
    cover the goal, as of now; null for what they are not of. `outlook` is by the latest forecast of
    the same measure; null while it does not reach the goal's end by whole steps, and for what does
    not add up.
    """

    goal: GoalOut
    progress: ProgressOut
    outlook: OutlookOut | None
    cover: CoverOut | None
    revisions: list[GoalOut]
    next_cursor: str | None

    @classmethod
    def of(
        cls,
        latest: GoalVersion,
        versions: Page[GoalVersion],
        progress: Progress,
        outlook: GoalOutlook | None,
        limits: Limits,
    ) -> Self:
        return cls(
            goal=GoalOut.of(latest),
            progress=ProgressOut.of(progress),
            outlook=OutlookOut(**outlook._asdict()) if outlook else None,
            cover=cover_out(limits, latest.goal),
            revisions=[GoalOut.of(item) for item in versions.items],
            next_cursor=versions.next_cursor,
        )
