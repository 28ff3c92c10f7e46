"""What keeps promises where providers keep a document for us and only tell that it is there."""

from collections.abc import Sequence

from services.intake.domain.requests import Content
from services.intake.use_cases.interpret import Reading
from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/integration/intake/test_fetching.py"
HOOKS = "tests/integration/intake/test_mail_hooks.py"


async def _at_once(_session: object, readings: Sequence[Reading], **_named: object) -> object:
    return readings


async def _all_of_them(_session: object, readings: Sequence[Reading]) -> Sequence[Reading]:
    return readings


FETCHING: tuple[Mechanism, ...] = (
    Mechanism(
        "documents are waited for",
        2,
        (f"{HERE}::test_a_document_is_fetched_and_the_inquiry_read_from_it",),
        {"services.intake.use_cases.normalise:ready_readings": _at_once},
    ),
    Mechanism(
        "documents are tried again",
        2,
        (f"{HERE}::test_tries_go_on_for_a_day_and_a_half_and_then_the_reason_is_shown",),
        {"services.intake.domain.fetching:is_over": always(value=True)},
    ),
    Mechanism(
        "documents that never came",
        3,
        (f"{HERE}::test_tries_go_on_for_a_day_and_a_half_and_then_the_reason_is_shown",),
        {"services.intake.use_cases.follow_ups:given_up": always(Content())},
    ),
    Mechanism(
        "proofs that are good once",
        8,
        (f"{HOOKS}::test_a_proof_that_covers_no_word_is_good_for_one_mail",),
        {"services.intake.use_cases.normalise:without_reused_proofs": _all_of_them},
    ),
    Mechanism(
        "certificates are Amazon's",
        8,
        (
            (
                "tests/unit/intake/providers/test_sns_proofs.py::"
                "test_certificates_lie_where_amazon_keeps_them"
                "[https://evil.example/sns.us-east-2.amazonaws.com/a.pem]"
            ),
        ),
        {"services.intake.channels.email.ses_sns:_is_amazons": always(value=True)},
    ),
    Mechanism(
        "an inquiry waits minutes for what it can do without",
        2,
        (f"{HOOKS}::test_a_mail_waits_only_a_while_for_its_files",),
        {"services.intake.domain.fetching:is_over": always(value=False)},
    ),
    Mechanism(
        "only public addresses are fetched from",
        8,
        (
            (
                "tests/unit/shared/test_public_client.py::"
                "test_a_private_address_is_never_connected_to[169.254.169.254]"
            ),
        ),
        {"shared.web.public_client:is_public": always(value=True)},
    ),
    Mechanism(
        "only a channel's own hosts are fetched from",
        8,
        (f"{HERE}::test_what_is_too_large_or_elsewhere_is_given_up_at_once",),
        {"shared.web.public_client:is_among": always(value=True)},
    ),
)
