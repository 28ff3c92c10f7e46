"""Records what shall be reached, and takes it back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.kpi.domain.lines.tables import word_of
from services.kpi.domain.lines.versions import told_twice
from services.kpi.domain.motivation.targets import COMPANY, Target, fault_of
from services.kpi.repository.motivation import statements
from services.kpi.repository.motivation.targets import TARGETS, lock_motivation
from services.kpi.repository.reports.figures import list_manager_names
from services.kpi.use_cases.lines import Summary, get_line, put_lines, take_back
from services.kpi.use_cases.motivation.errors import MonthClosedError
from shared.database import Session
from shared.errors import InvalidError

ATTAINMENT: Final = "kpi_attainment"  # the wake-up of the loop that measures
_COMPANY_WORDS: Final = (COMPANY, "компания")


async def put_targets(
    session: Session, targets: Sequence[Target], *, author: str, now: datetime, dry_run: bool
) -> Summary:
    """Raises InvalidError, which names those of people who do not work here, of closed months, and
    those that stand there twice.
    """
    if not dry_run:
        await lock_motivation(session)
    if errors := await _errors(session, targets):
        raise InvalidError("A target cannot be set.", errors=errors)
    summary = await put_lines(session, TARGETS, targets, author=author, now=now, dry_run=dry_run)
    if not dry_run:
        session.notify_after_commit(ATTAINMENT)
    return summary


async def _errors(session: Session, targets: Sequence[Target]) -> list[tuple[str, str]]:
    names = await list_manager_names(session)
    last = await statements.find_last_closed(session)
    errors = []
    for place, item in enumerate(targets):
        pointer = f"/targets/{place}"
        if fault := fault_of(item):
            errors.append((f"{pointer}/{fault[0]}", fault[1]))
        if item.subject != COMPANY and UUID(item.subject) not in names:
            errors.append((f"{pointer}/subject", "there is no such manager"))
        if last is not None and item.month <= last.month:
            errors.append((f"{pointer}/month", "is closed"))
    twice = told_twice(item.target_id for item in targets)
    return errors + [(f"/targets/{place}", "stands above it already") for place in twice]


async def delete_target(session: Session, target_id: UUID, *, author: str, now: datetime) -> None:
    """Take it back; its versions stay. Raises NotFoundError, MonthClosedError."""
    await lock_motivation(session)
    latest = await get_line(session, TARGETS, (target_id,))
    last = await statements.find_last_closed(session)
    if last is not None and latest.line.month <= last.month:
        raise MonthClosedError("The month is closed.")
    await take_back(session, TARGETS, latest, author=author, now=now)
    session.notify_after_commit(ATTAINMENT)


async def find_subjects(session: Session) -> dict[str, list[str]]:
    """Who may be meant by a cell of a table: ids and names without case, and the company."""
    subjects: dict[str, list[str]] = defaultdict(list)
    for word in _COMPANY_WORDS:
        subjects[word].append(COMPANY)
    for manager_id, name in (await list_manager_names(session)).items():
        subjects[str(manager_id)].append(str(manager_id))
        if name:
            subjects[word_of(name)].append(str(manager_id))
    return subjects
