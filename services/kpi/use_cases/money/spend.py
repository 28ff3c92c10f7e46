"""Records what was spent, corrects it and takes it back; nothing that was told is ever lost."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.kpi.domain.spend.lines import SpendLine
from services.kpi.repository.money import spend as rows
from services.kpi.repository.money.spend import SpendVersion
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

RECORDED, CORRECTED, UNCHANGED = "recorded", "corrected", "unchanged"


@dataclass(frozen=True, slots=True)
class SpendSummary:
    """How many lines were new, corrected or as they had been, and what all come to by currency."""

    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)


def no_such_spend() -> NotFoundError:
    return NotFoundError("There is no such spend.")


async def put_spend(
    session: Session, lines: Sequence[SpendLine], *, author: str, now: datetime, dry_run: bool
) -> SpendSummary:
    """Record the lines: what is told as it was told before adds nothing, so that the same request
    may come again. With `dry_run` nothing is written.

    Raises InvalidError when two lines are of the same day and campaign.
    """
    ids = [line.spend_id for line in lines]
    firsts = {spend_id: place for place, spend_id in reversed(list(enumerate(ids)))}
    repeated = [place for place, spend_id in enumerate(ids) if firsts[spend_id] != place]
    if repeated:
        raise InvalidError(
            "Two lines are of the same day and campaign.",
            errors=[(f"/lines/{place}", "stands above it already") for place in repeated],
        )
    if not dry_run:
        await rows.lock_spend(session)
    latest = await rows.list_latest(session, ids)
    outcomes = Counter(_outcome(line, latest.get(line.spend_id)) for line in lines)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.currency] += line.amount
    if not dry_run:
        additions = [
            (line, _next(latest.get(line.spend_id)), line.amount)
            for line in lines
            if _outcome(line, latest.get(line.spend_id)) != UNCHANGED
        ]
        await rows.add_versions(session, additions, author=author, now=now)
    return SpendSummary(**outcomes, totals=dict(totals))


def _next(latest: SpendVersion | None) -> int:
    return 1 if latest is None else latest.version + 1


def _outcome(line: SpendLine, latest: SpendVersion | None) -> str:
    if latest is None or latest.amount is None:
        return RECORDED
    is_same = (latest.amount, latest.currency) == (line.amount, line.currency)
    return UNCHANGED if is_same else CORRECTED


async def delete_spend(session: Session, spend_id: UUID, *, author: str, now: datetime) -> None:
    """Take it back; its versions stay. Raises NotFoundError."""
    await rows.lock_spend(session)
    latest = (await rows.list_latest(session, [spend_id])).get(spend_id)
    if latest is None or latest.amount is None:
        raise no_such_spend()
    line = SpendLine(
        latest.day,
        latest.source_key,
        latest.ad_channel,
        latest.campaign,
        latest.amount,
        latest.currency,
    )
    await rows.add_versions(session, [(line, latest.version + 1, None)], author=author, now=now)


async def get_versions(session: Session, spend_id: UUID) -> list[SpendVersion]:
    """Every version, the latest first. Raises NotFoundError."""
    versions = await rows.list_versions(session, spend_id)
    if not versions:
        raise no_such_spend()
    return versions
