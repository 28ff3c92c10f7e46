"""Bodies and answers of trials of pools' rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.routing.domain.facts import CAMPAIGN, Facts
from services.routing.domain.lead import MILLI
from services.routing.domain.policies import policy_of
from services.routing.domain.pools import Pool
from services.routing.repository.recordings.facts import NOT_RECORDED
from services.routing.schemas.fields import Currency, Key, Money, Word, Words
from services.routing.schemas.policies import PoolPolicy
from services.routing.schemas.pools import Position
from services.routing.schemas.rules import PoolRule
from services.routing.use_cases.pools.try_rules import BatchTrial, Trial
from shared.validation import MemberError
from shared.web.fields import Body
from shared.web.ranges import Moment


class DraftPool(Body):
    """A pool as it would be. Without `position` it stays where it is, and a new one goes last."""

    key: Key
    position: Position | None = None
    rules: list[PoolRule] = Field(default_factory=list, max_length=100)
    policy: PoolPolicy = PoolPolicy()

    def pool(self) -> Pool:
        return Pool(
            key=self.key,
            name=self.key,
            position=self.position or 0,
            rules=tuple(rule.record() for rule in self.rules),
            policy=policy_of(self.policy.model_dump()),
        )


Draft = Annotated[list[DraftPool], Field(max_length=200)]


class InquiryFacts(Body):
    """What is known of an inquiry; `source` is the key or the id of a source."""

    channel: Word
    source: Words | None = None
    region: Words | None = None
    language: Word | None = None
    priority_class: Word = "normal"
    product: Words | None = None
    city: Words | None = None
    utm_source: Words | None = None
    utm_medium: Words | None = None
    utm_campaign: Words | None = None
    utm_term: Words | None = None
    utm_content: Words | None = None
    amount: Money | None = None
    currency: Currency | None = None

    def facts(self, at: datetime) -> Facts:
        names = ("channel", "source", "region", "language", "priority_class", "product", "city")
        values = {name: getattr(self, name) for name in (*names, *CAMPAIGN)}
        texts = {name: (value,) if value else () for name, value in values.items()}
        texts["campaign"] = texts["utm_campaign"]
        return Facts(texts, at, self.amount, self.currency)


class PoolTestIn(Body):
    """`facts`, or an inquiry or a lead that has them. `pools` stand for the present ones of
    the same keys; `at` is the moment that it would come at, and `source_pool` the pool that its
    source names.
    """

    facts: InquiryFacts | None = None
    inquiry_id: UUID | None = None
    lead_id: UUID | None = None
    source_pool: Key | None = None
    pipeline: Key | None = None
    at: Moment | None = None
    pools: Draft = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_about_one(self) -> Self:
        subjects = (self.facts, self.inquiry_id, self.lead_id)
        if sum(subject is not None for subject in subjects) != 1:
            raise MemberError("facts", "give one of facts, inquiry_id, lead_id")
        return self


class FactVerdictOut(BaseModel):
    """`negated`: it stands under `not`, and holds where the fact does not have these values."""

    fact: str
    negated: bool
    holds: bool
    wanted: Any
    present: Any


class RuleVerdictOut(BaseModel):
    pool: str
    rule: int
    matches: bool
    facts: list[FactVerdictOut]


class NeedsOut(BaseModel):
    """Of a manager: levels of skills and traits that they must have; traits that are welcome."""

    skills: dict[str, float]
    match: dict[str, str]
    prefer: dict[str, str]


class PoolTestOut(BaseModel):
    """`by`: a rule, whose place in the pool is `rule`; the source; or nothing, so that the default
    pool takes it. `tried` are the rules up to that one, and `more` were tried besides. Facts of
    `not_recorded` are not known of recorded inquiries.
    """

    pool: str
    by: str
    rule: int | None
    work_units: float
    needs: NeedsOut
    tried: list[RuleVerdictOut]
    more: int
    not_recorded: list[str]


def pool_test_out(trial: Trial, *, recorded: bool) -> PoolTestOut:
    return PoolTestOut(
        pool=trial.choice.pool.key,
        by=trial.choice.by,
        rule=trial.choice.rule,
        work_units=trial.units_milli / MILLI,
        needs=NeedsOut(
            skills=dict(trial.skills), match=dict(trial.match), prefer=dict(trial.prefer)
        ),
        tried=[
            RuleVerdictOut(
                pool=item.pool,
                rule=item.rule,
                matches=item.matches,
                facts=[
                    FactVerdictOut.model_validate(verdict, from_attributes=True)
                    for verdict in item.verdicts
                ],
            )
            for item in trial.tried
        ],
        more=trial.more,
        not_recorded=list(NOT_RECORDED) if recorded else [],
    )


class PoolBatchTestIn(Body):
    """The leads received in the last `days`, a page at a time: `limit` at most."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
    pools: Draft = Field(default_factory=list)
    cursor: Annotated[str | None, Field(max_length=400)] = None
    limit: Annotated[int, Field(ge=1, le=2000)] = 1000


class FlowOut(BaseModel):
    from_pool: str
    to_pool: str
    leads: int


class MoveOut(BaseModel):
    lead_id: UUID
    from_pool: str
    to_pool: str
    rule: int | None


class PoolBatchTestOut(BaseModel):
    """Of this page: the leads, and how many of them would be in another pool than they are. Sums of
    all pages are the caller's.
    """

    leads: int
    moves: int
    flows: list[FlowOut]
    examples: list[MoveOut]
    not_recorded: list[str]
    next_cursor: str | None


def pool_batch_test_out(trial: BatchTrial, next_cursor: str | None) -> PoolBatchTestOut:
    flows: Sequence[tuple[tuple[str, str], int]] = sorted(trial.flows.items())
    return PoolBatchTestOut(
        leads=trial.leads,
        moves=trial.moves,
        flows=[FlowOut(from_pool=a, to_pool=b, leads=count) for (a, b), count in flows],
        examples=[MoveOut.model_validate(item, from_attributes=True) for item in trial.examples],
        not_recorded=list(NOT_RECORDED),
        next_cursor=next_cursor,
    )
