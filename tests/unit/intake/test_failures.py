"""When so much fails that the fault must be ours."""

from services.intake.use_cases.failures import FAILING_CEILING, Failures

MANY = 3 * FAILING_CEILING


def test_what_is_read_again_and_again_is_not_blamed_for_it() -> None:
    failures = Failures()
    for _ in range(10):
        assert not failures.may_blame_senders(readings=MANY, failures=MANY)
        assert not failures.may_blame_senders(readings=MANY + 1, failures=MANY)
    assert failures.outage() == "too-many-failures"


def test_among_more_that_is_read_well_it_is_the_senders_fault() -> None:
    failures = Failures()
    assert not failures.may_blame_senders(readings=MANY, failures=MANY)
    assert failures.may_blame_senders(readings=MANY, failures=0)
    assert failures.may_blame_senders(readings=MANY, failures=MANY)


def test_a_few_are_blamed_one_by_one_and_no_more_than_a_few() -> None:
    failures = Failures()
    blamed = [failures.may_blame_senders(readings=1, failures=1) for _ in range(MANY)]
    assert blamed == [number < FAILING_CEILING for number in range(MANY)]
