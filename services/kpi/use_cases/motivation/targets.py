"""Records what shall be reached, corrects it and takes it back; what was planned is never lost."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.kpi.domain.motivation.targets import COMPANY, Target, fault_of
from services.kpi.repository.figures import list_manager_names
from services.kpi.repository.motivation import statements
from services.kpi.repository.motivation import targets as rows
from services.kpi.repository.motivation.targets import TargetVersion
from services.kpi.use_cases.motivation.errors import MonthClosedError
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

ATTAINMENT: Final = "kpi_attainment"  # the wake-up of the loop that measures
_COMPANY_WORDS: Final = (COMPANY, "компания")
RECORDED, CORRECTED, UNCHANGED = "recorded", "corrected", "unchanged"


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """How many targets were new, corrected or as they had been."""

    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0


def no_such_target() -> NotFoundError:
    return NotFoundError("There is no such target.")


async def put_targets(
    session: Session, targets: Sequence[Target], *, author: str, now: datetime, dry_run: bool
) -> TargetSummary:
    """Record the targets: what is planned already adds nothing. Raises InvalidError, which names
    those of people who do not work here, of closed months, and those that stand there twice.
    """
    if not dry_run:
        await rows.lock_motivation(session)
    if errors := await _errors(session, targets):
        raise InvalidError("A target cannot be set.", errors=errors)
    latest = await rows.list_latest(session, [item.target_id for item in targets])
    outcomes = Counter(_outcome(item, latest.get(item.target_id)) for item in targets)
    if not dry_run:
        versions = [
            (item, _next(latest.get(item.target_id)), item.value)
            for item in targets
            if _outcome(item, latest.get(item.target_id)) != UNCHANGED
        ]
        await rows.add_versions(session, versions, author=author, now=now)
        session.notify_after_commit(ATTAINMENT)
    return TargetSummary(**outcomes)


async def _errors(session: Session, targets: Sequence[Target]) -> list[tuple[str, str]]:
    names = await list_manager_names(session)
    last = await statements.find_last_closed(session)
    ids: set[UUID] = set()
    errors = []
    for place, item in enumerate(targets):
        pointer = f"/targets/{place}"
        if fault := fault_of(item):
            errors.append((f"{pointer}/{fault[0]}", fault[1]))
        if item.subject != COMPANY and UUID(item.subject) not in names:
            errors.append((f"{pointer}/subject", "there is no such manager"))
        if last is not None and item.month <= last.month:
            errors.append((f"{pointer}/month", "is closed"))
        if item.target_id in ids:
            errors.append((pointer, "stands above it already"))
        ids.add(item.target_id)
    return errors


def _next(latest: TargetVersion | None) -> int:
    return 1 if latest is None else latest.version + 1


def _outcome(item: Target, latest: TargetVersion | None) -> str:
    if latest is None or latest.value is None:
        return RECORDED
    is_same = (latest.value, latest.currency) == (item.value, item.currency)
    return UNCHANGED if is_same else CORRECTED


async def delete_target(session: Session, target_id: UUID, *, author: str, now: datetime) -> None:
    """Take it back; its versions stay. Raises NotFoundError, MonthClosedError."""
    await rows.lock_motivation(session)
    latest = (await rows.list_latest(session, [target_id])).get(target_id)
    if latest is None or latest.value is None:
        raise no_such_target()
    last = await statements.find_last_closed(session)
    if last is not None and latest.month <= last.month:
        raise MonthClosedError("The month is closed.")
    item = Target(latest.month, latest.subject, latest.measure, Decimal(0), latest.currency)
    await rows.add_versions(session, [(item, latest.version + 1, None)], author=author, now=now)
    session.notify_after_commit(ATTAINMENT)


async def get_versions(session: Session, target_id: UUID) -> list[TargetVersion]:
    """Every version, the latest first. Raises NotFoundError."""
    versions = await rows.list_versions(session, target_id)
    if not versions:
        raise no_such_target()
    return versions


async def find_subjects(session: Session) -> dict[str, list[str]]:
    """Who may be meant by a cell of a table: ids and names without case, and the company."""
    subjects: dict[str, list[str]] = defaultdict(list)
    for word in _COMPANY_WORDS:
        subjects[word].append(COMPANY)
    for manager_id, name in (await list_manager_names(session)).items():
        subjects[str(manager_id)].append(str(manager_id))
        if name:
            subjects[" ".join(name.split()).casefold()].append(str(manager_id))
    return subjects
