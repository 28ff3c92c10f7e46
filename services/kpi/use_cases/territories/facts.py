"""Records what is known of territories, corrects it and takes it back; all versions stay."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.kpi.domain.territories.facts import TerritoryFact, fact_faults
from services.kpi.repository.territories import facts as rows
from services.kpi.repository.territories.facts import FactVersion
from services.kpi.repository.territories.territories import lock_territories, read_tree
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

RECORDED: Final = "recorded"
CORRECTED: Final = "corrected"
UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True)
class FactSummary:
    """How many facts were new, corrected or as they had been."""

    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0


def no_such_fact() -> NotFoundError:
    return NotFoundError("There is no such fact.")


async def put_facts(
    session: Session, facts: Sequence[TerritoryFact], *, author: str, now: datetime, dry_run: bool
) -> FactSummary:
    """Record the facts: what is told as it was told before adds nothing. Raises InvalidError, which
    names those that cannot be true, of no territory, and those that stand there twice.
    """
    if not dry_run:
        await lock_territories(session)
    if errors := await _errors(session, facts):
        raise InvalidError("A fact cannot be recorded.", errors=errors)
    latest = await rows.list_latest(session, [fact.fact_id for fact in facts])
    outcomes = [_outcome(fact, latest.get(fact.fact_id)) for fact in facts]
    if not dry_run:
        additions = [
            (fact, _next(latest.get(fact.fact_id)), fact.value)
            for fact, outcome in zip(facts, outcomes, strict=True)
            if outcome != UNCHANGED
        ]
        await rows.add_versions(session, additions, author=author, now=now)
    return FactSummary(**Counter(outcomes))


async def _errors(session: Session, facts: Sequence[TerritoryFact]) -> list[tuple[str, str]]:
    tree = await read_tree(session)
    ids: set[UUID] = set()
    errors = []
    for place, fact in enumerate(facts):
        pointer = f"/facts/{place}"
        errors += [(f"{pointer}/{name}", detail) for name, detail in fact_faults(fact)]
        if fact.territory_id not in tree:
            errors.append((f"{pointer}/territory_id", "there is no such territory"))
        if fact.fact_id in ids:
            errors.append((pointer, "stands above it already"))
        ids.add(fact.fact_id)
    return errors


def _next(latest: FactVersion | None) -> int:
    return 1 if latest is None else latest.version + 1


def _outcome(fact: TerritoryFact, latest: FactVersion | None) -> str:
    if latest is None or latest.value is None:
        return RECORDED
    before = latest.value, latest.currency, latest.source
    return UNCHANGED if before == (fact.value, fact.currency, fact.source) else CORRECTED


async def delete_fact(session: Session, fact_id: UUID, *, author: str, now: datetime) -> None:
    """Take it back; its versions stay. Raises NotFoundError."""
    await lock_territories(session)
    latest = (await rows.list_latest(session, [fact_id])).get(fact_id)
    if latest is None or latest.value is None:
        raise no_such_fact()
    fact = TerritoryFact(
        latest.territory_id,
        latest.kind,
        latest.product,
        latest.day,
        Decimal(0),
        latest.currency,
        latest.source,
    )
    await rows.add_versions(session, [(fact, latest.version + 1, None)], author=author, now=now)


async def get_versions(session: Session, fact_id: UUID) -> list[FactVersion]:
    """Every version, the latest first. Raises NotFoundError."""
    versions = await rows.list_versions(session, fact_id)
    if not versions:
        raise no_such_fact()
    return versions
