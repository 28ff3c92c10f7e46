"""Gauges of intake's tables: counts and states, never contents."""

from services.intake.domain.states import SubmissionState
from services.intake.repository import follow_ups, mailboxes, reconciliation
from services.intake.repository.erasure import erasures
from services.intake.use_cases.erasure.confirm import OVERDUE
from services.intake.use_cases.reconcile import count_submissions, differences
from shared.clock import system_clock
from shared.database import Session
from shared.observability.metrics import metrics_of


async def show_counts(session: Session) -> None:
    """Submissions by state, documents that were not fetched yet, mailboxes, and the differences of
    the last comparison.
    """
    metrics = metrics_of("intake")
    counts = await count_submissions(session, now=system_clock())
    for state in SubmissionState:
        metrics.submissions.labels("intake", state).set(counts[state])
    for status, number in (await follow_ups.count_follow_ups(session)).items():
        metrics.follow_ups.labels("intake", status).set(number)
    for condition, count in (await mailboxes.count_mailboxes(session)).items():
        metrics.mailboxes.labels("intake", condition).set(count)
    erasures_open = await erasures.count_open(session, before=system_clock() - OVERDUE)
    metrics.erasures.labels("intake", "open").set(erasures_open.open)
    metrics.erasures.labels("intake", "overdue").set(erasures_open.overdue)
    result = await reconciliation.find_result(session)
    if result is None:
        return
    for check, difference in differences(result).items():
        metrics.unreconciled_inquiries.labels("intake", check).set(difference)
