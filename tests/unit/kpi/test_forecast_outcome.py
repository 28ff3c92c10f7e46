"""What came of a forecast, by hand."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.outcome import Foretold, Happened, outcome_of

amounts = st.integers(0, 10**6).map(Decimal)


def step(p10: int, p50: int, p90: int, fact: int | None) -> Happened:
    foretold = Foretold(date(2026, 1, 1), Decimal(p10), Decimal(p50), Decimal(p90))
    return Happened(foretold, None if fact is None else Decimal(fact))


def test_errors_do_not_cancel_out_and_biases_do() -> None:
    outcome = outcome_of([step(80, 100, 120, 130), step(80, 100, 120, 70), step(0, 1, 2, None)])
    assert (outcome.error, outcome.bias) == (0.3, 0)
    assert (outcome.score, outcome.within) == (0.7, 0)
    outcome = outcome_of([step(80, 100, 120, 80), step(80, 120, 130, 120)])
    assert outcome.error == outcome.bias == 0.1
    assert outcome.within == 1
    assert outcome_of([step(0, 5, 9, 1)]).score == 0, "at least nothing"
    outcome = outcome_of([step(0, 10, 20, -40)])
    assert (outcome.error, outcome.bias, outcome.score) == (-1.25, -1.25, 2.25)


def test_of_nothing_nothing_is_said() -> None:
    for steps in ([], [step(0, 1, 2, None)], [step(0, 1, 2, 0)]):
        outcome = outcome_of(steps)
        assert (outcome.error, outcome.bias, outcome.score) == (None, None, None)


@given(st.lists(st.tuples(amounts, amounts), min_size=1))
def test_the_bias_is_never_larger_than_the_error(pairs: list[tuple[Decimal, Decimal]]) -> None:
    steps = [Happened(Foretold(date(2026, 1, 1), one, one, one), fact) for one, fact in pairs]
    outcome = outcome_of(steps)
    if outcome.error is not None:
        assert outcome.bias is not None
        assert abs(outcome.bias) <= outcome.error
