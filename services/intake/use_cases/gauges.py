"""What intake shows of its tables: counts and states, never contents."""

from services.intake.repository import accounts
from services.intake.use_cases import conservation
from shared.database import Session
from shared.observability.metrics import metrics_of


async def show_counts(session: Session) -> None:
    """Submissions by state, and the differences of the last comparison."""
    metrics = metrics_of("intake")
    counts = await accounts.count_states(session)
    for state in conservation.STATES:
        metrics.submissions.labels("intake", state).set(counts.get(state, 0))
    result = await accounts.latest_result(session)
    if result is None:
        return
    for check, difference in conservation.differences(result).items():
        metrics.conservation_difference.labels("intake", check).set(difference)
