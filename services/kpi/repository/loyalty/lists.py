"""Rows of lists of customers, and what became of those who stand on them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import insert, select

from services.kpi.domain.loyalty.counting import count_buyers
from services.kpi.domain.loyalty.trial import Outcome
from services.kpi.domain.sale_columns.stretches import MICROSECOND
from services.kpi.repository.money.day_columns import SALES
from services.kpi.repository.money.sale_days import count_sums
from services.kpi.tables.loyalty import loyalty_list, loyalty_member
from shared.database import Session
from shared.errors import NotFoundError
from shared.statements import columns

Kind = Literal["win_back", "cross_sell"]
Group = Literal["asked", "held_back"]
_ADD: Final = """
INSERT INTO loyalty_member (list_id, contact_id, is_held_back)
SELECT :list_id, n.* FROM unnest(CAST(:ids AS uuid[]), CAST(:marks AS boolean[])) AS n
"""
# The members of a list, and the person whom each is now.
MEMBERS: Final = """
FROM loyalty_member AS m LEFT JOIN LATERAL (
    SELECT canonical_id FROM contact_link WHERE contact_link.contact_id = m.contact_id
    ORDER BY version DESC LIMIT 1
) AS link ON true
WHERE m.list_id = :list_id
"""
PERSON: Final = "coalesce(link.canonical_id, m.contact_id)"
_EVERYBODY: Final = f"""
SELECT string_agg(uuid_send({PERSON}) || boolsend(m.is_held_back), CAST('' AS bytea)) {MEMBERS}
"""
BOUGHT: Final = replace(SALES, names=("people", "ats"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerList:
    """`criteria` are those by which its customers were found among the sales of the days `first` to
    before `end`. Sales of the `outcome_days` after `made_at` are its result.
    """

    list_id: UUID
    name: str
    kind: Kind
    criteria: dict[str, Any]
    first: date
    end: date
    time_zone: str
    currency: str | None
    seed: str
    held_back_share: float
    outcome_days: int
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Member:
    contact_id: UUID
    is_held_back: bool


async def add_list(session: Session, item: CustomerList, members: Sequence[Member]) -> None:
    values = {each.name: getattr(item, each.name) for each in fields(CustomerList)}
    await session.execute(insert(loyalty_list).values(values))
    rows = [(member.contact_id, member.is_held_back) for member in members]
    await session.execute(_ADD, {**columns("ids marks", rows), "list_id": item.list_id})


async def list_lists(session: Session, *, before: UUID | None, limit: int) -> list[CustomerList]:
    """The newest first, one more than `limit`."""
    query = select(loyalty_list).order_by(loyalty_list.c.list_id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(loyalty_list.c.list_id < before)
    return [CustomerList(**row) for row in await session.execute(query)]


async def get_list(session: Session, list_id: UUID) -> CustomerList:
    """Raises NotFoundError."""
    query = select(loyalty_list).where(loyalty_list.c.list_id == list_id)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("There is no such list.")
    return CustomerList(**row)


async def list_members(
    session: Session, list_id: UUID, group: Group, *, after: UUID | None, limit: int
) -> list[UUID]:
    """The contacts of a group, the highest id first."""
    member = loyalty_member.c
    query = (
        select(member.contact_id)
        .where(member.list_id == list_id, member.is_held_back.is_(group == "held_back"))
        .order_by(member.contact_id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(member.contact_id < after)
    return [row.contact_id for row in await session.execute(query)]


async def read_people(session: Session, list_id: UUID) -> bytes:
    """Of each member the id of the person whom they are now, and whether they are held back, as
    `count_buyers` takes them.
    """
    return await session.scalar(_EVERYBODY, {"list_id": list_id}) or b""


async def count_outcomes(
    session: Session, members: bytes, since: datetime, until: datetime
) -> dict[Group, Outcome]:
    """What became of the people of either group between two moments, as it is known now."""
    bounds = after_and_up_to(since, until)
    count_them = partial(count_buyers, members=members, bounds=bounds)
    of_asked, of_others = await count_sums(session, BOUGHT, bounds, count_them)
    return {"asked": of_asked, "held_back": of_others}


def after_and_up_to(since: datetime, until: datetime) -> list[datetime]:
    """What lies after a moment and up to another, as bounds of what begins and ends."""
    return [since + MICROSECOND, until + MICROSECOND]
