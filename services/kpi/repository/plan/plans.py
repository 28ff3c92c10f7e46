"""Rows of plans and of their versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from services.kpi.domain.plan.terms import Contract, Rule, Terms
from services.kpi.tables.plans import plan, plan_version
from shared.database import Row, Session
from shared.errors import NotFoundError

DRAFT: Final = "draft"
APPROVED: Final = "approved"


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """`begun_as` are the members of what the first draft was made from."""

    terms: Terms
    begun_as: Mapping[str, Any]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Version:
    """`revision` rises with every change of a draft; `made_from` is the version it began as."""

    plan_id: UUID
    number: int
    state: str
    revision: int
    made_from: int | None
    made_at: datetime
    made_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None


def no_such_plan() -> NotFoundError:
    return NotFoundError("There is no such plan.")


def no_such_version() -> NotFoundError:
    return NotFoundError("The plan has no such version.")


async def add_plan(session: Session, item: KeptPlan) -> None:
    terms = item.terms
    values = {
        "plan_id": terms.plan_id,
        "name": terms.name,
        "currency": terms.currency,
        "first_month": terms.first_month,
        "months": terms.months,
        "party": terms.party,
        "rule": _rule_members(terms.rule),
        "season": {name: list(weights) for name, weights in terms.season.items()},
        "begun_as": dict(item.begun_as),
        "created_at": item.created_at,
        "created_by": item.created_by,
    }
    await session.execute(insert(plan).values(values))


async def list_plans(session: Session, *, before: UUID | None, limit: int) -> list[KeptPlan]:
    """Newest id first, one more than `limit`."""
    query = select(plan).order_by(plan.c.plan_id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(plan.c.plan_id < before)
    return [_plan(row) for row in await session.execute(query)]


async def get_plan(session: Session, plan_id: UUID, *, lock: bool = False) -> KeptPlan:
    """Raises NotFoundError."""
    query = select(plan).where(plan.c.plan_id == plan_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise no_such_plan()
    return _plan(row)


async def count_plans(session: Session) -> int:
    number: int = await session.scalar("SELECT count(*) FROM plan")
    return number


async def delete_plan(session: Session, plan_id: UUID) -> None:
    await session.execute(delete(plan).where(plan.c.plan_id == plan_id))


async def add_version(session: Session, item: Version) -> None:
    values = {column.name: getattr(item, column.name) for column in plan_version.columns}
    await session.execute(insert(plan_version).values(values))


async def list_versions(session: Session, plan_id: UUID) -> list[Version]:
    """The latest first."""
    query = (
        select(plan_version)
        .where(plan_version.c.plan_id == plan_id)
        .order_by(plan_version.c.number.desc())
    )
    return [Version(**row) for row in await session.execute(query)]


async def get_version(
    session: Session, plan_id: UUID, number: int, *, lock: bool = False
) -> Version:
    """Raises NotFoundError."""
    query = select(plan_version).where(
        plan_version.c.plan_id == plan_id, plan_version.c.number == number
    )
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise no_such_version()
    return Version(**row)


async def change_version(session: Session, item: Version) -> None:
    values = {
        name: getattr(item, name) for name in ("state", "revision", "approved_at", "approved_by")
    }
    place = (plan_version.c.plan_id == item.plan_id) & (plan_version.c.number == item.number)
    await session.execute(update(plan_version).where(place).values(values))


def _rule_members(rule: Rule) -> dict[str, Any]:
    contracts = [
        [str(one.customer), one.first.isoformat(), one.last.isoformat()] for one in rule.contracts
    ]
    return {
        "least_gaps": rule.least_gaps,
        "tolerance_percent": rule.tolerance_percent,
        "contracts": contracts,
    }


def _rule(members: Mapping[str, Any]) -> Rule:
    contracts = tuple(
        Contract(UUID(customer), date.fromisoformat(first), date.fromisoformat(last))
        for customer, first, last in members["contracts"]
    )
    return Rule(
        least_gaps=members["least_gaps"],
        tolerance_percent=members["tolerance_percent"],
        contracts=contracts,
    )


def _plan(row: Row) -> KeptPlan:
    terms = Terms(
        plan_id=row.plan_id,
        name=row.name,
        currency=row.currency,
        first_month=row.first_month,
        months=row.months,
        party=row.party,
        rule=_rule(row.rule),
        season=row.season,
    )
    return KeptPlan(terms, row.begun_as, row.created_at, row.created_by)
