"""What may be asked of lists of leads, and counts as answers."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.routing.domain.lead import RANKS
from services.routing.repository.lead_filters import LeadFilter
from services.routing.schemas.fields import KEY_PATTERN, Currency, Money, Word
from shared.errors import InvalidError
from shared.web.ranges import Moment
from shared.web.tokens import Caller

SortName = Literal[
    "newest", "oldest", "-received_at", "received_at", "queue", "accept_by", "first_touch_by",
    "next_action_at", "rots_at", "priority", "amount", "-amount",
]  # fmt: skip
GroupName = Literal[
    "state", "pool", "pipeline", "stage", "owner", "channel", "source_id", "priority_class",
    "region", "product", "language",
]  # fmt: skip
KeyOf = Annotated[str, Field(pattern=KEY_PATTERN)]


class LeadQuery(BaseModel):
    """Filters of leads: all that are given have to hold. `owner` is an id, `me` or `none`;
    `waiting` leads are open ones without an owner; `planned` ones have a next action; `rotting` and
    `overdue` ones are open and past `rots_at` or `next_action_at`; `set_aside` ones are open, none
    of all that, as all their people were erased. Amounts are what was sold for, else what is
    expected.
    """

    model_config = ConfigDict(frozen=True)

    owner: UUID | Literal["me", "none"] | None = None
    state: Literal["open", "won", "lost", "merged"] | None = None
    pool: KeyOf | None = None
    pipeline: KeyOf | None = None
    stage: Word | None = None
    channel: Word | None = None
    source_id: UUID | None = None
    priority_class: Word | None = None
    region: Word | None = None
    product: Word | None = None
    language: Word | None = None
    is_test: bool | None = None
    contact_id: UUID | None = None
    waiting: bool | None = None
    accepted: bool | None = None
    planned: bool | None = None
    set_aside: bool | None = None
    rotting: bool | None = None
    overdue: bool | None = None
    received_from: Moment | None = None
    received_to: Moment | None = None
    accept_by_before: Moment | None = None
    first_touch_by_before: Moment | None = None
    next_action_before: Moment | None = None
    amount_from: Money | None = None
    amount_to: Money | None = None
    currency: Currency | None = None

    def criteria(self, caller: Caller, *, now: datetime) -> LeadFilter | None:
        """The filter; None where a manager asks for leads that are not theirs. Raises InvalidError
        for `me` of somebody who is no manager.
        """
        values = {name: getattr(self, name) for name in LeadQuery.model_fields if name != "owner"}
        owner = self.owner
        if owner == "me":
            if caller.manager_id is None:
                raise InvalidError(
                    "You are no manager.", errors=[("/owner", "`me` is a manager's own")]
                )
            owner = caller.manager_id
        if caller.manager_id is not None:
            if owner not in {None, caller.manager_id}:
                return None
            owner = caller.manager_id
        if owner == "none":
            return LeadFilter(now, unowned=True, **values)
        return LeadFilter(now, owner_id=owner, **values)


class LeadListQuery(LeadQuery):
    """Sorts by `received_at`, `newest` and `oldest` never give a lead twice. In the other orders a
    lead stands where it stands now, and only leads that have what is sorted by are listed.
    """

    sort: SortName = "newest"
    cursor: Annotated[str | None, Field(max_length=400)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class LeadCountQuery(LeadQuery):
    group_by: GroupName = "state"


class GroupOut(BaseModel):
    """`value` is null for leads that have none."""

    value: str | None
    count: int


class LeadCountsOut(BaseModel):
    """The largest groups, at most 200; `total` counts all leads."""

    group_by: str
    groups: list[GroupOut]
    total: int


_RANKS = frozenset(map(str, RANKS.values()))
_AMOUNT = re.compile(r"\d{1,14}(\.\d{1,4})?")


def cursor_amount(text: str) -> Decimal:
    """An amount as a cursor holds it. Raises ValueError."""
    if not text.isascii() or not _AMOUNT.fullmatch(text):
        raise ValueError("no amount of ours")
    return Decimal(text)


def cursor_rank(text: str) -> int:
    """The rank of a priority class. Raises ValueError."""
    if text not in _RANKS:
        raise ValueError("no rank of ours")
    return int(text)


def value_out(value: Any) -> str | None:
    return None if value is None else str(value)
