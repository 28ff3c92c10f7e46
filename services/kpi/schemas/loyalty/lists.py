"""Lists of customers as they are made and shown, and their results."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kpi.domain.loyalty.customers import CustomerFilter
from services.kpi.domain.loyalty.segments import Name as Segment
from services.kpi.domain.loyalty.trial import CONFIDENCE, Outcome
from services.kpi.repository.loyalty.approaches import Approach
from services.kpi.repository.loyalty.lists import CustomerList, Kind
from services.kpi.schemas.fields import Day, Name, Reason
from services.kpi.use_cases.loyalty.lists import ListCounts, ListResult
from shared.text import Text
from shared.web.fields import Body

_Product = Annotated[Text, StringConstraints(min_length=1, max_length=500)]
LONGEST_OUTCOME = 365


class CriteriaIn(Body):
    """Whom the list holds: those of whom all that is said is true, as in
    `GET /v1/loyalty/customers`.
    """

    segment: Segment | None = None
    sleeping: bool | None = None
    product: _Product | None = None
    also: _Product | None = None
    without: _Product | None = None

    def criteria(self) -> CustomerFilter:
        return CustomerFilter(**self.model_dump())


class CustomerListIn(Body):
    """The customers of the days of `tz` from `from` to before `to`. Of them the share
    `held_back_share` is held back, by the `seed`: these are not to be asked, so that the others can
    be compared with them over `outcome_days`.
    """

    name: Name
    kind: Kind
    first: Day = Field(alias="from")
    end: Day = Field(alias="to")
    tz: Annotated[Text, StringConstraints(min_length=1, max_length=64)] | None = None
    criteria: CriteriaIn
    seed: Name
    held_back_share: Annotated[float, Field(ge=0.05, le=0.5)] = 0.2
    outcome_days: Annotated[int, Field(ge=1, le=LONGEST_OUTCOME)] = 30


class CustomerListOut(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, from_attributes=True)

    list_id: UUID
    name: str
    kind: Kind
    first: date = Field(alias="from")
    end: date = Field(alias="to")
    time_zone: str
    criteria: CriteriaIn
    seed: str
    held_back_share: float
    outcome_days: int
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, item: CustomerList) -> Self:
        return cls(**{name: getattr(item, name) for name in cls.model_fields})


class CustomerListMadeOut(BaseModel):
    """`asked` are how many are to be asked, `held_back` how many are not."""

    list: CustomerListOut
    asked: int
    held_back: int

    @classmethod
    def of(cls, counts: ListCounts) -> Self:
        return cls(
            list=CustomerListOut.of(counts.item), asked=counts.asked, held_back=counts.held_back
        )


class ApproachIn(Body):
    """`reason`: what is to be said to them, for those who will."""

    reason: Reason | None = None


class ListApproachOut(BaseModel):
    """So many `contacts` of a list are to be approached: one of each person who is not held back.
    Intake tells what came of them.
    """

    list_id: UUID
    contacts: int
    reason: str | None
    requested_at: datetime
    requested_by: str

    @classmethod
    def of(cls, approach: Approach) -> Self:
        return cls(**asdict(approach))


class ListReachedOut(ListApproachOut):
    """What came of it: `asked` of these people have become inquiries of the source of such lists,
    of whom `bought` have bought since; `not_asked` have not, or not yet: they did not agree to it,
    or have no point by which to be reached. Intake tells which.
    """

    asked: int
    bought: int
    not_asked: int

    @classmethod
    def of_result(cls, approach: Approach, reached: Outcome) -> Self:
        return cls(
            **asdict(approach),
            asked=reached.people,
            bought=reached.bought,
            not_asked=max(0, approach.contacts - reached.people),
        )


class ListGroupOut(BaseModel):
    """Of `people` so many bought, the share `share`; null of nobody."""

    people: int
    bought: int
    share: float | None

    @classmethod
    def of(cls, group: Outcome) -> Self:
        share = round(group.bought / group.people, 4) if group.people else None
        return cls(people=group.people, bought=group.bought, share=share)


class ListResultOut(BaseModel):
    """What became of a list up to `until`; `is_over`: that is its end. `difference` is by how much
    the share of those to be asked exceeds that of those held back, with `confidence` between `low`
    and `high`. Members who have become one person count once, and not at all if of both groups.
    `approach` is null until somebody asks for it. `held_back_asked`: so many of those held back
    were to be approached by another list since, so that the difference may be smaller than it is.
    """

    list: CustomerListOut
    approach: ListReachedOut | None
    until: datetime
    is_over: bool
    asked: ListGroupOut
    held_back: ListGroupOut
    difference: float | None
    low: float | None
    high: float | None
    confidence: float
    missing: Literal["too_few_people"] | None
    held_back_asked: int
    waiting: int

    @classmethod
    def of(cls, result: ListResult) -> Self:
        gain = result.difference
        return cls(
            list=CustomerListOut.of(result.item),
            approach=None
            if result.approach is None or result.reached is None
            else ListReachedOut.of_result(result.approach, result.reached),
            until=result.until,
            is_over=result.is_over,
            asked=ListGroupOut.of(result.groups["asked"]),
            held_back=ListGroupOut.of(result.groups["held_back"]),
            difference=None if gain is None else round(gain.value, 4),
            low=None if gain is None else round(gain.interval.low, 4),
            high=None if gain is None else round(gain.interval.high, 4),
            confidence=CONFIDENCE,
            missing=result.missing,
            held_back_asked=result.crossed,
            waiting=result.waiting,
        )


class MemberOut(BaseModel):
    """A person, by the id of their contact."""

    contact_id: UUID
