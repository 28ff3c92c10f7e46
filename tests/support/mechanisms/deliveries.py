"""What keeps promises of what is sent to people: to each once, by day, seen by operators."""

from services.kpi.repository.deliveries.deliveries import Delivery
from services.kpi.repository.deliveries.recipients import Recipient
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

_MAILING = "tests/integration/shared/test_mailing.py"
_UNDELIVERED = "tests/integration/kpi/test_undelivered.py"
_TIMES = "tests/integration/kpi/test_digest_times.py"


def _everybody(recipient: Recipient, _item: Delivery) -> list[str]:
    return list(recipient.mails)


DELIVERIES: tuple[Mechanism, ...] = (
    Mechanism(
        "who has a mail is not sent it again for others",
        2,
        (
            (
                f"{_UNDELIVERED}::"
                "test_addresses_that_are_refused_are_tried_alone_and_nobody_is_told_twice"
            ),
        ),
        {"services.kpi.use_cases.deliveries.sending:mails_left": _everybody},
    ),
    Mechanism(
        "late tries wait for the day",
        9,
        (
            f"{_UNDELIVERED}::test_what_is_tried_late_is_not_told_at_night",
            f"{_UNDELIVERED}::test_a_report_that_is_tried_late_waits_for_the_morning_too",
        ),
        {"services.kpi.use_cases.deliveries.sending:waits_for_day": awaited(False)},
    ),
    Mechanism(
        "what an operator can mend is not given up meanwhile",
        9,
        (f"{_MAILING}::test_a_login_that_is_refused_may_be_mended",),
        {"shared.mailing:is_final": always(value=True)},
    ),
    Mechanism(
        "a receiver is asked again when it wants to be",
        9,
        (f"{_UNDELIVERED}::test_a_webhook_is_asked_again_when_it_wants_to_be",),
        {
            "services.kpi.use_cases.deliveries.sending:may_be_asked_again": always(value=True),
            "services.kpi.use_cases.deliveries.sending:wish": always(None),
        },
    ),
    Mechanism(
        "what does not reach people is seen",
        9,
        (f"{_UNDELIVERED}::test_operators_see_what_does_not_reach_people_from_the_first_try",),
        {"services.kpi.repository.deliveries.deliveries:count_overdue": awaited({})},
    ),
    Mechanism(
        "due times follow the zone and the clock",
        9,
        (
            f"{_TIMES}::test_a_company_that_moves_to_another_zone_is_told_each_day_once",
            f"{_TIMES}::test_a_clock_that_was_ahead_or_goes_back_neither_silences_nor_repeats",
        ),
        {"services.kpi.use_cases.digests.runs:realign": awaited()},
    ),
    Mechanism(
        "a day that was told is not told again after a move",
        2,
        (f"{_TIMES}::test_a_company_that_moves_to_another_zone_is_told_each_day_once",),
        {"services.kpi.use_cases.digests.runs:is_told": always(value=False)},
    ),
    Mechanism(
        "a sender is one before the first mail",
        9,
        ("tests/unit/shared/test_senders.py::test_a_sender_that_is_none_is_named_at_the_start",),
        {"services.kpi.settings:sender_of": lambda text: text},
    ),
    Mechanism(
        "a receiver in a private network is refused when it is set",
        9,
        (
            (
                "tests/integration/kpi/test_alert_settings.py::"
                "test_a_webhook_into_a_private_network_is_refused_when_it_is_set"
            ),
        ),
        {"shared.web.receiver_client:_address_in": always(None)},
    ),
)
