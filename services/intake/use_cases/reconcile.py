"""Reconciliation: every submission is accounted for, and every inquiry is in each service once.

The work of a round does not grow with the age of the data: the last day is compared by hours,
and once an hour all time by days.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.intake.domain.states import SubmissionState
from services.intake.repository import reconciliation
from services.intake.repository.reconciliation import (
    INQUIRIES,
    KEPT,
    PROMISED,
    RECEIVED,
    SUBMISSIONS,
)
from services.intake.use_cases.compare import EPOCH, Comparison, compare, recent, spans
from services.intake.use_cases.peers import Own, Peer
from shared.clock import Clock
from shared.database import Database, Session, transaction
from shared.errors import UnavailableError
from shared.observability.metrics import metrics_of
from shared.reconciliation.digests import count_totals, renew
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
RECONCILE_SECONDS = 60.0
WHOLE_EVERY = 60  # once an hour all time is compared
RECENT = timedelta(hours=24)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def reconciliation_loop(
    database: Database,
    peers: Sequence[Peer | str],
    *,
    clock: Clock,
    grace: timedelta,
) -> Loop:
    """Compares every minute and sets the gauge of differences, which should stay 0."""

    async def run(progress: Progress) -> None:
        rounds = 0
        while True:
            whole = rounds % WHOLE_EVERY == 0
            result = await reconcile(
                database, peers, now=clock(), grace=grace, whole=whole, beat=progress.beat
            )
            rounds += 1
            gauge = metrics_of("intake").unreconciled_inquiries
            for check, difference in differences(result).items():
                gauge.labels("intake", check).set(difference)
                if difference:
                    log.error("reconciliation.difference", check=check, difference=difference)
            await progress.rest(RECONCILE_SECONDS)

    return Loop("reconciliation", run)


async def reconcile(
    database: Database,
    peers: Sequence[Peer | str],
    *,
    now: datetime,
    grace: timedelta,
    whole: bool = False,
    beat: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Compare, store the result and return it. A string among the peers is one without an address.

    Compares the last day and the minutes that differed before, or all time if `whole`. `beat` is
    called between the parts of the work. Raises UnavailableError.
    """
    for ledger in (INQUIRIES, SUBMISSIONS):
        await renew(database, ledger)
    async with transaction(database) as session:
        submissions = await count_submissions(session, now=now)
        totals = await count_totals(session, (PROMISED.name, KEPT.name))
        before = await reconciliation.find_result(session) or {}
    since, step = (EPOCH, "day") if whole else (recent(now, length=RECENT), "hour")
    own = await compare(
        database,
        Own(database, SUBMISSIONS, PROMISED),
        Own(database, SUBMISSIONS, KEPT),
        spans(since, _LATEST, step=step),
        suspects=_suspects(before.get("inquiries"), before=since),
        cutoff=now - grace,
    )
    if own.difference is None:
        raise UnavailableError("The database cannot answer now.")
    comparisons = {}
    for peer in peers:
        beat()
        if isinstance(peer, str):
            comparisons[peer] = Comparison(state="not_configured", difference=None)
            continue
        comparisons[peer.name] = await compare(
            database,
            Own(database, INQUIRIES, INQUIRIES.accounts[0]),
            peer,
            spans(since, now - grace, step=step),
            suspects=_suspects(before.get("services", {}).get(peer.name), before=since),
            cutoff=now - grace,
        )
    result = _result(submissions, totals, own, comparisons, now=now, whole=whole)
    async with transaction(database) as session:
        await reconciliation.write_result(session, json.dumps(result), now=now)
    return result


async def count_submissions(session: Session, *, now: datetime) -> dict[str, int | float]:
    """Submissions by state; `received` never decreases, also if rows are deleted."""
    pending = await reconciliation.count_pending(session, now=now)
    totals = await count_totals(session, (*SubmissionState, RECEIVED.name))
    difference = totals[RECEIVED.name] - sum(totals[state] for state in SubmissionState)
    # A submission is counted in its minute when it first changes; until then it is pending.
    states: dict[str, int] = {state: totals[state] for state in SubmissionState}
    states[SubmissionState.PENDING] = pending.number
    return {
        "received": sum(states.values()) + difference,
        **states,
        "difference": difference,
        "fetching": pending.fetching,
        "oldest_pending_seconds": round(pending.oldest_seconds, 3),
    }


def _suspects(comparison: Mapping[str, Any] | None, *, before: datetime) -> list[datetime]:
    """The minutes before `before` that differed in the last result."""
    minutes = map(datetime.fromisoformat, (comparison or {}).get("minutes", []))
    return [minute for minute in minutes if minute < before]


def _result(
    submissions: Mapping[str, int | float],
    totals: Mapping[str, int],
    own: Comparison,
    comparisons: Mapping[str, Comparison],
    *,
    now: datetime,
    whole: bool,
) -> dict[str, Any]:
    assert own.difference is not None
    differences = [abs(int(submissions["difference"])), own.difference]
    figures = [item.difference for item in comparisons.values() if item.difference is not None]
    difference = sum(differences) + sum(figures)
    return {
        "computed_at": now.isoformat(),
        "whole": whole,
        "balanced": difference == 0,
        "complete": len(figures) == len(comparisons),
        "difference": difference,
        "submissions": dict(submissions),
        "inquiries": {
            "promised": totals[PROMISED.name],
            "kept": totals[KEPT.name],
            "difference": own.difference,
            "missing": own.missing,
            "surplus": own.surplus,
            "minutes": own.minutes,
        },
        "services": {name: asdict(comparison) for name, comparison in comparisons.items()},
    }


def differences(result: Mapping[str, Any]) -> dict[str, int]:
    """Check → difference of a result; a service that did not answer is left out."""
    figures = {check: result[check]["difference"] for check in ("submissions", "inquiries")}
    for name, comparison in result["services"].items():
        if comparison["difference"] is not None:
            figures[name] = comparison["difference"]
    return figures
