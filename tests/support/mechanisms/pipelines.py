"""What keeps promises in pipelines: entry rules, mandatory facts, reopening."""

from services.kpi.domain.stories.course import Course
from tests.support.mechanisms.mechanism import Mechanism, always

TERMS = "tests/integration/routing/test_pipeline_terms.py"


def _sold_for_ever(_course: Course) -> None:
    """What was sold stays so."""


PIPELINES: tuple[Mechanism, ...] = (
    Mechanism(
        "entry rules of stages",
        5,
        (f"{TERMS}::test_an_entry_rule_is_kept",),
        {"services.routing.use_cases.pipelines.stage_changes:entry_breaches": always([])},
    ),
    Mechanism(
        "mandatory facts",
        5,
        (f"{TERMS}::test_mandatory_facts_are_asked_for_by_name",),
        {"services.routing.domain.pipelines:_missing": always([])},
    ),
    Mechanism(
        "one lead waits after reopening",
        5,
        (
            (
                "tests/integration/routing/test_reopening.py::"
                "test_not_beside_another_lead_of_the_contact_that_waits"
            ),
        ),
        {"services.routing.use_cases.pipelines.revive:_require_alone": always(None)},
    ),
    Mechanism(
        "reopening takes a sale back",
        10,
        (
            (
                "tests/integration/kpi/test_funnel.py::"
                "test_a_sale_that_is_taken_back_and_made_again_counts_once"
            ),
        ),
        {"services.kpi.domain.stories.course:take_back": _sold_for_ever},
    ),
)
