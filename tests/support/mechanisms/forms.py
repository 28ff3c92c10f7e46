"""What keeps promises at the doors of forms."""

from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/unit/intake"

FORMS: tuple[Mechanism, ...] = (
    Mechanism(
        "one form of one visit",
        2,
        (
            (
                f"{HERE}/test_html_form.py::"
                "test_the_same_form_of_one_visit_is_one_and_a_corrected_one_another"
            ),
        ),
        {"services.intake.channels.forms.html_form:_external_id": always(value=None)},
    ),
    Mechanism(
        "the moment of a signature",
        8,
        (f"{HERE}/providers/test_form_proofs.py::test_an_old_proof_proves_nothing[301-calendly]",),
        {"services.intake.channels.signatures:require_recent": always(value=None)},
    ),
)
