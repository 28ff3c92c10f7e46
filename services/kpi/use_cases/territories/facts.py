"""Records what is known of territories, and takes it back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kpi.domain.lines.versions import told_twice
from services.kpi.domain.territories.facts import TerritoryFact, fact_faults
from services.kpi.repository.territories.facts import FACTS
from services.kpi.repository.territories.territories import lock_territories, read_tree
from services.kpi.use_cases.lines import Summary, get_line, put_lines, take_back
from shared.database import Session
from shared.errors import InvalidError


async def put_facts(
    session: Session, facts: Sequence[TerritoryFact], *, author: str, now: datetime, dry_run: bool
) -> Summary:
    """Raises InvalidError, which names those that cannot be true, of no territory, and those that
    stand there twice.
    """
    if not dry_run:
        await lock_territories(session)
    if errors := await _errors(session, facts):
        raise InvalidError("A fact cannot be recorded.", errors=errors)
    return await put_lines(session, FACTS, facts, author=author, now=now, dry_run=dry_run)


async def _errors(session: Session, facts: Sequence[TerritoryFact]) -> list[tuple[str, str]]:
    tree = await read_tree(session)
    errors = []
    for place, fact in enumerate(facts):
        pointer = f"/facts/{place}"
        errors += [(f"{pointer}/{name}", detail) for name, detail in fact_faults(fact)]
        if fact.territory_id not in tree:
            errors.append((f"{pointer}/territory_id", "there is no such territory"))
    twice = told_twice(fact.fact_id for fact in facts)
    return errors + [(f"/facts/{place}", "stands above it already") for place in twice]


async def delete_fact(session: Session, fact_id: UUID, *, author: str, now: datetime) -> None:
    """Take it back; its versions stay. Raises NotFoundError."""
    await lock_territories(session)
    latest = await get_line(session, FACTS, (fact_id,))
    await take_back(session, FACTS, latest, author=author, now=now)
