"""Records lines that people tell, corrects them and takes them back; none is ever lost."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from services.kpi.domain.lines.versions import UNCHANGED, LineVersion, outcome_of, version_after
from services.kpi.repository import lines as rows
from services.kpi.repository.lines import Key, Ledger
from services.kpi.repository.versions import EVERY, Part
from shared.database import Session
from shared.errors import NotFoundError

Line = TypeVar("Line", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many lines were new, corrected or as they had been; of money, what all come to by
    currency.
    """

    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)


async def put_lines(
    session: Session,
    ledger: Ledger[Line],
    lines: Sequence[Line],
    *,
    author: str,
    now: datetime,
    dry_run: bool,
    totals: dict[str, Decimal] | None = None,
) -> Summary:
    """Record lines of different keys: what is told as it was told before adds nothing, so that the
    same request may come again. With `dry_run` nothing is written; else the caller has the lock.
    """
    latest = await rows.list_latest(session, ledger, [ledger.key_of(line) for line in lines])
    steps = [(line, getattr(line, ledger.value), latest.get(ledger.key_of(line))) for line in lines]
    outcomes = [outcome_of(*item) for item in steps]
    if not dry_run:
        versions = [
            (line, value, version_after(before))
            for (line, value, before), outcome in zip(steps, outcomes, strict=True)
            if outcome != UNCHANGED
        ]
        await rows.add_versions(session, ledger, versions, author=author, now=now)
    return Summary(**Counter(outcomes), totals=totals or {})


def sum_money(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Amounts by their currencies."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in amounts:
        totals[currency] += amount
    return dict(totals)


async def get_line(session: Session, ledger: Ledger[Line], key: Key) -> LineVersion[Line]:
    """What is told and not taken back. Raises NotFoundError."""
    latest = (await rows.list_latest(session, ledger, [key])).get(key)
    if latest is None or latest.value is None:
        raise _no_such(ledger)
    return latest


async def take_back(
    session: Session, ledger: Ledger[Line], latest: LineVersion[Line], *, author: str, now: datetime
) -> None:
    """Its versions stay. The caller has the lock."""
    versions = [(latest.line, None, version_after(latest))]
    await rows.add_versions(session, ledger, versions, author=author, now=now)


async def get_versions(
    session: Session, ledger: Ledger[Line], key: Key, part: Part = EVERY
) -> list[LineVersion[Line]]:
    """Its versions, the latest first, one more than the limit. Raises NotFoundError where there is
    not even one, nor one before.
    """
    versions = await rows.list_versions(session, ledger, key, part)
    if not versions and part.before is None:
        raise _no_such(ledger)
    return versions


def _no_such(ledger: Ledger[Any]) -> NotFoundError:
    return NotFoundError(f"There is no such {ledger.noun}.")
