"""Rows of rules, and of what goes on at the values that they watch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from services.kpi.domain.alerts.rules import Against, Comparison, Rule, Watch
from services.kpi.tables.alerts import alert_rule
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.statements import columns

_RULE_FIELDS = [item.name for item in fields(Rule)]
_PUT_WATCHES = """
INSERT INTO alert_watch (rule_id, key, breached_since, alert_id, told_at)
SELECT CAST(:rule_id AS uuid), key, since, alert_id, told_at
FROM unnest(CAST(:keys AS text[]), CAST(:since AS timestamptz[]), CAST(:alerts AS uuid[]),
    CAST(:told AS timestamptz[])) AS w(key, since, alert_id, told_at)
ON CONFLICT (rule_id, key) DO UPDATE SET alert_id = excluded.alert_id, told_at = excluded.told_at
"""
_DROP_WATCHES = """
DELETE FROM alert_watch WHERE rule_id = :rule_id AND key = ANY(CAST(:keys AS text[]))
"""
_LIST_WATCHES = """
SELECT key, breached_since, alert_id, told_at FROM alert_watch WHERE rule_id = :rule_id
"""
_CLEAR_WATCHES = """
WITH gone AS (DELETE FROM alert_watch WHERE rule_id = :rule_id RETURNING alert_id)
UPDATE alert SET resolved_at = :now FROM gone
WHERE alert.alert_id = gone.alert_id AND resolved_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule, who is told of it, and its version."""

    rule: Rule
    recipient_ids: Sequence[UUID]
    tell_resolved: bool
    active: bool
    version: int
    changed_at: datetime
    changed_by: str


def no_such_rule() -> NotFoundError:
    return NotFoundError("There is no such rule.")


async def list_rules(session: Session, *, before: UUID | None, limit: int) -> list[KeptRule]:
    """Newest id first, one more than `limit`."""
    query = select(alert_rule).order_by(alert_rule.c.rule_id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(alert_rule.c.rule_id < before)
    return [_rule(row) for row in await session.execute(query)]


async def list_active(session: Session) -> list[KeptRule]:
    query = select(alert_rule).where(alert_rule.c.active).order_by(alert_rule.c.rule_id)
    return [_rule(row) for row in await session.execute(query)]


async def get_rule(session: Session, rule_id: UUID, *, lock: bool = False) -> KeptRule:
    """Raises NotFoundError."""
    query = select(alert_rule).where(alert_rule.c.rule_id == rule_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise no_such_rule()
    return _rule(row)


async def count_rules(session: Session) -> int:
    number: int = await session.scalar("SELECT count(*) FROM alert_rule")
    return number


async def add_rule(session: Session, item: KeptRule) -> None:
    await session.execute(insert(alert_rule).values(_values(item)))


async def change_rule(session: Session, item: KeptRule) -> None:
    place = alert_rule.c.rule_id == item.rule.rule_id
    await session.execute(update(alert_rule).where(place).values(_values(item)))


async def delete_rule(session: Session, rule_id: UUID) -> None:
    """Alerts that it raised stay. Raises NotFoundError."""
    statement = delete(alert_rule).where(alert_rule.c.rule_id == rule_id)
    if not await session.execute(statement.returning(alert_rule.c.rule_id)):
        raise no_such_rule()


async def find_naming(session: Session, recipient_id: UUID) -> str | None:
    """The name of a rule of which this recipient is told."""
    place = alert_rule.c.recipient_ids.contains([recipient_id])
    name: str | None = await session.scalar(select(alert_rule.c.name).where(place).limit(1))
    return name


async def list_watches(session: Session, rule_id: UUID) -> dict[str, Watch]:
    """What goes on, by value of the axis."""
    rows = await session.execute(_LIST_WATCHES, {"rule_id": rule_id})
    return {row.key: Watch(row.breached_since, row.alert_id, row.told_at) for row in rows}


async def put_watches(session: Session, rule_id: UUID, watches: Mapping[str, Watch]) -> None:
    rows = [
        (key, item.breached_since, item.alert_id, item.told_at)
        for key, item in sorted(watches.items())
    ]
    if rows:
        params = {"rule_id": rule_id, **columns("keys since alerts told", rows)}
        await session.execute(_PUT_WATCHES, params)


async def drop_watches(session: Session, rule_id: UUID, keys: Sequence[str]) -> None:
    if keys:
        await session.execute(_DROP_WATCHES, {"rule_id": rule_id, "keys": list(keys)})


async def clear_watches(session: Session, rule_id: UUID, *, now: datetime) -> None:
    """Forget what goes on: the rule says something else now. Its open alerts end."""
    await session.execute(_CLEAR_WATCHES, {"rule_id": rule_id, "now": now})


def _values(item: KeptRule) -> dict[str, Any]:
    rule = {name: getattr(item.rule, name) for name in _RULE_FIELDS}
    rule |= {"comparison": item.rule.comparison.value, "against": item.rule.against.value}
    return rule | {
        "recipient_ids": list(item.recipient_ids),
        "tell_resolved": item.tell_resolved,
        "active": item.active,
        "version": item.version,
        "changed_at": item.changed_at,
        "changed_by": item.changed_by,
    }


def _rule(row: Row) -> KeptRule:
    values = {name: row[name] for name in _RULE_FIELDS}
    values |= {"comparison": Comparison(row.comparison), "against": Against(row.against)}
    return KeptRule(
        rule=Rule(**values),
        recipient_ids=row.recipient_ids,
        tell_resolved=row.tell_resolved,
        active=row.active,
        version=row.version,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
