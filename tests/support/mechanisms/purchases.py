"""What keeps records of batches and orders from being counted twice."""

from dataclasses import replace
from typing import Any

from services.intake.domain.purchases import PurchaseReport, PurchaseState
from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/integration/intake"


def _as_if_new(state: PurchaseState, report: PurchaseReport) -> Any:
    facts = {"amount": str(report.draft.amount), "told": f"{state.facts.get('told', '')}+"}
    return replace(state, purchased_at=report.draft.occurred_at, facts=facts)


PURCHASES: tuple[Mechanism, ...] = (
    Mechanism(
        "records of a batch",
        2,
        (f"{HERE}/test_batches.py::test_what_comes_again_with_others_is_no_second_inquiry",),
        {"services.intake.use_cases.claim:_separate_duplicates": always(None)},
    ),
    Mechanism(
        "orders",
        2,
        (f"{HERE}/test_purchases.py::test_an_order_told_twice_is_one_purchase",),
        {"services.intake.use_cases.record_purchases:after_report": _as_if_new},
    ),
)
