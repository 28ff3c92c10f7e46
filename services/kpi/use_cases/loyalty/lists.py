"""Makes lists of customers who are to be asked again, and measures what asking them brought.

Kpi knows no names and no consents, and speaks to nobody: see `approach.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.kpi.domain.loyalty.customers import CustomerFilter
from services.kpi.domain.loyalty.trial import (
    LEAST_GROUP,
    Difference,
    Outcome,
    difference,
    is_held_back,
)
from services.kpi.repository.loyalty import lists
from services.kpi.repository.loyalty.approaches import (
    Approach,
    count_asked,
    count_crossed,
    find_approach,
)
from services.kpi.repository.loyalty.lists import CustomerList, Group, Member
from services.kpi.repository.money.untold import count_untold
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.use_cases.loyalty.customers import list_customers
from services.kpi.use_cases.money.completeness import require_told
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Database, Session, transaction
from shared.errors import InvalidError

MOST_MEMBERS: Final = 100_000
TOO_FEW: Final = "too_few_people"


@dataclass(frozen=True, slots=True)
class ListCounts:
    """A list that was made, and how many people stand in its groups."""

    item: CustomerList
    asked: int
    held_back: int


async def make_list(
    database: Database, item: CustomerList, wish: MoneyWish, criteria: CustomerFilter
) -> ListCounts:
    """Find the customers, hold some of them back, and keep both. Raises InvalidError,
    UnavailableError.
    """
    async with transaction(database) as session:
        await require_told(session)
    async with transaction(database) as session:
        chosen = await list_customers(
            session, wish, criteria, None, now=item.made_at, after=None, limit=MOST_MEMBERS + 1
        )
    buyers = chosen.customers
    if not buyers or len(buyers) > MOST_MEMBERS:
        detail = f"holds between 1 and {MOST_MEMBERS} customers"
        raise InvalidError("It is no list.", errors=[("/criteria", detail)])
    members = [
        Member(one.contact_id, is_held_back(item.seed, one.contact_id, item.held_back_share))
        for one in buyers
    ]
    if all(member.is_held_back for member in members):
        detail = f"by this one all {len(members)} of them would be held back, and nobody asked"
        raise InvalidError("It is no list.", errors=[("/seed", detail)])
    whole = replace(item, currency=chosen.currency)
    async with transaction(database) as session:
        await lists.add_list(session, whole, members)
    held = sum(member.is_held_back for member in members)
    return ListCounts(whole, len(members) - held, held)


def end_of(item: CustomerList) -> datetime:
    """Up to when sales are a list's result."""
    return item.made_at + timedelta(days=item.outcome_days)


@dataclass(frozen=True, slots=True)
class ListResult:
    """Sales up to `until`, which is the end once it `is_over`. The difference is of all who were to
    be asked, reached or not; where it says too little it is missing. `waiting`: how much is known
    that is not told yet. `approach` is None until they are to be approached, and `reached` of whom
    an inquiry has come of that since. `crossed`: of those held back so many were to be approached
    by another list, which makes the difference smaller than it is.
    """

    item: CustomerList
    approach: Approach | None
    reached: Outcome | None
    until: datetime
    is_over: bool
    groups: dict[Group, Outcome]
    difference: Difference | None
    missing: Literal["too_few_people"] | None
    waiting: int
    crossed: int


async def show_result(session: Session, list_id: UUID, now: datetime) -> ListResult:
    """What became of a list. Raises NotFoundError."""
    await take_snapshot(session)
    item = await lists.get_list(session, list_id)
    end = end_of(item)
    until = min(now, end)
    members = await lists.read_people(session, list_id)
    groups = await lists.count_outcomes(session, members, item.made_at, until)
    one, other = groups["asked"], groups["held_back"]
    has_enough = min(one.people, other.people) >= LEAST_GROUP
    gain = difference(one, other) if has_enough else None
    approach = await find_approach(session, list_id)
    return ListResult(
        item,
        approach,
        None if approach is None else await count_asked(session, item, approach, members, until),
        until,
        now >= end,
        groups,
        gain,
        None if has_enough else TOO_FEW,
        await count_untold(session),
        await count_crossed(session, item, until),
    )
